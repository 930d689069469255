// The costs of instructions on compute engines, made of terms: what an execution takes and the sentence that says so.

import type { Machine } from "../../../ir-spec/machine.ts";
import { field, largest, notesOf, plus, type Term } from "./cost-terms.ts";
import type { Cycles, UnitName } from "./define.ts";

/** The cost of an instruction on one engine. */
export interface UnitCost<A = unknown> {
  readonly text: string;
  /** What names in the text mean. */
  readonly notes: readonly string[];
  readonly cycles: (args: A, machine: Machine) => Cycles;
}

/** Of a row: its sentence for ISA.md, and its time. */
export interface RowCost<A = unknown> {
  readonly cost: string;
  readonly cycles: (args: A, unit: UnitName, machine: Machine) => Cycles;
}

/** What an engine takes for any instruction that streams elements. */
export interface FixedTerms<A = unknown> {
  /** The least issue time. */
  readonly min?: Term;
  readonly overhead: Term<A>;
  readonly latency: Term<A>;
}

export const dveTerms: FixedTerms = {
  min: field("dveMinCycles"),
  overhead: field("dveOverheadCycles"),
  latency: field("dveLatencyCycles"),
};
export const actTerms: FixedTerms = {
  min: field("actMinCycles"),
  overhead: field("actOverheadCycles"),
  latency: field("actLatencyCycles"),
};
export const poolTerms: FixedTerms = { overhead: field("poolOverheadCycles"), latency: field("poolLatencyCycles") };

/** Of an instruction that streams elements for `stream`; `more` comes on top of all. */
export function streamed<A, B, C>(
  { min, overhead, latency }: FixedTerms<A>,
  stream: Term<B>,
  more?: Term<C>,
): UnitCost<A & B & C> {
  const own = plus(overhead, stream);
  const least = min === undefined ? own : largest(min, own);
  const result = plus(latency, stream);
  return more === undefined ? timed(least, result) : timed(plus(least, more), plus(result, more));
}

/** The time until the engine is free, and until the result is there, which is not before that. */
export function timed<A, B>(issue: Term<A>, result: Term<B>): UnitCost<A & B> {
  return {
    text: `issue \`${issue.text}\`, result after \`${result.text}\``,
    notes: notesOf([issue, result]),
    cycles: (args, machine) => {
      const issueCycles = issue.value(args, machine);
      return { issueCycles, latencyCycles: Math.max(issueCycles, result.value(args, machine)) };
    },
  };
}

/** A cost that depends on more than numbers: of several, with the words that tell them apart; the last one is for all others. */
export function alternatives<A>(
  ...costs: readonly (readonly [words: string, holds: (args: A) => boolean, cost: UnitCost<A>])[]
): UnitCost<A> {
  return {
    text: costs.map(([words, , { text }]) => `${words}: ${text}`).join("; "),
    notes: notesOf(costs.map(([, , cost]) => cost)),
    cycles: (args, machine) => {
      const found = costs.find(([, holds]) => holds(args)) ?? costs.at(-1);
      return found?.[2].cycles(args, machine) ?? { issueCycles: 0, latencyCycles: 0 };
    },
  };
}

const unitWords = { pe: "systolic array", act: "scalar engine", dve: "vector engine", pool: "general engine" } as const;

type ComputeUnit = keyof typeof unitWords;

/** The cost of a row, by the engines that run it. */
export function costOn<P, A, D, G>(costs: {
  readonly pe?: UnitCost<P>;
  readonly act?: UnitCost<A>;
  readonly dve?: UnitCost<D>;
  readonly pool?: UnitCost<G>;
}): RowCost<P & A & D & G> {
  type Cost = UnitCost<P & A & D & G>;
  const byUnit: { readonly [U in ComputeUnit]?: Cost } = costs;
  const known = Object.entries<Cost>(costs) as readonly (readonly [ComputeUnit, Cost])[];
  const [only, ...others] = known;
  const said = ({ text, notes }: Cost): string => [text, ...notes].join("; ");
  const text =
    others.length === 0
      ? only && said(only[1])
      : known.map(([unit, cost]) => `${unitWords[unit]}: ${said(cost)}`).join("; ");
  return {
    cost: text ?? "none",
    cycles: (args, unit, machine) => {
      const own = unit in unitWords ? byUnit[unit as ComputeUnit] : undefined;
      return (own ?? only?.[1])?.cycles(args, machine) ?? { issueCycles: 0, latencyCycles: 0 };
    },
  };
}

/** On the vector engine alone, for `stream` cycles of elements; `more` is part of its overhead. */
export const onVector = <A, B>(stream: Term<A>, more?: Term<B>): RowCost<A & B> =>
  costOn({ dve: vector(stream, more) });
export const onPool = <A, B>(stream: Term<A>, more?: Term<B>): RowCost<A & B> =>
  costOn({ pool: general(stream, more) });

export function vector<A, B>(stream: Term<A>, more?: Term<B>): UnitCost<A & B> {
  return more === undefined ? streamed(dveTerms, stream) : streamed(withOverhead(dveTerms, more), stream);
}

export function general<A, B>(stream: Term<A>, more?: Term<B>): UnitCost<A & B> {
  return more === undefined ? streamed(poolTerms, stream) : streamed(withOverhead(poolTerms, more), stream);
}

const withOverhead = <A>({ overhead, latency, ...rest }: FixedTerms, more: Term<A>): FixedTerms<A> => ({
  ...rest,
  overhead: plus(overhead, more),
  latency: plus(latency, more),
});
