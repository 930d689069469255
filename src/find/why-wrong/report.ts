// The fields of `tgc.why-wrong/1`, and THE TABLE OF KINDS of causes.

/** Kinds of causes, each with what it means in words. */
export const causeKinds = {
  "wrong tail": "the last, partial tile along a dimension is not what the others are",
  "swapped layout": "an operand or a result is transposed, or read with the strides of another order",
  "dropped mask": "what a mask hides takes part",
  "wrong scale": "a factor or a constant is another",
  "missing token": "queues run in an order that no token keeps: a race, or a deadlock",
  "stale ring slot": "a tile of another iteration is read",
  "off by one": "an operand or a result is shifted by one element",
  "f16 overflow": "a value is kept in a dtype that has no room for it",
  "wrong axis": "an op runs along another axis",
  "NaN handling": "NaN, infinities or zeros of either sign are treated as other numbers",
  "rounding only": "differences stay within what rounding explains: no fault",
  "other op": "an op is left out, or another one is in its place",
  unknown: "no simple mistake explains the values",
} as const;

export type CauseKind = keyof typeof causeKinds;

/** Where a program may be wrong. */
export type StageName = "graph" | "tiles" | "stream";

/** An op of the graph, and where the text has it. */
export interface FoundOp {
  readonly op: string;
  readonly name: string;
  readonly line?: number;
  readonly source?: string;
}

/** One step of the pipeline: the graph or tile program that a pass has made, or the stream. */
export interface CheckedStage {
  readonly stage: StageName;
  /** The pass that made it; absent for streams. */
  readonly pass?: string;
  readonly agree: boolean;
  readonly reason?: string;
}

export interface FirstElement {
  readonly output: string;
  readonly index: readonly number[];
  readonly wanted: string;
  readonly found: string;
  readonly differing: number;
  readonly elements: number;
}

export interface WhyWrong {
  readonly graph: string;
  readonly target: string;
  readonly agree: boolean;
  /** The inputs that show it, in words; of a right program those that were tried. */
  readonly inputs: readonly string[];
  readonly stages: readonly CheckedStage[];
  readonly kind?: CauseKind;
  /** What makes the kind likely, in words. */
  readonly evidence?: readonly string[];
  /** The first stage that is wrong. */
  readonly stage?: StageName;
  readonly pass?: string;
  readonly op?: FoundOp | undefined;
  readonly kernel?: string;
  readonly statement?: string;
  readonly instruction?: string;
  readonly element?: FirstElement;
}
