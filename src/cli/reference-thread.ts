// The reference in a thread of its own, so that a check computes it while it does other work. The thread ends with the check.

import { measureNoises } from "../driver/noise.ts";
import { startAskedThread } from "./asked-thread.ts";
import type { ReferenceReply, ReferenceRequest } from "./reference-worker.ts";
import { findWorkerScript } from "./worker-script.ts";

type Measure = typeof measureNoises;

/** Runs an action with a reference, and ends its thread whatever happens. Among the sources the caller's own thread serves. */
export async function withReference<T>(action: (measure: Measure) => Promise<T>): Promise<T> {
  const script = findWorkerScript("reference-worker");
  if (script === undefined) return action(measureNoises);
  const { ask, end } = startAskedThread<ReferenceRequest, ReferenceReply>(script, "the reference's thread");
  try {
    return await action(ask);
  } finally {
    await end();
  }
}
