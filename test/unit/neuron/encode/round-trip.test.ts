// Images of streams: both ways, for random streams, random instructions, and what the compiler makes.
import { assert, integer, property } from "fast-check";
import { expect, test } from "vitest";
import { loopId } from "../../../../ir-spec/base/ids.ts";
import { normalStream } from "../../../../targets/neuron/asm/normal-stream.ts";
import { parseStream } from "../../../../targets/neuron/asm/parse-stream.ts";
import { printStream } from "../../../../targets/neuron/asm/print-stream.ts";
import { decodeStream } from "../../../../targets/neuron/encode/decode.ts";
import { encodeStream } from "../../../../targets/neuron/encode/encode.ts";
import { instDef, instNames } from "../../../../targets/neuron/isa/index.ts";
import type { Stream, StreamItem } from "../../../../targets/neuron/stream.ts";
import { randomStream } from "../asm/random-stream.ts";
import {
  complaints,
  decode,
  encode,
  isSameImage,
  machine,
  orThrow,
  smallStream,
  smallText,
  streamOfInstructions,
} from "./image-fixtures.ts";

test("decode(encode(s)) is s in its normal form, and so is its text, for random streams", () => {
  assert(
    property(integer(), (seed) => {
      const stream = randomStream(seed);
      const image = encode(stream);
      expect(decode(image)).toEqual(normalStream(stream));
      expect(isSameImage(encode(decode(image)), image)).toBe(true);
    }),
    { numRuns: 100 },
  );
});

test("thousands of random instructions come back from image and text", () => {
  for (let seed = 0; seed < 10; seed++) {
    const stream = streamOfInstructions(seed, 300);
    const normal = normalStream(stream);
    expect(decode(encode(stream))).toEqual(normal);
    const read = parseStream({ name: "test", text: printStream(stream) });
    expect(read.ok && read.value).toEqual(normal);
  }
});

test("an image's text is the text that it was made of", () => {
  expect(printStream(decode(encode(smallStream())))).toBe(smallText);
});

test("the example of every instruction comes back", () => {
  for (const name of instNames) {
    const lines = `for i0 in 0..2 {\nfor i3 in 0..2 {\n${instDef(name).example}\n}\n}\n`;
    const tensors = "tensor wte: bf16[8] input @0x0\ntensor x: bf16[8] input @0x0\n";
    const text = `stream t for tiny\n${tensors}sem s0 "" sp -> sp = 0\nqueue sp {\nkernel 0:\n${lines}}\n`;
    const read = parseStream({ name: "test", text });
    if (!read.ok) throw new Error(complaints(read));
    expect(printStream(decode(encode(read.value)))).toBe(printStream(read.value));
  }
});

test("what an f64 can hold comes back, bit for bit", () => {
  const numbers = [0, -0, NaN, Infinity, -Infinity, Number.MIN_VALUE, Number.MAX_VALUE, 0.1, 2 ** 53 + 2];
  const [tensor, ...others] = smallStream().tensors;
  if (tensor === undefined) throw new Error("the small stream has tensors");
  const stream: Stream = { ...smallStream(), tensors: [{ ...tensor, data: numbers }, ...others] };
  expect(decode(encode(stream)).tensors[0]?.data).toEqual(numbers);
});

test("an image names its machine's numbers", () => {
  const image = encode(smallStream());
  expect(complaints(decodeStream(image, { machine: machine("tiny") }))).toBe("");
  expect(complaints(decodeStream(image, { machine: machine("trn2") }))).toBe(
    "E0911 the image was compiled for `tiny`, expected `trn2`",
  );
  expect(complaints(decodeStream(image, { machine: { ...machine("tiny"), semaphores: 2 } }))).toMatch(
    /^E0911 the image was compiled for `tiny` with numbers of fingerprint (\w{16}), expected `tiny` .* (?!\1)\w{16}$/,
  );
});

test.each([
  [
    "8@32; 16:1",
    "70000@32; 16:1",
    "E0905 dma_copy: `dst.partitions` is 70000, but an image can hold an integer from 0 to 65535",
  ],
  ["8@32; 16:1", "8@32; 16:3000000000", "E0905 dma_copy: `dst.stride0` is 3000000000"],
  ["dma0 -> pe,", "dma0 -> pe = 5000000000,", "E0905 semaphore 0: `initial` is 5000000000"],
  ["  kernel 0: for", "  kernel 70000: for", "E0905 acquire: `kernel` is 70000"],
  ["mlp for", '"\\ud800" for', "E0905 stream 0: `name` is"],
  ['sem s0 "lhs full" dma0', 'sem s0 "lhs full" dma007', "E0905 semaphore 0: `producer` is dma007"],
])("a value too wide is refused: %s -> %s", (right, wrong, wanted) => {
  const read = parseStream({ name: "test", text: smallText.replace(right, wrong) });
  if (!read.ok) throw new Error(complaints(read));
  expect(complaints(encodeStream(read.value, machine("tiny")))).toContain(wanted);
});

/** A stream of so many loops within loops. */
function nested(depth: number): Stream {
  let body: readonly StreamItem[] = [];
  for (let loop = depth - 1; loop >= 0; loop--) {
    body = [{ kind: "loop", loop: loopId(loop), trips: { max: 1 }, advance: [], body }];
  }
  const loops = Array.from({ length: depth }, (_unused, loop) => `i${loop}`);
  return { ...smallStream(), loops, queues: [{ queue: "sp", body }] };
}

test("loops are nested as deep as a reader takes them", () => {
  expect(decode(encode(nested(100))).loops.length).toBe(100);
  expect(complaints(encodeStream(nested(101), machine("tiny")))).toBe(
    "E0905 loop: `depth` is 101, but an image can hold at most 100 loops within loops",
  );
});

test("an operand has as many dimensions as it needs", () => {
  const dims = "16:1, 2:-3, min(5, 4*k):7, 1:0, 9:2";
  const text = smallText.replace("psum[0x0; 8; 8:1]", `psum[0x0; 8; ${dims}]`);
  expect(printStream(decode(encode(orThrow(parseStream({ name: "test", text })))))).toBe(text);
});

test("what a field cannot have is refused, with all of its kind", () => {
  const body: StreamItem[] = [
    { kind: "inst", inst: "acquire", args: { count: { kind: "value", value: 0 } }, kernel: 0 },
  ];
  expect(complaints(encodeStream({ ...smallStream(), queues: [{ queue: "sp", body }] }, machine("tiny")))).toBe(
    "E0905 acquire: `sem` is not given, but an image can hold an argument of kind sem\n" +
      "E0905 acquire: `count` is 0, but an image can hold an integer of at least 1",
  );
});
