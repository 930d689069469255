// What `fuse` promises to the lowering: how kernels are made up; and which well-known pieces become one kernel each.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Shape, shapesEqual } from "../../../ir-spec/base/tensor.ts";
import {
  type Graph,
  graphOutputs,
  isOfKind,
  type Node,
  type NodeOf,
  operandsOf,
  readersOf,
  typeOf,
} from "../../../ir-spec/graph.ts";
import { isKind, type OpName, type OpNameOf, opNames } from "../../../ir-spec/ops/index.ts";
import { reducedAxes } from "../../../ir-spec/ops/reduce.ts";
import { randomCase } from "../../property/random-graph.ts";
import { parseGraph, runOnGraph } from "./support.ts";

function kernelNodes(graph: Graph): readonly (readonly Node[])[] {
  return graph.kernels.map((_, kernel) => graph.nodes.filter((node) => node.kernel === kernel));
}

/** `name: op op op` of each kernel, without the numbers that it makes by itself. */
function listKernels(graph: Graph): readonly string[] {
  return kernelNodes(graph).map((nodes, kernel) => {
    const work = nodes.filter((node) => node.op !== "full").map((node) => node.op);
    return `${graph.kernels[kernel]?.name}: ${work.join(" ")}`;
  });
}

function fuse(text: string): { readonly kernels: readonly string[]; readonly missed: readonly string[] } {
  const { ir, remarks } = runOnGraph(parseGraph(text), "expand,fuse");
  const missed = remarks.filter((remark) => remark.kind === "missed").map((remark) => remark.text);
  return { kernels: listKernels(ir), missed };
}

const shapeOf = (graph: Graph, node: Node): Shape => typeOf(graph, node.results[0] as Node["results"][number]).shape;

/** What breaks the make-up of a contraction kernel. */
function checkContraction(graph: Graph, nodes: readonly Node[]): readonly string[] {
  const readers = readersOf(graph);
  const outputs = new Set(graphOutputs(graph).map((output) => output.value));
  const [matmul, ...epilogue] = nodes.filter((node) => node.op !== "full");
  const chain = matmul === undefined ? epilogue : [matmul, ...epilogue];
  const wrong: string[] = [];
  if (matmul?.op !== "matmul") wrong.push("does not begin with the matmul");
  if (!epilogue.every((node) => isKind(node.op, "elementwise"))) wrong.push("has an epilogue that is not elementwise");
  if (!epilogue.every((node) => shapesEqual(shapeOf(graph, node), shapeOf(graph, chain[0] as Node))))
    wrong.push("changes shape");
  for (const node of chain.slice(0, -1)) {
    const value = node.results[0] as Node["results"][number];
    if (outputs.has(value) || new Set(readers[value]).size !== 1)
      wrong.push("has an intermediate that is read elsewhere");
  }
  return wrong;
}

/** What breaks the make-up of a rows kernel. */
function checkRows(graph: Graph, nodes: readonly Node[]): readonly string[] {
  const work = nodes.filter((node) => isKind(node.op, "elementwise") || isKind(node.op, "reduce"));
  if (work.length < 2) return [];
  const spaces = work.map((node) =>
    isKind(node.op, "reduce")
      ? typeOf(graph, node.operands[0] as Node["operands"][number]).shape
      : shapeOf(graph, node),
  );
  const reduction = work.find((node) => isKind(node.op, "reduce"));
  const axes = reduction !== undefined && isOfKind(reduction, "reduce") ? axesFromEnd(graph, reduction) : [-1];
  const fits = (space: Shape): boolean => {
    const folded = space.map((size, axis) => (axes.includes(axis - space.length) ? 1 : size));
    return work.every((node, index) => fitsSpace(graph, node, spaces[index] as Shape, { space, folded }));
  };
  return spaces.some(fits) ? [] : ["has no iteration space"];
}

/** The axes that a reduction reduces, the same of all in a kernel. */
function axesFromEnd(graph: Graph, node: NodeOf<OpNameOf<"reduce">>): readonly number[] {
  const rank = typeOf(graph, operandsOf(node).x).shape.length;
  return reducedAxes(node.attrs.axes, rank).map((axis) => axis - rank);
}

interface Spaces {
  readonly space: Shape;
  /** With the reduced axes reduced to 1. */
  readonly folded: Shape;
}

function fitsSpace(graph: Graph, node: Node, own: Shape, { space, folded }: Spaces): boolean {
  if (isKind(node.op, "reduce")) return shapesEqual(own, space) && shapesEqual(shapeOf(graph, node), folded);
  if (shapesEqual(own, space) || shapesEqual(own, folded)) return true;
  const isSmall =
    own.length <= space.length && own.every((size, axis) => size === 1 || size === space.at(axis - own.length));
  return isSmall && !isReadOutside(graph, node);
}

function isReadOutside(graph: Graph, node: Node): boolean {
  const readers = readersOf(graph);
  const outputs = new Set(graphOutputs(graph).map((output) => output.value));
  return node.results.some(
    (value) => outputs.has(value) || readers[value]?.some((reader) => graph.nodes[reader]?.kernel !== node.kernel),
  );
}

