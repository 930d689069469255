// What a run writes, execution by execution, in lanes that keep their order whatever the timing: a tile program has one, a stream one for
// each queue. Two runs of the same steps are compared one by one; of others only who wrote an element last is known.

import type { Parting } from "../report.ts";

export interface TraceStep {
  /** The op or instruction. */
  readonly op: string;
  /** Of the values written, and of where in HBM. */
  readonly hash: number;
  /** Position among the steps of all lanes. */
  readonly at: number;
  /** How it reads for people. */
  readonly describe: () => string;
}

export interface Trace {
  readonly lanes: ReadonlyMap<string, TraceStep[]>;
  /** The last step that wrote the element that is looked at. */
  readonly lastWriter: TraceStep | undefined;
}

/** More steps are not kept. */
export const maxTraceSteps = 500_000;

/** A hash of numbers, as bits; all NaN are one. Source: the FNV-1a hash, 32 bits, over words. */
export function hashNumbers(data: Float64Array, start: number): number {
  const words = new Int32Array(data.buffer, data.byteOffset, data.length * 2);
  let hash = start | 0;
  for (let at = 0; at < data.length; at++) {
    const isNan = Number.isNaN(data[at]);
    hash = Math.imul(hash ^ (isNan ? 1 : words[2 * at]!), 0x01000193);
    hash = Math.imul(hash ^ (isNan ? 0x7ff80000 : words[2 * at + 1]!), 0x01000193) ^ (hash >>> 15);
  }
  return hash;
}

/** The first step at which two runs part, or the last writers of the element that differs. */
export function partTraces(before: Trace, after: Trace): Parting | undefined {
  const pairs = pairSteps(before, after);
  if (pairs !== undefined) {
    const [first] = pairs.filter(([a, b]) => a.hash !== b.hash).toSorted(([a], [other]) => a.at - other.at);
    if (first !== undefined) return describeParting(first[0], first[1], "the first step that writes other values");
  }
  if (before.lastWriter === undefined || after.lastWriter === undefined) return undefined;
  const why = "the element is written last here; the programs take other steps, so none is the first that differs";
  return describeParting(before.lastWriter, after.lastWriter, why);
}

function describeParting(before: TraceStep, after: TraceStep, why: string): Parting {
  return { before: before.describe(), after: after.describe(), why };
}

type StepPair = readonly [TraceStep, TraceStep];

/** The steps of both runs in pairs; undefined where they are not the same ops in every lane. */
function pairSteps({ lanes }: Trace, other: Trace): readonly StepPair[] | undefined {
  const pairs: StepPair[] = [];
  if (lanes.size !== other.lanes.size) return undefined;
  for (const [lane, steps] of lanes) {
    const opposite = other.lanes.get(lane) ?? [];
    if (opposite.length !== steps.length) return undefined;
    for (const [index, step] of steps.entries()) {
      const partner = opposite[index];
      if (partner === undefined) return undefined;
      pairs.push([step, partner]);
      // After other ops nothing is a pair; what comes before may already differ.
      if (partner.op !== step.op) return pairs.some(([a, b]) => a.hash !== b.hash) ? pairs : undefined;
    }
  }
  return pairs;
}
