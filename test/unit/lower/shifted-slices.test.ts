// Shifted and strided slices of a tensor are loaded once, as what lies between them, and have the values of the graph.
import { describe, expect, test } from "vitest";
import { printTileProgram } from "../../../ir-spec/print-tile.ts";
import { makeRandomInputs } from "../../../ir-spec/random-tensor.ts";
import { graphToTiles } from "../../../src/driver/compile.ts";
import { profileGraph } from "../../../src/driver/profile.ts";
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

/** The text of the tile program of a graph that computes what the graph says. */
function lowered(text: string, machine: string): string {
  const graph = parseGraph(text);
  const target = unwrap(targetByName(machine));
  const tiles = unwrap(graphToTiles(graph, { target, strategy: "heuristic" })).value;
  const stream = unwrap(compileTiles(tiles, target.machine));
  expect(checkStream(stream, target.machine).diagnostics).toEqual([]);
  const inputs = integersFor(graph);
  const { outputs } = unwrap(simulate(stream, target.machine, inputs));
  for (const [name, { data }] of runGraph(graph, inputs, { rounding: true }))
    expect([name, [...(outputs.get(name)?.data ?? [])]]).toEqual([name, [...data]]);
  return printTileProgram(tiles);
}

const loadsOf = (text: string, tensor: string): number => text.split(`<- ${tensor}[`).length - 1;

const cases: readonly (readonly [name: string, loads: number, text: string])[] = [
  [
    "shifted along rows",
    1,
    `graph g(x: f32[130, 35]) -> (y: f32[130, 32]) {
  y = slice(x, starts=[0], ends=[32], axes=[1]) * 2 + slice(x, starts=[1], ends=[33], axes=[1]) - slice(x, starts=[3], ends=[35], axes=[1]) }`,
  ],
  [
    "all of a window of three by three",
    1,
    `graph g(x: f32[6, 10, 12], w: f32[3, 6, 1, 1]) -> (y: f32[6, 8, 10]) {
  a = slice(x, starts=[0, 0], ends=[8, 10], axes=[1, 2])
  b = slice(x, starts=[1, 1], ends=[9, 11], axes=[1, 2])
  c = slice(x, starts=[2, 2], ends=[10, 12], axes=[1, 2])
  w0, w1, w2 = split(w, num_outputs=3, axis=0)
  y = a * squeeze(w0, axes=[0]) + b * squeeze(w1, axes=[0]) + c * squeeze(w2, axes=[0]) }`,
  ],
  [
    "every second element of both dimensions",
    1,
    `graph g(x: f32[5, 8, 16]) -> (y: f32[5, 4, 8]) {
  a = slice(x, starts=[0, 0], ends=[8, 16], axes=[1, 2], steps=[2, 2])
  b = slice(x, starts=[0, 1], ends=[8, 16], axes=[1, 2], steps=[2, 2])
  c = slice(x, starts=[1, 0], ends=[8, 16], axes=[1, 2], steps=[2, 2])
  d = slice(x, starts=[1, 1], ends=[8, 16], axes=[1, 2], steps=[2, 2])
  y = max(max(a, b), max(c, d)) }`,
  ],
  [
    "of a window whose means are taken as well",
    1,
    `graph g(x: f32[1, 8, 8, 6]) -> (h: f32[1, 8, 4, 4], y: f32[1, 8, 1, 1]) {
  a = slice(x, starts=[0, 0], ends=[4, 4], axes=[2, 3]) * 2
  h = relu(a + slice(x, starts=[1, 2], ends=[5, 6], axes=[2, 3]))
  y = reduce_mean(h, axes=[2, 3]) }`,
  ],
  [
    "every second element alone",
    1,
    `graph g(x: f32[40, 64]) -> (y: f32[40, 32]) { y = relu(slice(x, starts=[1], ends=[64], axes=[1], steps=[2])) }`,
  ],
  [
    "parts far from one another",
    2,
    `graph g(x: f32[40, 640]) -> (y: f32[40, 32]) {
  y = slice(x, starts=[0], ends=[32], axes=[1]) + slice(x, starts=[600], ends=[632], axes=[1]) }`,
  ],
];

describe.each(cases)("slices %s", (_name, loads, text) => {
  test.each(["trn2", "tiny"])("on %s", (machine) => {
    const tiles = lowered(text, machine);
    if (machine === "trn2") expect(loadsOf(tiles, "x")).toBe(loads);
  });
});

test.each([
  ["a window of images", "[8, 64, 66, 66]", 3],
  ["a window of long images", "[2, 128, 66, 66]", 2.5],
])("%s takes a small multiple of its floor", (_name, shape, ratio) => {
  const [n, c] = JSON.parse(shape) as readonly [number, number];
  const graph = parseGraph(`graph g(x: bf16${shape}) -> (y: bf16[${n}, ${c}, 64, 64]) {
  y = slice(x, starts=[0, 0], ends=[64, 64], axes=[2, 3]) + slice(x, starts=[2, 2], ends=[66, 66], axes=[2, 3]) }`);
  const { timeNs, bound } = unwrap(
    profileGraph(graph, { target: unwrap(targetByName("trn2")), strategy: "heuristic" }),
  );
  expect(timeNs / (bound.graphFloorNs ?? 0)).toBeLessThan(ratio);
});
