// Where the parts of a stream are in its text: each part of a compiled sample's text, and instructions that share a line.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { invariant } from "../../../../ir-spec/base/result.ts";
import type { Span } from "../../../../ir-spec/base/span.ts";
import { compile, parse } from "../../../../src/index.ts";
import { type LocatedStream, parseLocatedStream } from "../../../../targets/neuron/asm/parse-stream.ts";
import { printStream } from "../../../../targets/neuron/asm/print-stream.ts";
import type { StreamItem } from "../../../../targets/neuron/stream.ts";

function read(text: string): LocatedStream {
  const located = parseLocatedStream({ name: "test.s", text });
  invariant(located.ok, "the text has no mistake");
  return located.value;
}

const shown = (span: Span | undefined): string => span?.source.text.slice(span.start, span.end) ?? "nowhere";

test("every part of a compiled stream is found in its text", () => {
  const graph = parse(readFileSync(new URL("../../../../samples/mlp.tg", import.meta.url), "utf8"));
  const compiled = graph.ok ? compile(graph.value) : graph;
  invariant(compiled.ok, "the sample compiles");
  const { stream, spanOf } = read(printStream(compiled.value.program));
  const found: string[] = [];
  const wanted: RegExp[] = [];
  const look = (item: StreamItem): void => {
    found.push(shown(spanOf(item)));
    wanted.push(item.kind === "loop" ? /^for \w+ in 0\.\..*[^{ ]$/ : new RegExp(`^(${item.inst} .+|s\\d+)$`));
    if (item.kind === "loop") item.body.forEach(look);
  };
  for (const queue of stream.queues) {
    expect(shown(spanOf(queue))).toBe(`queue ${queue.queue}`);
    queue.body.forEach(look);
  }
  expect(found.length).toBeGreaterThan(20);
  found.forEach((text, index) => {
    expect(text).toMatch(wanted[index] ?? /^$/);
  });
  for (const tensor of stream.tensors) expect(shown(spanOf(tensor))).toMatch(`${tensor.name}: ${tensor.dtype}`);
  for (const semaphore of stream.semaphores) expect(shown(spanOf(semaphore))).toContain(JSON.stringify(semaphore.name));
  for (const ring of stream.rings) expect(shown(spanOf(ring))).toContain(JSON.stringify(ring.name));
});

test("several instructions of one line stand at their semaphores", () => {
  const { stream, spanOf } = read(`stream t for tiny
sem s0 "a" act -> dve = 0
sem s1 "b" act -> dve = 0
kernel 0 k () schedule ""
queue dve {
  kernel 0:
  acquire s0, s1
}
`);
  expect(stream.queues[0]?.body.map((item) => shown(spanOf(item)))).toEqual(["s0", "s1"]);
});
