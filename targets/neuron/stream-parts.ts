// The parts of a stream that a message may point at.

import type { SpanOf } from "../../ir-spec/base/span.ts";
import type { QueueProgram, Ring, Semaphore, Stream, StreamItem, StreamTensor } from "./stream.ts";

export type StreamPart = StreamTensor | Semaphore | Ring | QueueProgram | StreamItem;

/** Where the parts of a stream are in its text. */
export type StreamSpans = SpanOf<StreamPart>;

/** All parts of a stream, in an order that depends on nothing but its form. */
export function listStreamParts({ tensors, semaphores, rings, queues }: Stream): readonly StreamPart[] {
  const queueParts = queues.flatMap((queue) => [queue, ...listItems(queue.body)]);
  return [...tensors, ...semaphores, ...rings, ...queueParts];
}

function listItems(items: readonly StreamItem[]): readonly StreamItem[] {
  return items.flatMap((item) => (item.kind === "loop" ? [item, ...listItems(item.body)] : [item]));
}
