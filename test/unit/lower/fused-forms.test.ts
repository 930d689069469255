// What rows kernels do on the way: casts are no statements, a function subtracts a row's maximum and adds up the row.
import { expect, test } from "vitest";
import type { TileNode, TileStatement } from "../../../ir-spec/tile.ts";
import { lowerGraph } from "../../../passes/lower/lower.ts";
import { passEnv } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { parseGraph, runOnGraph, unwrap } from "../passes/support.ts";

const env = passEnv(unwrap(targetByName("trn2")));

/** The statements of a program's kernels that go over whole tiles of many columns. */
function wideOps(text: string): readonly string[] {
  const graph = runOnGraph(parseGraph(text), "canonicalize,expand,canonicalize,cse,dce,fuse").ir;
  const { program } = unwrap(lowerGraph(graph, { strategy: "heuristic" }, env));
  const nodesOf = (body: readonly TileStatement[]): readonly TileNode[] =>
    body.flatMap((statement) =>
      statement.kind === "loop" ? nodesOf(statement.body) : statement.kind === "op" ? [statement] : [],
    );
  const isWide = ({ operands }: TileNode): boolean =>
    Object.values(operands).some(({ dims }) => dims.some(({ size }) => size.max > 1));
  return program.kernels.flatMap(({ body }) => nodesOf(body).filter(isWide)).map(({ op }) => op);
}

test("softmax of bf16: a maximum, a function with its sum, a product", () => {
  expect(wideOps("graph g(x: bf16[256, 96]) -> (y: bf16[256, 96]) { y = softmax(x, axis=-1) }")).toEqual([
    "dma",
    "tensor_reduce",
    "activation",
    "tensor_scalar",
    "dma",
  ]);
});

test("root mean square norm of bf16: a square with its sum, two products", () => {
  const text = `graph g(x: bf16[256, 96], weight w: bf16[96]) -> (y: bf16[256, 96]) {
    y = rms_normalization(x, w, axis=-1, epsilon=1e-5)
  }`;
  const wide = wideOps(text);
  expect(wide).toEqual(["dma", "dma", "activation", "scalar_tensor_tensor", "tensor_scalar", "dma"]);
});
