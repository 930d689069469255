// The thread that runs the reference for `tgc check`. It answers one question at a time; what it throws, its owner gets.

import { parentPort } from "node:worker_threads";
import { measureNoises } from "../driver/noise.ts";

export type ReferenceRequest = Parameters<typeof measureNoises>[0];
export type ReferenceReply = Awaited<ReturnType<typeof measureNoises>>;

// The owner is this package's own code, so its types are believed.
parentPort?.on("message", async (request: ReferenceRequest) => {
  const reply: ReferenceReply = await measureNoises(request);
  parentPort?.postMessage(reply);
});
