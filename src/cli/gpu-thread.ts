// The GPU's runs in a thread of their own: the GPU has its work, and the thread plans what comes next, whatever this thread
// computes meanwhile. The thread and the GPU's process end with the check.

import { type GpuRuns, runsOn } from "../driver/gpu-runs.ts";
import { startAskedThread } from "./asked-thread.ts";
import { withGpuHost } from "./gpu.ts";
import type { GpuAnswer, GpuAnswers, GpuQuestion } from "./gpu-worker.ts";
import { findWorkerScript } from "./worker-script.ts";

/** Runs an action with what runs on the GPU, and ends its thread whatever happens. Among the sources the caller's own thread serves. */
export async function withGpuRuns<T>(action: (runs: GpuRuns) => Promise<T>): Promise<T> {
  const script = findWorkerScript("gpu-worker");
  if (script === undefined) return withGpuHost((host) => action(runsOn(host)));
  const thread = startAskedThread<GpuQuestion, GpuAnswer>(script, "the GPU's thread");
  // It answers in order, each question with its kind of answer.
  const ask = (question: GpuQuestion) => thread.ask(question) as Promise<GpuAnswers[typeof question.kind]>;
  const runs: GpuRuns = {
    graph: (...given) => ask({ kind: "graph", given }) as Promise<GpuAnswers["graph"]>,
    stream: (...given) => ask({ kind: "stream", given }) as Promise<GpuAnswers["stream"]>,
  };
  try {
    const result = await action(runs);
    await ask({ kind: "end" });
    return result;
  } finally {
    await thread.end();
  }
}
