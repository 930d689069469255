// The reference in a thread of its own, so that a check computes it while it does other work. The thread ends with the check.

import { Worker } from "node:worker_threads";
import { measureNoises } from "../driver/noise.ts";
import type { ReferenceReply, ReferenceRequest } from "./reference-worker.ts";
import { findWorkerScript } from "./worker-script.ts";

type Measure = typeof measureNoises;

/** Runs an action with a reference, and ends its thread whatever happens. Among the sources the caller's own thread serves. */
export async function withReference<T>(action: (measure: Measure) => Promise<T>): Promise<T> {
  const script = findWorkerScript("reference-worker");
  if (script === undefined) return action(measureNoises);
  const worker = new Worker(script);
  const failure = new Promise<never>((_resolve, reject) => {
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`the reference's thread ended with exit code ${code}`)));
  });
  // It may fail before the first question, which then gets the reason, or after the last one.
  failure.catch(() => undefined);
  try {
    return await action((request: ReferenceRequest) => {
      const reply = new Promise<ReferenceReply>((resolve) => worker.once("message", resolve));
      worker.postMessage(request);
      return Promise.race([reply, failure]);
    });
  } finally {
    await worker.terminate();
  }
}
