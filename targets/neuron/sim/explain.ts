// Why an instruction takes the time that it takes: the rule, the machine's numbers that go into it with where each comes
// from, and the parts of the time. It asks the same functions as the simulator, with a machine that notes what is read.

import { type Machine, type MachineKey, machineFields } from "../../../ir-spec/machine.ts";
import type { ResolvedArgs, UnitName } from "../isa/define.ts";
import { indexedFields, instDef } from "../isa/index.ts";
import { directArgs } from "../isa/indirect.ts";
import type { Instruction, QueueName, Stream, StreamItem } from "../stream.ts";
import { clockHzOf, unitOfQueue } from "./cost.ts";
import { makeRegisters } from "./program.ts";
import { resolveArgs } from "./resolve.ts";
import { makeTransfer } from "./transfer.ts";

/** An instruction of a queue's program: the `index`th as it is written, tokens and the bodies of loops included. */
export interface StreamPlace {
  readonly queue: QueueName;
  readonly index: number;
}

export interface ExplainedField {
  readonly name: MachineKey;
  readonly value: number;
  readonly unit: string;
  readonly source: string;
}

export interface ExplainedPart {
  readonly what: string;
  readonly ns: number;
}

export interface Explanation {
  readonly place: StreamPlace;
  readonly instruction: Instruction;
  /** The formula in machine fields, as ISA.md has it. */
  readonly rule: string;
  readonly ruleSource: string;
  /** The parts of the time, at the sizes of the first iteration; not all of them add up, see `what`. */
  readonly parts: readonly ExplainedPart[];
  readonly fields: readonly ExplainedField[];
}

/** The instructions of a queue in the order in which they are written. */
export function instructionsOf(stream: Stream, queue: QueueName): readonly Instruction[] {
  const listed = (items: readonly StreamItem[]): readonly Instruction[] =>
    items.flatMap((item) => (item.kind === "inst" ? [item] : listed(item.body)));
  return listed(stream.queues.find((program) => program.queue === queue)?.body ?? []);
}

/** Explains one instruction; nothing if there is none at that place. */
export function explainInstruction(stream: Stream, place: StreamPlace, machine: Machine): Explanation | undefined {
  const instruction = instructionsOf(stream, place.queue)[place.index];
  if (instruction === undefined) return undefined;
  const unit = unitOfQueue(place.queue);
  const args = resolveArgs(instruction, makeRegisters(stream));
  const { noting, noted } = noteReads(machine);
  const parts = partsOf(instruction, args, unit, noting);
  const { cost, source } = instDef(instruction.inst);
  return { place, instruction, rule: cost, ruleSource: source, parts, fields: fieldsOf([...noted], machine) };
}

/** The machine, with a note of each number that is read. */
function noteReads(machine: Machine): { readonly noting: Machine; readonly noted: ReadonlySet<MachineKey> } {
  const noted = new Set<MachineKey>();
  const noting = new Proxy(machine, {
    get: (target, name) => {
      if (typeof name === "string" && Object.hasOwn(machineFields, name)) noted.add(name as MachineKey);
      return Reflect.get(target, name);
    },
  });
  return { noting, noted };
}

function fieldsOf(names: readonly MachineKey[], machine: Machine): readonly ExplainedField[] {
  return names.map((name) => ({
    name,
    value: machine[name],
    unit: machineFields[name].unit,
    source: machine.sources[name],
  }));
}

function partsOf(
  { inst }: Instruction,
  args: ResolvedArgs,
  unit: UnitName,
  machine: Machine,
): readonly ExplainedPart[] {
  if (inst === "acquire") {
    const hopNs = unit === "pe" ? machine.peSemaphoreHopNs : machine.semaphoreHopNs;
    return [
      { what: "the acquire itself", ns: machine.queueIssueNs },
      { what: "from the release of a token to here", ns: hopNs },
    ];
  }
  if (inst === "release") {
    const issue = { what: "the release itself", ns: machine.queueIssueNs };
    return unit === "pe" ? [issue, { what: "later than other engines' tokens", ns: machine.peReleaseNs }] : [issue];
  }
  if (inst === "drain") return [{ what: "the drain itself, when all before it is complete", ns: machine.queueIssueNs }];
  return unit === "dma" ? transferParts(inst, args, machine) : engineParts(inst, args, unit, machine);
}

function engineParts(
  inst: Instruction["inst"],
  args: ResolvedArgs,
  unit: UnitName,
  machine: Machine,
): readonly ExplainedPart[] {
  const { issueCycles, latencyCycles, gated, runsBehind, mayRunBehind, table } = instDef(inst).cycles(
    directArgs(indexedFields(inst), args),
    unit,
    machine,
  );
  const ns = (cycles: number): number => (cycles * 1e9) / clockHzOf(unit, machine);
  const canOnly = runsBehind === true ? ", behind the instruction before it" : "";
  const behind =
    mayRunBehind === true ? "; it may run behind the instruction before it, and costs what sticks out" : canOnly;
  return [
    { what: `until the next instruction can start${behind}`, ns: ns(issueCycles) },
    { what: "from the start until the result is there", ns: ns(latencyCycles) },
    ...(gated === undefined
      ? []
      : [
          { what: "until the next can start, clock gated", ns: ns(gated.issueCycles) },
          { what: "until the result is there, clock gated", ns: ns(gated.latencyCycles) },
        ]),
    ...(table === undefined
      ? []
      : [{ what: `before it, if ${table}'s table is not loaded`, ns: machine.actTableLoadNs }]),
  ];
}

/** A transfer on idle DMA engines. */
function transferParts(inst: Instruction["inst"], args: ResolvedArgs, machine: Machine): readonly ExplainedPart[] {
  const { descriptors, descriptorNs, hbmNs } = makeTransfer(inst, args, machine);
  const rounds = Math.ceil(descriptors / machine.dmaEngines);
  const { dmaDescriptorAheadNs: aheadNs } = machine;
  const enginesNs = Math.max(0, rounds * descriptorNs - aheadNs);
  const less = aheadNs === 0 ? "" : `, the first ${aheadNs} ns less`;
  const movingNs = Math.max(enginesNs, hbmNs);
  const finishNs = machine.dmaDescriptorTailNs + machine.dmaFinishNs;
  return [
    { what: "until the queue's next instruction can start", ns: machine.dmaIssueNs },
    { what: "from the trigger to the first byte", ns: machine.dmaStartNs },
    {
      what: `${descriptors} descriptors, ${rounds} on an engine, ${descriptorNs.toFixed(1)} ns each${less}`,
      ns: enginesNs,
    },
    { what: "the bytes at HBM's bandwidth, meanwhile", ns: hbmNs },
    { what: "from the last byte until it is known", ns: finishNs },
    { what: "from the trigger to the end", ns: machine.dmaStartNs + movingNs + finishNs },
  ];
}
