// `tgc.diff/1`: what a comparison of two programs says. A verdict is the largest of what was found: the same bytes, the same form,
// the same values, or other values.

import type { NormalChange } from "./normal/change.ts";

export const verdicts = ["same", "cosmetic", "performance", "meaning"] as const;
export type Verdict = (typeof verdicts)[number];

/** The stage at which two programs are compared. */
export type DiffStage = "graph" | "tiles" | "stream" | "wgsl";

/** An interface that has another name in each program. */
export interface Renaming {
  readonly before: string;
  readonly after: string;
}

/** One element that differs, for the inputs that show it. */
export interface ValueDifference {
  /** In words, and how they are made again: the fill and the seed. */
  readonly inputs: string;
  readonly seed: number;
  readonly output: string;
  /** Coordinates in the output. */
  readonly index: readonly number[];
  /** As texts, as JSON has no NaN, infinities or -0. */
  readonly before: string;
  readonly after: string;
  readonly differingElements: number;
  readonly elements: number;
  /** Units in the last place by which the elements differ at most; absent where one of two is no finite number. */
  readonly maxUlp?: number;
  /** No element differs where nothing is rounded: on small integers. */
  readonly isRounding: boolean;
}

/** The first place at which two programs that ran on one input part. */
export interface Parting {
  readonly before: string;
  readonly after: string;
  readonly why: string;
}

/** How it is known that values are equal, or that they are not. */
export type ValuesFinding =
  | { readonly kind: "identical"; readonly why: string }
  | { readonly kind: "proven"; readonly why: string }
  | { readonly kind: "tested"; readonly inputs: readonly string[] }
  | { readonly kind: "undecided"; readonly why: string }
  | { readonly kind: "differ"; readonly difference: ValueDifference; readonly parting?: Parting }
  | { readonly kind: "interface"; readonly mismatches: readonly string[] }
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "hazard"; readonly why: string };

/** A figure of the simulated run of each program. */
export interface Figure {
  readonly name: string;
  readonly unit: "ns" | "B" | "";
  readonly before: number;
  readonly after: number;
}

export interface DiffReport {
  readonly stage: DiffStage;
  readonly target: string;
  readonly verdict: Verdict;
  readonly renamed: readonly Renaming[];
  readonly values: ValuesFinding;
  /** Empty where a program has no time, for `why`. */
  readonly figures: readonly Figure[];
  readonly withoutFigures?: string;
  /** Of graphs: whether their files choose other schedules. */
  readonly otherSchedule?: true;
  /** What differs between the normal forms, kernel by kernel. */
  readonly changes: readonly NormalChange[];
}

/** By how much a figure grew (%); infinite where there was nothing. */
export function growthPercent({ before, after }: Pick<Figure, "before" | "after">): number {
  if (before === after) return 0;
  return before === 0 ? Number.POSITIVE_INFINITY : ((after - before) / before) * 100;
}
