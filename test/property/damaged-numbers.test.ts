// Verifiers refuse every number that no address, size, stride, count or index can be: NaN, nothing at all, fractions,
// integers beyond 2^53. Each numeric field of a graph, of its tile program and of its stream is damaged in each of these ways.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Diagnostic, Result } from "../../ir-spec/base/result.ts";
import { verifyGraph } from "../../ir-spec/verify-graph.ts";
import { verifyTile } from "../../ir-spec/verify-tile.ts";
import { loadGraph } from "../../src/driver/choose-graph.ts";
import { type CompileOptions, graphToStream, graphToTiles, optimizeGraph } from "../../src/driver/compile.ts";
import { targetByName } from "../../src/driver/targets.ts";
import { checkStream } from "../../targets/neuron/check/check.ts";
import { rootFolder } from "../run-tgc.ts";
import { damagedNumbers } from "./damaged-numbers.ts";

function made<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

/** A program with loops, borders, rings, masks, a state and a constant. */
const text = readFileSync(join(rootFolder, "samples/kv-cache.tg"), "utf8");
const { graph } = made(loadGraph({ name: "kv-cache.tg", text }, { dims: { S: 20, H: 1 } }));
const options: CompileOptions = { target: made(targetByName("tiny")), strategy: "heuristic" };
const optimized = made(optimizeGraph(graph, options.target)).value;
const tiles = made(graphToTiles(graph, options)).value;
const stream = made(graphToStream(graph, options)).value;

/** Fields of which each value is one that a program may ask for: elements, immediates, and a kernel that a node need not have. */
const values: readonly string[] = [
  ...["nodes.attrs.values", "nodes.attrs.value", "nodes.kernel", "buffers.data", "tensors.data"],
  ...[
    "attrs.imm0",
    "attrs.imm1",
    "attrs.value",
    "attrs.scale",
    "args.imm0.value",
    "args.imm1.value",
    "args.value.value",
    "args.scale.value",
  ],
];
/** Places in texts, which diagnostics point at. */
const isSpan = (field: string): boolean => field.includes("span.");
/** A statement need not have a stage. */
const isAbsent = ({ field, found }: { readonly field: string; readonly found: unknown }): boolean =>
  field.endsWith("body.stage") && found === undefined;
const isValue = (field: string): boolean => isSpan(field) || values.some((name) => field.endsWith(name));

/** What was damaged and passed. */
function passed<T>(program: T, verify: (damaged: T) => readonly Diagnostic[]): readonly string[] {
  expect(verify(program)).toEqual([]);
  const damaged = [...damagedNumbers(program, 1, isValue)].filter((one) => !isAbsent(one));
  expect(damaged.length).toBeGreaterThan(0);
  return damaged.filter(({ value }) => verify(value).length === 0).map(({ field, found }) => `${field}: ${found}`);
}

test("graphs", () => {
  expect(passed(optimized, verifyGraph)).toEqual([]);
});

test("tile programs", () => {
  expect(passed(tiles, (damaged) => verifyTile(damaged))).toEqual([]);
});

test("streams", () => {
  expect(passed(stream, (damaged) => checkStream(damaged, options.target.machine).diagnostics)).toEqual([]);
});
