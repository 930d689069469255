// The widened program runs with the kernels of the program itself, unless the passes make another graph of it.
import { expect, test } from "vitest";
import { printTileProgram } from "../../../ir-spec/print-tile.ts";
import { graphToTiles } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { widenGraph } from "../../../src/driver/widen.ts";
import { widenedToTiles } from "../../../src/driver/widened-tiles.ts";
import { parseGraph, unwrap } from "../passes/support.ts";

const options = { target: unwrap(targetByName("tiny")), strategy: "heuristic" } as const;

function tilesOf(text: string) {
  const graph = parseGraph(text);
  const own = graphToTiles(graph, options);
  const wide = widenGraph(graph);
  const ofKernels = unwrap(widenedToTiles(wide, own, options)).value;
  return { own: unwrap(own).value, ofKernels, ofPasses: unwrap(graphToTiles(wide, options)).value };
}

test("the kernels are those of the program itself, casts between floats aside", () => {
  const { own, ofKernels } =
    tilesOf(`graph g(x: bf16[8, 16], weight s: bf16[16], weight b: bf16[16], weight w: bf16[16, 12]) -> (y: bf16[8, 12]) {
  y = gelu(matmul(layer_normalization(x, s, b, axis=-1), w), approximate="tanh")
}`);
  const namesOf = ({ kernels }: typeof own) =>
    kernels.map(({ name, ops }) => [name, ops.filter((op) => op !== "cast")]);
  expect(namesOf(ofKernels)).toEqual(namesOf(own));
  const { buffers } = ofKernels;
  expect(buffers.every(({ dtype }) => dtype === "f32")).toBe(true);
});

test("constants that are folded in the program's own dtypes are not taken over", () => {
  const { ofKernels, ofPasses } = tilesOf(`graph g(x: bf16[8, 16]) -> (y: bf16[8, 16]) {
  c = full(value=0.1, shape=[16], dtype=bf16)
  y = x * exp(c * c)
}`);
  expect(printTileProgram(ofKernels)).toBe(printTileProgram(ofPasses));
});
