// Tokens as they hang on the nodes of a placed program, before each queue's own program is taken out.

import type { QueueName, Semaphore } from "../stream.ts";
import type { PlacedNode } from "./placed.ts";

export interface Token {
  readonly queue: QueueName;
  readonly kind: "acquire" | "release";
  readonly sem: number;
}

export interface NodeTokens {
  readonly before: Token[];
  readonly after: Token[];
}

/** Tokens around the nodes of the program, by node; those around a kernel by its index. */
export interface Tokens {
  readonly around: ReadonlyMap<PlacedNode, NodeTokens>;
  readonly aroundKernel: readonly NodeTokens[];
  readonly semaphores: readonly Semaphore[];
}
