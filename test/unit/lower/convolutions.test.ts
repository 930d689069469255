// Convolutions are one kernel with their epilogue, whatever their windows, padding and channels, and have the values of the graph.
import { expect, test } from "vitest";
import { makeRandomWords } from "../../../ir-spec/base/random-words.ts";
import { makeRandomInputs } from "../../../ir-spec/random-tensor.ts";
import type { KernelSchedule } from "../../../ir-spec/schedule.ts";
import { graphToTiles } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { checkStream } from "../../../targets/neuron/check/check.ts";
import { compileTiles } from "../../../targets/neuron/compile/compile.ts";
import { simulate } from "../../../targets/neuron/sim/simulate.ts";
import { runGraph } from "../../../targets/ref/graph.ts";
import { parseGraph, unwrap } from "../passes/support.ts";

type Graph = ReturnType<typeof parseGraph>;

/** Small integers, so that no executor rounds. */
function integersFor(graph: Graph): ReturnType<typeof makeRandomInputs> {
  const small = (x: number): number => Math.round(3 * x);
  return new Map([...makeRandomInputs(graph, 5)].map(([name, x]) => [name, { ...x, data: x.data.map(small) }]));
}

/** The names of the kernels that it becomes, once the stream has computed what the graph says. */
function kernelsOf(text: string, machine: string, fields?: KernelSchedule["fields"]): readonly string[] {
  const graph = parseGraph(text);
  const target = unwrap(targetByName(machine));
  const schedule = fields && { name: "s", graph: "*", kernels: [{ kernel: "y", fields }] };
  const tiles = unwrap(graphToTiles(graph, { target, strategy: "heuristic", schedule })).value;
  const stream = unwrap(compileTiles(tiles, target.machine));
  expect(checkStream(stream, target.machine).diagnostics).toEqual([]);
  const inputs = integersFor(graph);
  const { outputs } = unwrap(simulate(stream, target.machine, inputs));
  for (const [name, { data }] of runGraph(graph, inputs, { rounding: true }))
    expect([name, [...(outputs.get(name)?.data ?? [])]]).toEqual([name, [...data]]);
  return tiles.kernels.map(({ name }) => name);
}

const cases: readonly (readonly [name: string, text: string])[] = [
  [
    "with bias, residual and activation",
    `graph g(x: f32[1, 4, 6, 6], w: f32[8, 4, 3, 3], b: f32[8], r: f32[1, 8, 6, 6]) -> (y: f32[1, 8, 6, 6]) {
  y = relu(conv(x, w, b, pads=[1, 1, 1, 1]) + r) }`,
  ],
  [
    "of a stem: few channels, every second place, odd sizes",
    `graph g(x: f32[2, 3, 9, 11], w: f32[5, 3, 5, 3], b: f32[5]) -> (y: f32[2, 5, 5, 6]) {
  y = relu(conv(x, w, b, pads=[2, 1, 2, 1], strides=[2, 2])) }`,
  ],
  [
    "in groups, with gaps",
    `graph g(x: f32[2, 20, 7, 9], w: f32[18, 10, 3, 2], b: f32[18]) -> (y: f32[2, 18, 5, 7]) {
  y = conv(x, w, b, group=2, dilations=[1, 2]) }`,
  ],
  [
    "over one axis, padded before it",
    `graph g(x: f32[1, 9, 30], w: f32[4, 9, 5], s: f32[1, 4, 1]) -> (y: f32[1, 4, 30]) { y = conv(x, w, pads=[4, 0]) * s }`,
  ],
  [
    "of rows beyond a bank",
    `graph g(x: f32[1, 5, 3, 40], w: f32[4, 5, 1, 3]) -> (y: f32[1, 4, 3, 40]) { y = conv(x, w, pads=[0, 1, 0, 1]) }`,
  ],
  [
    "of more channels than the array",
    `graph g(x: bf16[1, 13, 5, 5], w: bf16[14, 13, 3, 3]) -> (y: bf16[1, 14, 3, 3]) { y = conv(x, w, strides=[2, 2], pads=[1, 1, 1, 1]) }`,
  ],
  [
    "of windows larger than the image",
    `graph g(x: f16[1, 5, 2, 2], w: f16[6, 5, 5, 5]) -> (y: f16[1, 6, 4, 4]) { y = conv(x, w, pads=[3, 3, 3, 3]) }`,
  ],
  [
    "of single elements, every second one",
    `graph g(x: f32[1, 8, 8, 7], w: f32[9, 8, 1, 1]) -> (y: f32[1, 9, 4, 4]) { y = conv(x, w, strides=[2, 2]) }`,
  ],
];

/** Those that an array of 128 rows computes in another way. */
const alsoOnTrn2: ReadonlySet<string> = new Set([
  "of a stem: few channels, every second place, odd sizes",
  "of rows beyond a bank",
  "of windows larger than the image",
]);

test.each(cases)("a convolution %s is one kernel", (name, text) => {
  for (const machine of alsoOnTrn2.has(name) ? ["tiny", "trn2"] : ["tiny"])
    expect(kernelsOf(text, machine)).toEqual(["y"]);
});

const seed = 20;

test(`random convolutions in blocks, with random elements of the window together, seed ${seed}`, () => {
  const words = makeRandomWords(seed);
  const upTo = (most: number): number => 1 + (words() % most);
  for (let count = 0; count < 6; count++) {
    const [c, m, images] = [upTo(9), upTo(9), upTo(2)];
    const axes = [upTo(12), upTo(12)].map((size) => {
      const [taps, stride, dilation] = [upTo(4), upTo(2), upTo(2)];
      const reach = dilation * (taps - 1) + 1;
      const [before, after] = [upTo(reach) - 1, Math.max(upTo(reach) - 1, reach - size)];
      const places = Math.floor((before + size + after - reach) / stride) + 1;
      return { size, taps, stride, dilation, before, after, places };
    });
    const list = (of: (axis: (typeof axes)[number]) => number): string => axes.map(of).join(", ");
    const attrs = `strides=[${list((a) => a.stride)}], dilations=[${list((a) => a.dilation)}], pads=[${list((a) => a.before)}, ${list((a) => a.after)}]`;
    const text = `graph g(x: f32[${images}, ${c}, ${list((a) => a.size)}], w: f32[${m}, ${c}, ${list((a) => a.taps)}]) -> (y: f32[${images}, ${m}, ${list((a) => a.places)}]) {
  y = conv(x, w, ${attrs})
}`;
    const fields = {
      block_rows: upTo(6),
      tap_rows: upTo(9),
      load_weights: upTo(2) === 1 ? "kernel" : "tile",
      tile_m: upTo(8),
      slots_in: upTo(3),
    };
    expect([text, fields, kernelsOf(text, count % 3 === 0 ? "trn2" : "tiny", fields)]).toEqual([text, fields, ["y"]]);
  }
});

test("a convolution that has no room as a kernel is expanded", () => {
  const kernels = kernelsOf(
    `graph g(x: f32[1, 600, 3, 3], w: f32[8, 600, 3, 3]) -> (y: f32[1, 8, 1, 1]) { y = conv(x, w) }`,
    "tiny",
  );
  expect(kernels.length).toBeGreaterThan(1);
});
