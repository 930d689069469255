// Where the parts of a stream stand in the text that it was read from. This lies beside the stream, which knows no text: a
// stream that was read equals one that was compiled, and stage 5 has one type.

import type { Span } from "../../ir-spec/base/span.ts";
import type { QueueProgram, Ring, Semaphore, Stream, StreamItem, StreamTensor } from "./stream.ts";

/** What a message may point at. */
export type StreamPart = StreamTensor | Semaphore | Ring | QueueProgram | StreamItem;

/** Finds a part by its identity; of a compiled stream none is found. */
export type SpanOf = (part: StreamPart) => Span | undefined;

export const noSpans: SpanOf = () => undefined;

/** All parts of a stream, in the order of its text. */
function listParts({ tensors, semaphores, rings, queues }: Stream): readonly StreamPart[] {
  const queueParts = queues.flatMap((queue) => [queue, ...listItems(queue.body)]);
  return [...tensors, ...semaphores, ...rings, ...queueParts];
}

function listItems(items: readonly StreamItem[]): readonly StreamItem[] {
  return items.flatMap((item) => (item.kind === "loop" ? [item, ...listItems(item.body)] : [item]));
}

/** Spans of the parts of one stream for another one that has the same parts in the same order. */
export function carrySpans(from: Stream, to: Stream, spanOf: SpanOf): SpanOf {
  const newParts = listParts(to);
  const spans = new Map(listParts(from).map((part, index) => [newParts[index], spanOf(part)]));
  return (part) => spans.get(part);
}
