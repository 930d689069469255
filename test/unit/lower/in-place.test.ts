// Updates of states: in place where the old content is read no more, and right in all cases.
import { describe, expect, test } from "vitest";
import { makeRandomInputs } from "../../../ir-spec/random-tensor.ts";
import type { TileProgram, TileStatement } from "../../../ir-spec/tile.ts";
import { lowerGraph } from "../../../passes/lower/lower.ts";
import { passEnv } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { runGraph } from "../../../targets/ref/graph.ts";
import { runTile } from "../../../targets/ref/tile.ts";
import { parseGraph, runOnGraph, unwrap } from "../passes/support.ts";

const env = passEnv(unwrap(targetByName("tiny")));

/** Elements that the program writes to each tensor in HBM, by name. */
function writtenElements({ buffers, kernels }: TileProgram): Readonly<Record<string, number>> {
  const written: Record<string, number> = {};
  const visit = (body: readonly TileStatement[], times: number): void => {
    for (const statement of body) {
      if (statement.kind === "loop") visit(statement.body, times * statement.trips.max);
      if (statement.kind !== "op") continue;
      const { dst } = statement.operands;
      const buffer = dst && buffers[dst.buffer];
      if (dst === undefined || buffer?.memory !== "hbm") continue;
      const count = dst.dims.reduce((product, { size }) => product * size.max, dst.partition.size.max);
      written[buffer.name] = (written[buffer.name] ?? 0) + times * count;
    }
  };
  for (const { body } of kernels) visit(body, 1);
  return written;
}

/** Lowers a program, compares it with the reference, and says what it writes. */
function written(text: string): Readonly<Record<string, number>> {
  const graph = runOnGraph(parseGraph(text), "canonicalize,expand,canonicalize,cse,dce,fuse").ir;
  const { program } = unwrap(lowerGraph(graph, { strategy: "heuristic" }, env));
  const inputs = makeRandomInputs(graph, 1);
  const found = runTile(program, inputs, { rounding: true });
  for (const [name, { data }] of runGraph(graph, inputs, { rounding: true })) {
    expect(found.get(name)?.data, name).toHaveLength(data.length);
    data.forEach((value, index) => {
      expect(found.get(name)?.data[index], `${name}[${index}]`).toBeCloseTo(value, 5);
    });
  }
  return writtenElements(program);
}

const head = "graph g(k: f32[2, 1, 4], state keys: f32[2, 8, 4]) -> ";

describe("in place", () => {
  test("a slice that is replaced, and read afterwards", () => {
    const text = `${head}(y: f32[2, 1, 4]) {
      keys = update_slice(keys, k * 2.0, starts=[0, 3, 0])
      y = reduce_sum(keys, axes=[1], keepdims=true)
    }`;
    expect(written(text)).toMatchObject({ keys: 8 });
  });

  test("the old content read before", () => {
    const text = `${head}(y: f32[2, 1, 4]) {
      old = reduce_sum(keys, axes=[1], keepdims=true)
      keys = update_slice(keys, old, starts=[0, 3, 0])
      y = k + old
    }`;
    expect(written(text)).toMatchObject({ keys: 8 });
  });

  test("one slice after the other, as layers do", () => {
    const text = `graph g(x: f32[1, 4], state keys: f32[3, 5, 4]) -> (y: f32[1, 4]) {
      h = x
      for i in 0..3 {
        keys = update_slice(keys, reshape(h, shape=[1, 1, 4]), starts=[i, 2, 0])
        h = h + reduce_sum(keys[i], axes=[0], keepdims=true)
      }
      y = h
    }`;
    expect(written(text)).toMatchObject({ keys: 12 });
  });
});

describe("not in place", () => {
  test.each([
    [
      "the old content read after",
      `${head}(y: f32[2, 1, 4]) {
        new = update_slice(keys, k, starts=[0, 3, 0])
        sum = reduce_sum(new, axes=[1], keepdims=true)
        y = sum + reduce_sum(keys * sum, axes=[1], keepdims=true)
        keys = new
      }`,
    ],
    [
      "the old content as a result",
      `${head}(old: f32[2, 8, 4]) {
        old = keys
        keys = update_slice(keys, k, starts=[0, 3, 0])
      }`,
    ],
    [
      "a part of the state moved within it",
      `${head}(y: f32[2, 1, 4]) {
        keys = update_slice(keys, slice(keys, starts=[0, 1, 0], ends=[2, 8, 4]), starts=[0, 0, 0])
        y = k
      }`,
    ],
    [
      "a state that takes the old content of another",
      `graph g(k: f32[2, 1, 4], state keys: f32[2, 8, 4], state last: f32[2, 8, 4]) -> (y: f32[2, 1, 4]) {
        last = keys
        keys = update_slice(keys, k, starts=[0, 3, 0])
        y = k
      }`,
    ],
    [
      "a changed copy of a state that stays as it is",
      `${head}(y: f32[2, 8, 4]) {
        y = update_slice(keys, k, starts=[0, 3, 0])
      }`,
    ],
  ])("%s", (_name, text) => {
    const { keys } = written(text);
    expect(keys === undefined || keys >= 64).toBe(true);
  });
});
