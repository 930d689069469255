// One execution of an instruction, abstractly: what it wants of its operands is checked, and the shadow memory learns what
// it reads and writes. Operands are read before any is written.

import { type Problem, problem } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { checkInstruction } from "../isa/check.ts";
import type { ResolvedArgs, ResolvedOperand } from "../isa/define.ts";
import { useLanes } from "../isa/generators.ts";
import { type HeldOperands, heldBy } from "../isa/held.ts";
import type { AccessMode, OrderTest } from "./cell-state.ts";
import { type Counters, resolveArguments } from "./evaluate.ts";
import type { Events } from "./events.ts";
import type { Sinks } from "./findings.ts";
import { footprintOf } from "./footprint.ts";
import { checkBounds } from "./legality.ts";
import type { Memories } from "./memories.ts";
import type { OperandName, Program, Site } from "./program.ts";
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
  readonly sinks: Sinks;
}

/**
 * Makes the function that executes one instruction; operands without legal bytes it leaves alone. It remembers what each
 * queue's systolic array holds, and which random generators it has set.
 */
export function makeExecutor(core: Core): (execution: Execution) => void {
  const { program, machine, events, memories, sinks } = core;
  const reporter = makeReporter(program, events, sinks);
  const held = new Map<number, HeldOperands>();
  const setLanes = program.stream.queues.map(() => new Uint8Array(machine.partitions));

  const add = (now: Execution, event: number, name: string, found: Problem): void => {
    const notes = found.args.place === undefined ? [{ text: events.describe(event), part: undefined }] : [];
    sinks.mistakes.add(`${found.code} ${name} ${now.site}`, found, program.sites[now.site]?.instruction, notes);
  };

  const touch = (name: string, operand: ResolvedOperand, mode: AccessMode, event: number, now: Execution): void => {
    const footprint = footprintOf(operand);
    if (footprint === undefined) return;
    const use = { field: name, operand, footprint, place: () => events.describe(event) };
    const problems = checkBounds(use, program.stream, machine);
    for (const found of problems) add(now, event, name, found);
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
    const unreachable = new Set<string>();
    const alone = checkAlone(site, args, held, machine);
    const { queue, row, instruction } = site;
    for (const found of [...alone, ...useLanes(setLanes[queue]!, instruction.inst, row, args)]) {
      const name = String(found.args.operand ?? "");
      if (found.code === "E0703" || found.code === "E0713") unreachable.add(name);
      add(now, event, name, found);
    }
    for (const { name, role } of site.operands) {
      const operand = unreachable.has(name) ? undefined : args.operands[name];
      if (operand === undefined) continue;
      for (const mode of accessModes(role, args)) touch(name, operand, mode, event, now);
    }
  };
}

/** What the instruction table says of the execution by itself, with the operand that the systolic array holds. */
function checkAlone(
  { row, unit, queue, instruction: { inst } }: Site,
  args: ResolvedArgs,
  held: Map<number, HeldOperands>,
  machine: Machine,
): readonly Problem[] {
  if (row.weights !== "use") {
    if (row.weights === "destroy") held.delete(queue);
    if (row.weights === "load" && args.operands.src !== undefined) held.set(queue, heldBy(args));
    return checkInstruction(inst, args, unit, machine);
  }
  const heldOperands = held.get(queue);
  if (heldOperands === undefined) return [problem("E0712", { inst })];
  return checkInstruction(inst, { ...args, operands: { ...args.operands, ...heldOperands } }, unit, machine);
}

function accessModes(role: OperandName["role"], args: ResolvedArgs): readonly AccessMode[] {
  if (role === "modify") return ["read", "write"];
  if (role !== "update") return [role];
  return [args.values.accumulate === true ? "accumulate" : "start"];
}
