// How right the machine's own ways are: ops that it has no instruction for, over random arguments on the simulator. Quotients
// that f32 has are exact, and so are floors and conversions; sines of any angle are a few units of f32's precision off.

import fc from "fast-check";
import { expect, test } from "vitest";
import { dtypes, ulpAt } from "../../../ir-spec/base/dtype.ts";
import { roundHalfToEven } from "../../../ir-spec/base/special-functions.ts";
import type { Tensor } from "../../../ir-spec/base/tensor.ts";
import { loadGraph } from "../../../src/driver/choose-graph.ts";
import { executors, makeTask } from "../../../src/driver/executors.ts";
import { targetByName } from "../../../src/driver/targets.ts";

const count = 4096;
const seed = 20240613;

async function runOnMachine(text: string, given: Readonly<Record<string, Tensor>>): Promise<readonly number[]> {
  const loaded = loadGraph({ name: "accuracy.tg", text: `graph main${text}\n` }, {});
  const target = targetByName("trn2");
  if (!loaded.ok || !target.ok) throw new Error(JSON.stringify(loaded));
  const inputs = new Map(Object.entries(given));
  const options = { target: target.value, strategy: "heuristic" } as const;
  const ran = await executors.neuron.run(makeTask({ graph: loaded.value.graph, inputs, options, gpu: undefined }));
  if (ran.kind !== "done") throw new Error(JSON.stringify(ran));
  return [...(ran.outputs.get("r") as Tensor).data];
}

/** Random values, the same in every run. */
function draw<T>(arbitrary: fc.Arbitrary<T>): readonly T[] {
  return fc.sample(arbitrary, { numRuns: count, seed });
}

const vector = (data: readonly number[], dtype: Tensor["dtype"] = "f32"): Tensor => {
  return { dtype, shape: [data.length], data: Float64Array.from(data) };
};

/** A float with so many significant bits and an exponent in the middle of f32's range. */
const floatOf = (bits: number): fc.Arbitrary<number> =>
  fc
    .tuple(fc.integer({ min: 2 ** (bits - 1), max: 2 ** bits - 1 }), fc.integer({ min: -60, max: 60 }), fc.boolean())
    .map(([digits, exponent, isNegative]) => (isNegative ? -digits : digits) * 2 ** (exponent - bits));

test(`quotients that are an f32 are exact, seed ${seed}`, async () => {
  const exact = fc
    .integer({ min: 1, max: 23 })
    .chain((bits) => fc.tuple(floatOf(bits), floatOf(24 - bits)))
    .map(([y, q]) => ({ x: y * q, y, q }));
  const cases = draw(exact);
  const inputs = { x: vector(cases.map(({ x }) => x)), y: vector(cases.map(({ y }) => y)) };
  const found = await runOnMachine(`(x: f32[${count}], y: f32[${count}]) -> (r: f32[${count}]) { r = x / y }`, inputs);
  expect(cases.filter(({ q }, index) => found[index] !== q)).toEqual([]);
});

test(`other quotients are within one unit, seed ${seed}`, async () => {
  const cases = draw(fc.tuple(floatOf(24), floatOf(24)));
  const inputs = { x: vector(cases.map(([x]) => x)), y: vector(cases.map(([, y]) => y)) };
  const found = await runOnMachine(`(x: f32[${count}], y: f32[${count}]) -> (r: f32[${count}]) { r = x / y }`, inputs);
  const isOff = ([x, y]: readonly [number, number], index: number): boolean =>
    !(Math.abs((found[index] as number) - x / y) <= ulpAt("f32", x / y));
  expect(cases.filter(isOff)).toEqual([]);
});

/** The larger error was 5.8 units in 20,000 angles of all sizes: the angle's rounding, and that of the small turns. */
const sineUnits = 8 * 2 ** -24;

test.each(["sin", "cos"] as const)(`%s of angles of all sizes, seed ${seed}`, async (op) => {
  const angle = fc.tuple(fc.double({ min: -20, max: 127, noNaN: true }), fc.boolean());
  const xs = draw(angle).map(([exponent, isNegative]) => Math.fround((isNegative ? -1 : 1) * 2 ** exponent));
  const found = await runOnMachine(`(x: f32[${count}]) -> (r: f32[${count}]) { r = ${op}(x) }`, { x: vector(xs) });
  expect(xs.filter((x, index) => !(Math.abs((found[index] as number) - Math[op](x)) <= sineUnits))).toEqual([]);
});

/** Half of them are ties or next to one, which random numbers hardly ever are. */
test(`nearest integers, ties to even, seed ${seed}`, async () => {
  const anything = fc.tuple(fc.double({ min: -2, max: 25, noNaN: true }), fc.boolean());
  const halves = fc.tuple(fc.integer({ min: -(2 ** 22), max: 2 ** 22 }), fc.integer({ min: -1, max: 1 }));
  const xs = [
    ...draw(anything)
      .slice(count / 2)
      .map(([exponent, isNegative]) => Math.fround((isNegative ? -1 : 1) * 2 ** exponent)),
    ...draw(halves)
      .slice(count / 2)
      .map(([whole, beside]) => Math.fround((whole % 64) + 0.5) + beside * 2 ** -18),
  ];
  const found = await runOnMachine(`(x: f32[${count}]) -> (r: f32[${count}]) { r = round(x) }`, { x: vector(xs) });
  expect(xs.filter((x, index) => !Object.is(found[index], roundHalfToEven(x)))).toEqual([]);
});

test(`floors, seed ${seed}`, async () => {
  const xs = draw(fc.tuple(fc.double({ min: -2, max: 33, noNaN: true }), fc.boolean())).map(([exponent, isNegative]) =>
    Math.fround((isNegative ? -1 : 1) * 2 ** exponent),
  );
  const found = await runOnMachine(`(x: f32[${count}]) -> (r: f32[${count}]) { r = floor(x) }`, { x: vector(xs) });
  expect(xs.filter((x, index) => !Object.is(found[index], Math.floor(x)))).toEqual([]);
});

test.each(["bf16", "f16", "f32", "i8", "u8"] as const)(`i32 to %s with one rounding, seed ${seed}`, async (to) => {
  const beside = fc.tuple(fc.integer({ min: 2 ** 16, max: 2 ** 23 }), fc.integer({ min: -2, max: 2 }));
  const x = fc.oneof(
    fc.integer(),
    beside.map(([upper, offset]) => (upper * 2 ** 8 + offset) | 0),
  );
  const xs = draw(x);
  const text = `(x: i32[${count}]) -> (r: ${to}[${count}]) { r = cast(x, to=${to}) }`;
  const found = await runOnMachine(text, { x: vector(xs, "i32") });
  expect(xs.filter((each, index) => found[index] !== dtypes[to].round(each))).toEqual([]);
});
