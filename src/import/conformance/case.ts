// A case in the layout of the ONNX backend tests: a model with tensors that go in and tensors that should come out; and what became of it.

import type { ExecutorName } from "../../driver/executors.ts";

/** The files of a case, as bytes. */
export interface ConformanceCase {
  readonly name: string;
  readonly model: Uint8Array;
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
}

export const caseStatuses = ["pass", "fail", "unsupported", "crash"] as const;
export type CaseStatus = (typeof caseStatuses)[number];

export interface CaseResult {
  readonly name: string;
  readonly on: ExecutorName;
  readonly status: CaseStatus;
  readonly reason?: string;
  /** The largest error of an output, as a multiple of what is allowed. */
  readonly maxError?: number;
  /** Ops of the model, in the order in which they come first. */
  readonly ops: readonly string[];
  /** Element types of its inputs and outputs. */
  readonly elements: readonly string[];
}
