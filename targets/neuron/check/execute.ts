// One execution of an instruction, abstractly: what it wants of its operands is checked, and the shadow memory learns what
// it reads and writes. Operands are read before any is written.

import { type Problem, problem } from "../../../ir-spec/base/result.ts";
import { maxOperandRuns } from "../../../ir-spec/limits.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { checkInstruction } from "../isa/check.ts";
import { makeKnownLanes, useLanes } from "../isa/lanes.ts";
import type { StationaryOperands } from "../isa/stationary.ts";
import type { Access } from "./access.ts";
import { addressValue, type Counters } from "./evaluate.ts";
import { describeEvent, type Event } from "./events.ts";
import type { Sinks } from "./findings.ts";
import type { OrderTest } from "./granule-state.ts";
import { boundsProblem, isInBounds } from "./legality.ts";
import type { Memories } from "./memories.ts";
import { makePreparer, type Prepared } from "./prepare.ts";
import type { CheckProgram, Site } from "./program.ts";
import { makeReporter } from "./report.ts";
import { noteUnreadAccumulator, type UnreadAccumulators, useAccumulators } from "./unread-accumulators.ts";

export interface Execution {
  readonly site: number;
  readonly epoch: number;
  readonly counters: Counters;
  readonly isOrdered: OrderTest;
}

export interface Core {
  readonly program: CheckProgram;
  readonly machine: Machine;
  readonly memories: Memories;
  readonly folds: UnreadAccumulators;
  readonly sinks: Sinks;
}

/**
 * Makes the function that executes one instruction; operands without legal bytes it leaves alone. It remembers what each
 * queue's systolic array holds, and of which registers of its lanes the contents are known.
 */
export function makeExecutor(core: Core): (execution: Execution) => void {
  const { program, machine, memories, folds, sinks } = core;
  const reporter = makeReporter(program, sinks);
  const preparers = program.sites.map((site) => makePreparer(site, core));
  const checkAlone = makeAloneCheck(machine);
  const knownLanes = program.stream.queues.map(() => makeKnownLanes(machine));

  const add = (event: Event, name: string, found: Problem): void => {
    const notes = found.args.place === undefined ? [{ text: describeEvent(program, event), part: undefined }] : [];
    sinks.mistakes.add(`${found.code} ${name} ${event.site}`, found, program.sites[event.site]?.instruction, notes);
  };

  const touch = (access: Access, event: Event, { counters, isOrdered }: Execution): void => {
    const { use, modes } = access;
    const shiftBytes = use.operand.memory === "hbm" ? addressValue(use.operand.address, counters) : 0;
    if (!isInBounds(access, shiftBytes, machine.partitions)) {
      const place = describeEvent(program, event);
      add(event, use.name, boundsProblem(access, shiftBytes, place, core));
      return;
    }
    const { runs } = access.footprint;
    if (runs > maxOperandRuns) {
      const args = { found: `${use.name} in ${runs} separate runs of bytes`, expected: `at most ${maxOperandRuns}` };
      add(event, use.name, problem("E0835", { place: describeEvent(program, event), ...args }));
      return;
    }
    for (const mode of modes) {
      for (const { faulty, bytes } of memories.touch(access, shiftBytes, mode, { event, isOrdered })) {
        reporter.fault(faulty, use.name, bytes);
      }
    }
  };

  return (now) => {
    const site = program.sites[now.site];
    if (site === undefined) return;
    const prepared = preparers[now.site]!(now.counters);
    const { queue, instruction, loops } = site;
    const indices = loops.map((loop) => now.counters.indices[loop]!);
    const event = { site: now.site, queue, epoch: now.epoch, indices };
    const alone = checkAlone(site, prepared);
    const lanes = useLanes(knownLanes[queue]!, instruction.inst, prepared.laneUses);
    for (const lost of useAccumulators(folds, prepared.laneUses, event))
      noteUnreadAccumulator(lost, program, sinks.notes);
    for (const found of [...alone, ...lanes]) add(event, String(found.args.operand ?? ""), found);
    for (const access of prepared.accesses) {
      if (!isUnreachable(access, alone)) touch(access, event, now);
    }
  };
}

/** Whether the instruction table has found that the operand's bytes do not exist. */
function isUnreachable({ use }: Access, alone: readonly Problem[]): boolean {
  return alone.some(({ code, args }) => (code === "E0703" || code === "E0713") && args.operand === use.name);
}

/** Makes the function that gives what the instruction table says of an execution by itself. */
function makeAloneCheck(machine: Machine): (site: Site, prepared: Prepared) => readonly Problem[] {
  /** What the systolic array of each queue holds. */
  const stationary = new Map<number, StationaryOperands>();
  return ({ row, queue, unit, instruction: { inst } }, { args, stationary: loaded, problems }) => {
    if (row.weights === "destroy") stationary.delete(queue);
    if (loaded !== undefined) stationary.set(queue, loaded);
    const used = row.weights === "use" ? stationary.get(queue) : undefined;
    if (row.weights === "use" && used === undefined) return [problem("E0712", { inst })];
    const known = problems.get(used);
    if (known !== undefined) return known;
    const found = checkInstruction(inst, { ...args, operands: { ...args.operands, ...used } }, unit, machine);
    problems.set(used, found);
    return found;
  };
}
