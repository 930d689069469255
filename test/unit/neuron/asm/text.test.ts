// Assembler text of streams: both ways, the form of a line, and where mistakes are reported.
import { assert, integer, property } from "fast-check";
import { expect, test } from "vitest";
import { errorMessage } from "../../../../ir-spec/base/errors/index.ts";
import { loopId } from "../../../../ir-spec/base/ids.ts";
import { positionOf } from "../../../../ir-spec/base/span.ts";
import { streamExample } from "../../../../src/docs/stream-doc.ts";
import { normalStream } from "../../../../targets/neuron/asm/normal-stream.ts";
import { parseStream } from "../../../../targets/neuron/asm/parse-stream.ts";
import { printStream } from "../../../../targets/neuron/asm/print-stream.ts";
import { instDef, instNames } from "../../../../targets/neuron/isa/index.ts";
import type { Stream } from "../../../../targets/neuron/stream.ts";
import { randomStream } from "./random-stream.ts";

/** `line:column code message` of every diagnostic. */
function complaints(text: string): string[] {
  const result = parseStream({ name: "test", text });
  if (result.ok) return [];
  return result.error.map(({ code, args, span }) => {
    const { line, column } = span === undefined ? { line: 0, column: 0 } : positionOf(span.source, span.start);
    return `${line}:${column} ${code} ${errorMessage(code, args)}`;
  });
}

function parse(text: string): Stream {
  const result = parseStream({ name: "test", text });
  if (!result.ok) throw new Error(complaints(text).join("\n"));
  return result.value;
}

const example = `stream mlp for tiny
tensor x: bf16[128, 768] input @0x0, "w/0": bf16[768, 8] weight @0x30000

kernel 0 matmul_0 (matmul, add) schedule "tile_m=8"
kernel 1 gelu ()

sem s0 "lhs full" dma0 -> pe, s1 "lhs free" pe -> dma0 = 2
ring r0 "lhs" x2
place kernel 0: lhs sbuf[0x40; 8; 0x100] x2, rhs sbuf[0x240; 8; 0x100]
place kernel 1: t psum[0x0; 8; 0x20]

queue dma0 {
  kernel 0: for k in 0..6 step r0 acquire s1 {
    dma_copy dst=sbuf[0x40 + 0x100*r0; 8@32; 16:1] bf16, src=hbm x[0x10*k; min(8, 500 - 8*k):128; 16:1] bf16
    release sem=s0, count=2
  }
}

queue pe {
  kernel 0: for k in 0..6 step r0 acquire s0 release s1 {
    matmul dst=psum[0x0; 8; 8:1] f32, moving=sbuf[0x40 + 0x100*r0; 8; 8:1] bf16, accumulate=notFirst(k)
  }
  kernel 1: acquire s0
  for m in 0..2 { load_weights src=sbuf[0x0; 8; 8:1] bf16 }
}
`;

/** The same with each declaration, mark and token on a line of its own. */
const spread = `stream mlp for tiny
tensor x: bf16[128, 768] input @0x0
tensor "w/0": bf16[768, 8] weight @0x30000

kernel 0 matmul_0 (matmul, add) schedule "tile_m=8"
kernel 1 gelu ()

sem s0 "lhs full" dma0 -> pe = 0
sem s1 "lhs free" pe -> dma0 = 2
ring r0 "lhs" x2

place kernel 0: lhs sbuf[0x40; 8; 0x100] x2, rhs sbuf[0x240; 8; 0x100] x1
place kernel 1: t psum[0x0; 8; 0x20]
queue dma0 {
  kernel 0: // matmul_0
  for k in 0..6 step r0 {
    acquire s1
    dma_copy dst=sbuf[0x40 + 0x100*r0; 8@32; 16:1] bf16, src=hbm x[0x10*k; min(8, 500 - 8*k):128; 16:1] bf16
    release sem=s0, count=2
  }
}

queue pe {
  kernel 0: // matmul_0
  for k in 0..6 step r0 {
    acquire s0
    matmul dst=psum[0x0; 8; 8:1] f32, moving=sbuf[0x40 + 0x100*r0; 8; 8:1] bf16, accumulate=notFirst(k)
    release s1
  }
  kernel 1: // gelu
  acquire s0
  for m in 0..2 {
    load_weights src=sbuf[0x0; 8; 8:1] bf16
  }
}
`;

test("a stream prints as it was read", () => {
  expect(printStream(parse(example))).toBe(example);
});

test("what may share a line may stand on lines of its own", () => {
  expect(parse(spread)).toEqual(parse(example));
});

test("the example in ISA.md is a stream in its printed form", () => {
  expect(printStream(parse(streamExample))).toBe(streamExample);
});

test("parse(print(s)) is s in its normal form, for random streams", () => {
  assert(
    property(integer(), (seed) => {
      const normal = normalStream(randomStream(seed));
      expect(normalStream(normal)).toEqual(normal);
      expect(parse(printStream(normal))).toEqual(normal);
    }),
    { numRuns: 300 },
  );
});

