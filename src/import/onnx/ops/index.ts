// THE TABLE OF ONNX OPS: one row for each op of ONNX that can be imported. The import, CONFORMANCE.md and IMPORT.md read it.

import { attentionOps } from "./attention.ts";
import { bitOps } from "./bits.ts";
import { castOps } from "./casts.ts";
import { contractOps } from "./contract.ts";
import { controlOps } from "./control.ts";
import { convolveOps } from "./convolve.ts";
import type { OnnxOp } from "./define.ts";
import { elementwiseOps } from "./elementwise.ts";
import { gatherOps } from "./gather.ts";
import { layoutOps } from "./layouts.ts";
import { stateOps } from "./linear-attention.ts";
import { lossOps } from "./losses.ts";
import { movementOps } from "./movement.ts";
import { normalizeOps } from "./normalize.ts";
import { quantizeOps } from "./quantize.ts";
import { rankOps } from "./ranks.ts";
import { recurrentOps } from "./recurrent.ts";
import { reduceOps } from "./reduce.ts";
import { resizeOps } from "./resize.ts";
import { sampleOps } from "./sample.ts";
import { scatterOps } from "./scatter.ts";
import { shapeOps } from "./shapes.ts";
import { signalOps } from "./signal.ts";

export const onnxOps = {
  ...elementwiseOps,
  ...shapeOps,
  ...movementOps,
  ...gatherOps,
  ...layoutOps,
  ...reduceOps,
  ...contractOps,
  ...normalizeOps,
  ...castOps,
  ...quantizeOps,
  ...attentionOps,
  ...convolveOps,
  ...rankOps,
  ...stateOps,
  ...lossOps,
  ...scatterOps,
  ...resizeOps,
  ...sampleOps,
  ...signalOps,
  ...bitOps,
  ...recurrentOps,
  ...controlOps,
} as const;

export type OnnxOpName = keyof typeof onnxOps;
export const onnxOpNames = Object.keys(onnxOps) as readonly OnnxOpName[];

/** The row of an op, if there is one; the standard operator set has the empty name. */
export function onnxOp(domain: string, opType: string): OnnxOp | undefined {
  const name = domain === "" ? opType : `${domain}.${opType}`;
  return Object.hasOwn(onnxOps, name) ? onnxOps[name as OnnxOpName] : undefined;
}
