// One execution of an instruction, abstractly: what it wants of its operands is checked, and the shadow memory learns what
// it reads and writes. Operands are read before any is written.

import { problem } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { OperandField, ResolvedArgs, ResolvedOperand } from "../isa/define.ts";
import type { AccessMode, OrderTest } from "./cell-state.ts";
import { type Counters, resolveArguments } from "./evaluate.ts";
import type { Events } from "./events.ts";
import type { Findings } from "./findings.ts";
import { footprintOf } from "./footprint.ts";
import { checkOperandUse } from "./legality.ts";
import type { Memories } from "./memories.ts";
import type { Program, Site } from "./program.ts";
import { makeReporter } from "./report.ts";

export interface Execution {
  readonly site: number;
  readonly epoch: number;
  readonly counters: Counters;
  readonly isOrdered: OrderTest;
}

export interface Core {
  readonly program: Program;
  readonly machine: Machine;
  readonly events: Events;
  readonly memories: Memories;
  readonly findings: Findings;
}

/** Makes the function that executes one instruction; it remembers what each queue's systolic array holds. */
export function makeExecutor(core: Core): (execution: Execution) => void {
  const { program, machine, events, memories, findings } = core;
  const reporter = makeReporter(program, events, findings);
  const held = new Map<number, ResolvedOperand>();

  const touch = (name: string, operand: ResolvedOperand, mode: AccessMode, event: number, now: Execution): void => {
    const site = program.sites[now.site];
    const footprint = footprintOf(operand);
    if (site === undefined || footprint === undefined) return;
    const use = { field: name, unit: site.unit, place: () => events.describe(event) };
    const problems = checkOperandUse(operand, footprint, use, program.stream, machine);
    for (const found of problems) {
      findings.add(`${found.code} ${name} ${now.site}`, found, found.args.place === undefined ? [use.place()] : []);
    }
    if (problems.length > 0) return;
    for (const { faulty, bytes } of memories.touch(operand, footprint, mode, event, now.isOrdered)) {
      reporter.fault(faulty, name, bytes);
    }
  };

  return (now) => {
    const site = program.sites[now.site];
    if (site === undefined) return;
    const args = resolveArguments(site, now.counters);
    const event = events.add(now.site, now.epoch, now.counters);
    for (const found of checkRow(site, args, held, machine)) {
      findings.add(`${found.code} ${now.site} ${found.args.operand ?? ""}`, found, [events.describe(event)]);
    }
    const operands = operandFields(site);
    for (const [name, field] of operands) {
      const operand = args.operands[name];
      if (operand !== undefined && field.role === "read") touch(name, operand, "read", event, now);
    }
    for (const [name, field] of operands) {
      const operand = args.operands[name];
      if (operand !== undefined && field.role !== "read") touch(name, operand, writeMode(field, args), event, now);
    }
  };
}

/** The constraints of the instruction itself, with the operand that the systolic array holds. */
function checkRow(site: Site, args: ResolvedArgs, held: Map<number, ResolvedOperand>, machine: Machine) {
  const { row, unit, queue } = site;
  if (row.weights !== "use") {
    if (row.weights === "destroy") held.delete(queue);
    if (row.weights === "load" && args.operands.src !== undefined) held.set(queue, args.operands.src);
    return row.check(args, unit, machine);
  }
  const stationary = held.get(queue);
  if (stationary === undefined) return [problem("E0712", { inst: site.instruction.inst })];
  return row.check({ ...args, operands: { ...args.operands, stationary } }, unit, machine);
}

function operandFields({ row }: Site): readonly (readonly [string, OperandField])[] {
  return Object.entries(row.fields).flatMap(([name, field]) =>
    field.kind === "operand" ? [[name, field] as const] : [],
  );
}

function writeMode(field: OperandField, args: ResolvedArgs): AccessMode {
  if (field.role === "write") return "write";
  return args.values.accumulate === true ? "accumulate" : "start";
}