test("kernels of random graphs are made up as the lowering wants them", () => {
  const simple: readonly OpName[] = opNames.filter((op) => isKind(op, "elementwise") || isKind(op, "reduce"));
  const ops: readonly OpName[] = [...simple, "matmul", "matmul", "matmul", "reshape", "full", "iota", "broadcast_to"];
  const options = { ops, dtypes: ["f32", "i32", "bool"], maxNodes: 25, maxSize: 3, maxRank: 2 } as const;
  fc.assert(
    fc.property(randomCase(options), ({ graph }) => {
      const fused = runOnGraph(graph, "fuse").ir;
      for (const nodes of kernelNodes(fused)) {
        const isContraction = nodes.some((node) => node.op === "matmul");
        expect(isContraction ? checkContraction(fused, nodes) : checkRows(fused, nodes)).toEqual([]);
      }
    }),
    { numRuns: 300 },
  );
});

describe("one kernel each", () => {
  test.each([
    ["softmax(x)", "y: reduce_max sub exp reduce_sum reciprocal mul"],
    ["layer_normalization(x, s, b)", "y: reduce_mean sub mul reduce_mean add rsqrt mul mul add"],
    ["rms_normalization(x, s)", "y: mul reduce_mean add rsqrt mul mul"],
    ["layer_normalization(x, w0, axis=0)", "y: reduce_mean sub mul reduce_mean add rsqrt mul mul"],
    ["gelu(matmul(x, w) + b)", "y: matmul add gelu"],
    ["x + matmul(x, w) * 0.5", "y: matmul mul add"],
    ["x * sigmoid(x) + b", "y: sigmoid mul add"],
  ])("%s", (expression, wanted) => {
    const params = "x: f32[4, 8], weight w: f32[8, 8], weight w0: f32[4, 8], weight s: f32[8], weight b: f32[8]";
    expect(fuse(`graph g(${params}) -> (y: f32[4, 8]) {\n  y = ${expression}\n}`).kernels).toEqual([wanted]);
  });

  test("a normalization of bf16, with its casts of the scale and the bias", () => {
    const text = `graph g(x: bf16[4, 8], weight s: bf16[8], weight b: bf16[8]) -> (y: bf16[4, 8]) {
  y = layer_normalization(x, s, b)
}`;
    expect(fuse(text).kernels).toEqual([
      "y: cast reduce_mean sub mul reduce_mean add rsqrt mul cast mul cast add cast",
    ]);
  });

  test("a causal softmax makes its mask by itself, each layer again", () => {
    const text = `graph g(q: f32[2, 4, 8], k: f32[2, 4, 8], v: f32[2, 4, 8]) -> (y: f32[2, 4, 8]) {
  a = attention(q, k, v, is_causal=true)
  y = attention(a, k, v, is_causal=true)
}`;
    const softmax = "iota iota less_or_equal where reduce_max sub exp reduce_sum reciprocal mul";
    const { ir } = runOnGraph(parseGraph(text), "expand,cse,fuse");
    expect(listKernels(ir)).toEqual([
      "matmul_0: matmul mul",
      `softmax_0: ${softmax}`,
      "a: matmul",
      "matmul_1: matmul mul",
      `softmax_1: ${softmax}`,
      "y: matmul",
    ]);
  });
});

describe("not fused, and told why", () => {
  const params = "x: f32[4, 8], weight w: f32[8, 8], weight b: f32[8]";
  test.each([
    ["h = matmul(x, w)\n  y = exp(h) + matmul(relu(h), w)", 'not fused: "h" has 2 readers'],
    ["h = matmul(x, w)\n  y = h / reduce_max(h, axes=[0])", 'not fused: "h" has 2 readers'],
    ["y = reduce_sum(matmul(x, w), axes=[1]) * x", 'not fused: "%0" is read by reduce_sum, which reduces an axis'],
    ["g = exp(b)\n  y = x + relu(g) * reduce_sum(g)", 'not fused: "%2" [8] and "y" [4, 8]: their rows differ'],
  ])("%s", (body, wanted) => {
    const { missed } = fuse(`graph g(${params}) -> (y: f32[4, 8]) {\n  ${body}\n}`);
    expect(missed.join("\n")).toContain(wanted);
  });

  test("what comes back by way of another kernel stays apart", () => {
    const { kernels, missed } = fuse(`graph g(x: f32[4, 4]) -> (y: f32[4, 4]) {
  e = exp(x)
  t = transpose(e, perm=[1, 0])
  s = reduce_sum(t, axes=[0])
  y = e / s
}`);
    expect(kernels).toEqual(["e: exp", "y: reduce_sum div"]);
    expect(missed).toEqual([
      'not fused: "e" [4, 4] and "y" [4, 4]: a kernel between them reads the one and is read by the other',
    ]);
  });
});

test("kernels that the user wrote stay, and others get other names", () => {
  const { kernels } = fuse(`graph g(x: f32[4], w: f32[4]) -> (y: f32[4], h: f32[4]) {
  kernel h {
    a = exp(x)
    b = a * 2
  }
  h = relu(w)
  y = b + a
}`);
  expect(kernels).toEqual(["h: exp mul", "h_2: relu", "y: add"]);
});
