// The thread that runs the reference for `tgc check`. It answers one question at a time; what it throws, its owner gets.

import { parentPort } from "node:worker_threads";
import { measureNoise } from "../driver/noise.ts";

export interface ReferenceRequest {
  readonly graph: Parameters<typeof measureNoise>[0];
  readonly expanded: Parameters<typeof measureNoise>[1];
  readonly inputs: Parameters<typeof measureNoise>[2];
}

export type ReferenceReply = Awaited<ReturnType<typeof measureNoise>>;

// The owner is this package's own code, so its types are believed.
parentPort?.on("message", async ({ graph, expanded, inputs }: ReferenceRequest) => {
  const reply: ReferenceReply = await measureNoise(graph, expanded, inputs);
  parentPort?.postMessage(reply);
});
