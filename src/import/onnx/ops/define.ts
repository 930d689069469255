// The form of a row in THE TABLE OF ONNX OPS.

import type { Use } from "../use.ts";
import type { Value } from "../values.ts";

/**
 * - op: an op of the op table, or several
 * - composite: a composite of the op table
 * - rewrite: written in other ops
 * - import: computed while importing, leaves no node
 */
export type Way = "op" | "composite" | "rewrite" | "import";

export interface OnnxOp {
  readonly way: Way;
  /** What it becomes, for the documents. */
  readonly as: string;
  /** What the versions from opset 13 on changed, by the opset that brought them. */
  readonly versions?: Readonly<Record<number, string>>;
  /** What must hold for it to be imported, for the documents. */
  readonly limits?: string;
  /** Makes the results, in order; those that nobody reads may be left out. */
  readonly make: (use: Use) => readonly (Value | undefined)[];
}

/** A row is an object that this function only returns. */
export function defineOnnxOps<const T extends Readonly<Record<string, OnnxOp>>>(rows: T): T {
  return rows;
}