test("an affine number in the normal form has one term for a loop, none of scale 0, and no -0", () => {
  const k = loopId(0);
  const terms = [
    { loop: k, scale: 2 },
    { loop: loopId(1), scale: 0 },
    { loop: k, scale: -1 },
  ];
  const args = { base: { kind: "affine", affine: { constant: -0, terms } } } as const;
  const body = [{ kind: "inst", inst: "iota", args, kernel: 0 }] as const;
  const stream: Stream = { ...parse(example), loops: ["k", "m"], queues: [{ queue: "pool", body }] };
  const [first] = normalStream(stream).queues[0]?.body ?? [];
  expect(first?.kind === "inst" && first.args.base).toEqual({
    kind: "affine",
    affine: { constant: 0, terms: [{ loop: k, scale: 1 }] },
  });
});

test("a size that stands more than once in a loop's body gets a name", () => {
  const named = printStream(parse(example.replace("8@32; 16:1", "min(8, 500 - 8*k)@32; 16:1")));
  expect(named).toContain("  kernel 0: for k in 0..6 step r0 acquire s1 {\n    let k_size = min(8, 500 - 8*k)\n");
  expect(named).toContain(
    "dst=sbuf[0x40 + 0x100*r0; k_size@32; 16:1] bf16, src=hbm x[0x10*k; k_size:128; 16:1] bf16\n",
  );
  expect(printStream(parse(named))).toBe(named);
});

test("a name means the same loop in all queues", () => {
  expect(parse(example).loops).toEqual(["k", "m"]);
});

test("two loops of the same name, and one named like a ring, are distinguished", () => {
  const text = example.replaceAll("for k in", 'for "r0" in').replaceAll("*k", '*"r0"').replaceAll("(k)", '("r0")');
  expect(printStream(parse(text))).toBe(text);
  const [first, second] = parse(example).queues;
  const moved = JSON.parse(JSON.stringify(second), (key, value) => (key === "loop" ? 1 : value)) as typeof second;
  if (first === undefined || moved === undefined) throw new Error("the example has two queues");
  const stream: Stream = { ...parse(example), loops: ["k", "k"], queues: [first, moved] };
  expect(printStream(stream)).toContain("for k_2 in 0..6 step r0 acquire s0");
});

test("the example of every instruction is a line of assembler text", () => {
  for (const name of instNames) {
    const rest = `kernel 0:\n for i0 in 0..2 {\n for i3 in 0..2 {\n ${instDef(name).example}\n }\n }\n`;
    const text = `${example.replace("x: bf16", "wte: bf16[8] input @0x0\ntensor x: bf16")}queue sp {\n ${rest}}\n`;
    expect(complaints(text)).toEqual([]);
  }
});

test.each([
  ["unknown semaphore", "acquire s1", "acquire s7", "17:13 E0902 unknown semaphore `s7`, expected s0, s1"],
  ["unknown ring", "0x100*r0; 8@", "0x100*r1; 8@", "18:36 E0902"],
  ["unknown loop", "0x10*k; min", "0x10*j; min", "18:73 E0902 unknown loop `j`, expected k"],
  ["unknown tensor", "hbm x[", "hbm y[", "18:66 E0902"],
  ["unknown field", "sem=s0, count=2", "sem=s0, counter=2", "19:21 E0902"],
  ["unknown instruction", "load_weights", "load_wheights", "33:5 E0902"],
  ["bad value", "count=2", "count=0", "19:27 E0903 release: `count` is 0, expected an integer of at least 1"],
  ["missing field", "acquire s1", "acquire", "17:5 E0904 acquire: missing sem `sem`"],
  ["missing dtype", "16:1] bf16, src", "16:1], src", "18:51 E0901"],
  ["no kernel", "  kernel 0: // matmul_0\n", "", "16:5 E0901"],
  ["order", "sem s1 ", "sem s2 ", "9:5 E0901 expected `s1`, the next one, found `s2`"],
  ["queue", "queue pe", "queue pee", "23:7 E0901"],
  ["end of the line", "sem=s0, count=2", "sem=s0,", "19:20 E0901 expected a field, found the end of the line"],
])("mistakes have their place: %s", (_name, right, wrong, wanted) => {
  expect(spread).toContain(right);
  expect(complaints(spread.replace(right, wrong)).join("\n")).toContain(wanted);
});

test.each([
  ["semaphore in a loop's head", "acquire s1 {", "acquire s7 {", "13:43 E0902 unknown semaphore `s7`"],
  ["tokens in the wrong order", "acquire s0 release s1", "release s1 acquire s0", "20:46 E0901"],
  ["a second declaration", ", s1 ", ", s2 ", "7:31 E0901 expected `s1`, the next one, found `s2`"],
  ["a place without a kernel", "place kernel 1: t", "place t", "10:7 E0901"],
  ["a place without its bytes", "[0x0; 8; 0x20]", "[0x0; 8]", "10:30 E0901 expected `;`, found `]`"],
])("mistakes on shared lines have their place: %s", (_name, right, wrong, wanted) => {
  expect(example).toContain(right);
  expect(complaints(example.replace(right, wrong)).join("\n")).toContain(wanted);
});
