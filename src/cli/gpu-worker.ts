// The thread that runs graphs and streams on the GPU for `tgc check`: it prepares their work and speaks with the GPU's process,
// which starts with it. What it throws, its owner gets.

import { parentPort } from "node:worker_threads";
import { makeNodeGpuHost } from "../../targets/gpu-host/node.ts";
import { type GpuRuns, runsOn } from "../driver/gpu-runs.ts";

/** One of the runs with what it is asked for, or that the GPU's process is to end. */
export type GpuQuestion =
  | { readonly kind: "graph"; readonly given: Parameters<GpuRuns["graph"]> }
  | { readonly kind: "stream"; readonly given: Parameters<GpuRuns["stream"]> }
  | { readonly kind: "end" };

export interface GpuAnswers {
  readonly graph: Awaited<ReturnType<GpuRuns["graph"]>>;
  readonly stream: Awaited<ReturnType<GpuRuns["stream"]>>;
  readonly end: undefined;
}

export type GpuAnswer = GpuAnswers[keyof GpuAnswers];

const host = makeNodeGpuHost();
const runs = runsOn(host);
// The runs ask again, and get what it finds or why there is none.
void host.describe();

async function answer(question: GpuQuestion): Promise<GpuAnswer> {
  switch (question.kind) {
    case "graph":
      return runs.graph(...question.given);
    case "stream":
      return runs.stream(...question.given);
    case "end":
      await host.close();
      return undefined;
    default:
      return question satisfies never;
  }
}

// The owner is this package's own code, so its types are believed. Runs end in the order in which they are asked for.
parentPort?.on("message", async (question: GpuQuestion) => parentPort?.postMessage(await answer(question)));
