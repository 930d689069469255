// Raw memory of the simulator: every dtype's elements go in rounded as the dtype table says and come out as they are, in
// any pattern that an operand can have.
import { describe, expect, test } from "vitest";
import { type Dtype, dtypeNames, isFloat, roundTo } from "../../../ir-spec/base/dtype.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import { machineByName } from "../../../targets/neuron/machines/index.ts";
import { codecs, makeBytes } from "../../../targets/neuron/sim/codecs.ts";
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
