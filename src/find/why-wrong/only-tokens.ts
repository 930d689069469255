// Whether a stream does what the compiler's own does, in each queue, with other tokens.

import type { Machine } from "../../../ir-spec/machine.ts";
import type { TileProgram } from "../../../ir-spec/tile.ts";
import { printInstruction } from "../../../targets/neuron/asm/print-stream.ts";
import { compileTiles } from "../../../targets/neuron/compile/compile.ts";
import type { Stream, StreamItem } from "../../../targets/neuron/stream.ts";

export function areOnlyTokensOther(meant: TileProgram, stream: Stream, machine: Machine): boolean {
  const own = compileTiles(meant, machine);
  return own.ok && withoutTokens(own.value) === withoutTokens(stream);
}

/** The queues' programs as text, without what only keeps an order. */
function withoutTokens(stream: Stream): string {
  const print = (items: readonly StreamItem[]): readonly string[] =>
    items.flatMap((item) => {
      if (item.kind === "loop") {
        const inner = print(item.body);
        return inner.length === 0 ? [] : [`${JSON.stringify([item.trips, item.advance])} {`, ...inner, "}"];
      }
      return item.args.sem === undefined ? [printInstruction(stream, item)] : [];
    });
  const rings = stream.rings.map(({ slots }) => slots).join();
  return [rings, ...stream.queues.flatMap(({ queue, body }) => [`${queue}:`, ...print(body)])].join("\n");
}
