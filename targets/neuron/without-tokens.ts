// Leaves tokens out of a stream.

import type { QueueName, Stream, StreamItem } from "./stream.ts";

/** Where an instruction is: the index in the queue's body, then in the loop's body, and so on. */
export interface TextPlace {
  readonly queue: QueueName;
  readonly path: readonly number[];
}

/** The stream without the instructions at these places. */
export function withoutTokens(stream: Stream, places: readonly TextPlace[]): Stream {
  const left = new Set(places.map(({ queue, path }) => `${queue}:${path.join(".")}`));
  const keep = (body: readonly StreamItem[], place: string): readonly StreamItem[] =>
    body.flatMap((item, at): readonly StreamItem[] => {
      const here = `${place}${at}`;
      if (item.kind === "loop") return [{ ...item, body: keep(item.body, `${here}.`) }];
      return left.has(here) ? [] : [item];
    });
  const queues = stream.queues.map(({ queue, body }) => ({ queue, body: keep(body, `${queue}:`) }));
  return { ...stream, queues };
}
