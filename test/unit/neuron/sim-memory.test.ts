// Raw memory of the simulator: every dtype's elements go in rounded as the dtype table says and come out as they are, in
// any pattern that an operand can have.
import { describe, expect, test } from "vitest";
import { type Dtype, dtypeNames, isFloat, roundTo } from "../../../ir-spec/base/dtype.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import type { ResolvedOperand } from "../../../targets/neuron/isa/define.ts";
import { machineByName } from "../../../targets/neuron/machines/index.ts";
import { codecs, makeBytes } from "../../../targets/neuron/sim/codecs.ts";
import { copyBits } from "../../../targets/neuron/sim/copy.ts";
import { gather, makeMemories, scatter } from "../../../targets/neuron/sim/memory.ts";
import { randomNumbers, tile } from "./isa-fixtures.ts";

const tiny = machineByName("tiny");
invariant(tiny !== undefined, "tiny is shipped");

/** Numbers that rounding is hard for: ties, subnormals, the largest, overflow, the signs of zero. */
const edges = [
  0,
  -0,
  1,
  1 + 2 ** -8,
  1 + 3 * 2 ** -8,
  1 + 2 ** -8 + 2 ** -40,
  1 + 2 ** -11,
  1 + 3 * 2 ** -11,
  -(2 ** -14),
  2 ** -24,
  2 ** -25,
  3 * 2 ** -26,
  2 ** -133,
  2 ** -149,
  2 ** -150,
  65504,
  65519.9,
  65520,
  3.4e38,
  3.5e38,
  -1e300,
  2 ** 31 + 5,
  -(2 ** 31) - 7,
  -1.5,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];

function throughMemory(dtype: Dtype, values: Float64Array): Float64Array {
  const bytes = makeBytes(values.length * 4);
  const run = { first: 0, stride: 1, count: values.length, at: 0 };
  const back = new Float64Array(values.length);
  codecs[dtype].write(bytes, run, values);
  codecs[dtype].read(bytes, run, back);
  return back;
}

describe.each(dtypeNames)("%s", (dtype) => {
  test("rounds on the way in as the dtype table does", () => {
    const next = randomNumbers(7);
    const random = Array.from({ length: 2000 }, () => next() * 2 ** Math.round(next() * 8));
    const values = Float64Array.from([...edges, ...random]);
    expect(throughMemory(dtype, values)).toEqual(values.map((x) => roundTo(dtype, x)));
  });

  test("NaN stays NaN in floats, and fresh memory reads as no number", () => {
    const [nan] = throughMemory(dtype, Float64Array.of(Number.NaN));
    const fresh = new Float64Array(1);
    codecs[dtype].read(makeBytes(4), { first: 0, stride: 1, count: 1, at: 0 }, fresh);
    const wanted = isFloat(dtype);
    expect([Number.isNaN(nan), Number.isNaN(fresh[0])]).toEqual([wanted, wanted]);
  });
});

test("every bf16 and f16 comes back with its own bits", () => {
  for (const dtype of ["bf16", "f16"] as const) {
    const bytes = makeBytes(2 ** 17);
    for (let bits = 0; bits < 2 ** 16; bits++) bytes.u16[bits] = bits;
    const run = { first: 0, stride: 1, count: 2 ** 16, at: 0 };
    const values = new Float64Array(2 ** 16);
    codecs[dtype].read(bytes, run, values);
    const copy = makeBytes(2 ** 17);
    codecs[dtype].write(copy, run, values);
    const changed = values.findIndex((value, bits) => !Number.isNaN(value) && copy.u16[bits] !== bits);
    expect(changed).toBe(-1);
  }
});

test("an operand's pattern: partitions, address, strides of several dimensions, broadcast", () => {
  const memories = makeMemories(tiny, []);
  const place = { startPartition: 2, addressBytes: 8 };
  const whole = tile("f32", 4, 24, place);
  const numbers = Float64Array.from({ length: 4 * 24 }, (_element, index) => index);
  scatter(memories, whole, numbers);
  const pattern = { ...place, sizes: [2, 3, 2], strides: [12, 2, 0] };
  const picked = new Float64Array(4 * 12);
  gather(memories, tile("f32", 4, 12, pattern), picked);
  let at = 0;
  for (let p = 0; p < 4; p++) {
    for (let i = 0; i < 2; i++) {
      for (let j = 0; j < 3; j++) {
        for (let repeat = 0; repeat < 2; repeat++) expect(picked[at++]).toBe(p * 24 + i * 12 + j * 2);
      }
    }
  }
});

describe("copies bit for bit", () => {
  const patterns: readonly (readonly [name: string, dst: Partial<ResolvedOperand>, src: Partial<ResolvedOperand>])[] = [
    ["rows to rows", {}, { addressBytes: 64 }],
    ["rows to other partitions at the same address", { startPartition: 4 }, {}],
    ["rows to the tile that they overlap", { addressBytes: 8 }, { addressBytes: 16 }],
    ["a transposed pattern", {}, { addressBytes: 256, sizes: [2, 3], strides: [1, 2] }],
    ["every other element, backwards in runs", { sizes: [3, 2], strides: [4, 1] }, { addressBytes: 256, strides: [2] }],
    ["one element, repeated", {}, { addressBytes: 256, strides: [0] }],
  ];

  test.each(dtypeNames.flatMap((dtype) => patterns.map(([name, dst, src]) => ({ dtype, name, dst, src }))))(
    "$dtype: $name",
    ({ dtype, dst: dstGiven, src: srcGiven }) => {
      const [copied, wanted] = [makeMemories(tiny, []), makeMemories(tiny, [])];
      const next = randomNumbers(1);
      for (let at = 0; at < copied.sbuf.u8.length; at++) copied.sbuf.u8[at] = dtype === "bool" ? 1 : next() * 32;
      wanted.sbuf.u8.set(copied.sbuf.u8);
      const [dst, src] = [tile(dtype, 4, 6, dstGiven), tile(dtype, 4, 6, srcGiven)];
      const elements = new Float64Array(4 * 6);
      gather(wanted, src, elements);
      scatter(wanted, dst, elements);
      if (!copyBits(copied, dst, src)) {
        gather(copied, src, elements);
        scatter(copied, dst, elements);
      }
      const [found, expected] = [copied, wanted].map((memories) => {
        gather(memories, dst, elements);
        return [...elements];
      });
      expect(found).toEqual(expected);
    },
  );

  test("operands that overlap are left alone, and so are different dtypes", () => {
    const memories = makeMemories(tiny, []);
    const [here, there] = [tile("f32", 4, 6), tile("f32", 4, 6, { addressBytes: 16 })];
    expect(copyBits(memories, here, there)).toBe(false);
    expect(copyBits(memories, here, tile("i32", 4, 6, { addressBytes: 64 }))).toBe(false);
  });
});
