// THE TABLE OF ONNX OPS: one row for each op of ONNX that can be imported. The import, CONFORMANCE.md and IMPORT.md read it.

import { castOps } from "./casts.ts";
import { contractOps } from "./contract.ts";
import type { OnnxOp } from "./define.ts";
import { elementwiseOps } from "./elementwise.ts";
import { movementOps } from "./movement.ts";
import { normalizeOps } from "./normalize.ts";
import { reduceOps } from "./reduce.ts";
import { shapeOps } from "./shapes.ts";

export const onnxOps = {
  ...elementwiseOps,
  ...shapeOps,
  ...movementOps,
  ...reduceOps,
  ...contractOps,
  ...normalizeOps,
  ...castOps,
} as const;

export type OnnxOpName = keyof typeof onnxOps;
export const onnxOpNames = Object.keys(onnxOps) as readonly OnnxOpName[];

/** The row of an op of the standard domain, if there is one. */
export function onnxOp(name: string): OnnxOp | undefined {
  return Object.hasOwn(onnxOps, name) ? onnxOps[name as OnnxOpName] : undefined;
}
