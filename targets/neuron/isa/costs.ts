// The costs of instructions on compute engines, made of terms: what an execution takes and the sentence that says so.

import type { Machine } from "../../../ir-spec/machine.ts";
import { field, largest, notesOf, plus, type Term } from "./cost-terms.ts";
import type { Cycles, ResolvedArgs, UnitName } from "./define.ts";

/** The cost of an instruction on one engine. */
export interface UnitCost {
  readonly text: string;
  /** What names in the text mean. */
  readonly notes: readonly string[];
  readonly cycles: (args: ResolvedArgs, machine: Machine) => Cycles;
}

/** Of a row: its sentence for ISA.md, and its time. */
export interface RowCost {
  readonly cost: string;
  readonly cycles: (args: ResolvedArgs, unit: UnitName, machine: Machine) => Cycles;
}

/** What an engine takes for any instruction that streams elements. */
export interface FixedTerms {
  /** The least issue time. */
  readonly min?: Term;
  readonly overhead: Term;
  readonly latency: Term;
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
export function streamed({ min, overhead, latency }: FixedTerms, stream: Term, more?: Term): UnitCost {
  const own = plus(overhead, stream);
  const least = min === undefined ? own : largest(min, own);
  const result = plus(latency, stream);
  const [issue, last] = more === undefined ? [least, result] : [plus(least, more), plus(result, more)];
  return timed(issue, last);
}

/** The time until the engine is free, and until the result is there, which is not before that. */
export function timed(issue: Term, result: Term): UnitCost {
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
export function alternatives(
  ...costs: readonly (readonly [words: string, holds: (args: ResolvedArgs) => boolean, cost: UnitCost])[]
): UnitCost {
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

/** The cost of a row, by the engines that run it. */
export function costOn(costs: { readonly [U in keyof typeof unitWords]?: UnitCost }): RowCost {
  const known = Object.entries(costs) as readonly (readonly [keyof typeof unitWords, UnitCost])[];
  const [only, ...others] = known;
  const said = ({ text, notes }: UnitCost): string => [text, ...notes].join("; ");
  const text =
    others.length === 0
      ? only && said(only[1])
      : known.map(([unit, cost]) => `${unitWords[unit]}: ${said(cost)}`).join("; ");
  return {
    cost: text ?? "none",
    cycles: (args, unit, machine) => {
      const own = unit in unitWords ? costs[unit as keyof typeof unitWords] : undefined;
      return (own ?? only?.[1])?.cycles(args, machine) ?? { issueCycles: 0, latencyCycles: 0 };
    },
  };
}

/** On the vector engine alone, for `stream` cycles of elements; `more` is part of its overhead. */
export const onVector = (stream: Term, more?: Term): RowCost => costOn({ dve: vector(stream, more) });
export const onPool = (stream: Term, more?: Term): RowCost => costOn({ pool: general(stream, more) });

export function vector(stream: Term, more?: Term): UnitCost {
  return streamed(more === undefined ? dveTerms : withOverhead(dveTerms, more), stream);
}

export function general(stream: Term, more?: Term): UnitCost {
  return streamed(more === undefined ? poolTerms : withOverhead(poolTerms, more), stream);
}

const withOverhead = ({ overhead, latency, ...rest }: FixedTerms, more: Term): FixedTerms => ({
  ...rest,
  overhead: plus(overhead, more),
  latency: plus(latency, more),
});
