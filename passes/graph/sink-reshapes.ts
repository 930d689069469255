// Graph -> graph: what follows a product comes before its reshape, so that it can be the product's epilogue.

import type { ValueId } from "../../ir-spec/base/ids.ts";
import { ok } from "../../ir-spec/base/result.ts";
import { type Shape, shapesEqual } from "../../ir-spec/base/tensor.ts";
import { callOf, type Graph, graphOutputs, type Node, readersOf, typeOf } from "../../ir-spec/graph.ts";
import { factsOf, isKind } from "../../ir-spec/ops/index.ts";
import { nameValues } from "../../ir-spec/print-graph.ts";
import { definePass, makeRemark, type Remark } from "../pass.ts";
import { type Rewriter, rewriteGraph } from "../rewrite.ts";
import { removeDead } from "./dead.ts";
import { findRoles, type Role } from "./fuse/roles.ts";

export const sinkReshapes = definePass({
  name: "sink-reshapes",
  summary: "moves elementwise ops from behind a product's reshape to before it",
  detail: `An elementwise op that alone reads a reshape, squeeze or unsqueeze of a product, or of elementwise ops after one, is applied to
the product as it is, and the result gets the shape: \`fuse\` then makes it part of the product's kernel. Other operands get the
product's shape as well, where they are whole or repeated along all axes that a reshape splits or merges; masks of positions stay
where they are, as kernels over rows count them by themselves.`,
  before: `graph example(x: f32[6, 4], w: f32[4, 8], r: f32[2, 3, 8], b: f32[8]) -> (y: f32[2, 3, 8]) {
  y = relu(reshape(matmul(x, w), shape=[2, 3, 8]) + b) + r
}`,
  after: `graph example(x: f32[6, 4], w: f32[4, 8], r: f32[2, 3, 8], b: f32[8]) -> (y: f32[2, 3, 8]) {
  %0 = relu(matmul(x, w) + reshape(b, shape=[1, 8]))
  y = reshape(%0 + reshape(r, shape=[6, 8]), shape=[2, 3, 8])
}`,
  from: "graph",
  to: "graph",
  options: {},
  run: (graph) => {
    const sinking: Sinking = {
      graph,
      roles: findRoles(graph),
      readers: readersOf(graph),
      kept: new Set(graphOutputs(graph).map(({ value }) => value)),
      makers: new Map(graph.nodes.flatMap((node, index) => node.results.map((value) => [value, index]))),
    };
    const isUseful = graph.nodes.some((node) => factsOf(node.op).keepsOrder === true && node.kernel === undefined);
    if (!isUseful || !graph.nodes.some(({ op }) => op === "matmul")) return ok({ ir: graph, remarks: [] });
    const names = nameValues(graph);
    const remarks: Remark[] = [];
    const ir = rewriteGraph(graph, (node, operands, to) => {
      const sunk = sink(sinking, node, operands, to);
      const what = `before the product's reshape: ${node.op} "${names[node.results[0]]}"`;
      if (sunk !== undefined) remarks.push(makeRemark("done", "sink-reshapes", what, node.span));
      return sunk;
    });
    return ok(remarks.length === 0 ? { ir: graph, remarks } : { ir: removeDead(ir), remarks });
  },
});

interface Sinking {
  readonly graph: Graph;
  readonly roles: readonly Role[];
  readonly readers: readonly (readonly number[])[];
  /** Results of the graph and new contents of states. */
  readonly kept: ReadonlySet<ValueId>;
  readonly makers: ReadonlyMap<ValueId, number>;
}

/** The value of an elementwise node, computed in the shape that one of its operands has before a reshape. */
function sink(
  sinking: Sinking,
  node: Node,
  operands: readonly ValueId[],
  to: Rewriter,
): readonly ValueId[] | undefined {
  if (node.kernel !== undefined || !isKind(node.op, "elementwise")) return undefined;
  const { shape } = typeOf(sinking.graph, node.results[0]);
  const from = operands.findIndex((operand, index) => {
    const isWhole = shapesEqual(to.typeOf(operand).shape, shape);
    return (
      isWhole && isReadOnce(sinking, node.operands[index] as ValueId) && reshapedProduct(operand, to) !== undefined
    );
  });
  const source = from < 0 ? undefined : reshapedProduct(operands[from] as ValueId, to);
  if (source === undefined) return undefined;
  const groups = alignShapes(to.typeOf(source).shape, shape);
  const shapes = operands.map((operand, index) => {
    if (index === from) return to.typeOf(source).shape;
    return isIndex(sinking, node.operands[index] as ValueId)
      ? undefined
      : shapeBefore(groups, to.typeOf(operand).shape);
  });
  if (shapes.some((each) => each === undefined)) return undefined;
  const reshaped = operands.map((operand, index) => {
    const wanted = shapes[index] as Shape;
    if (index === from) return source;
    return shapesEqual(wanted, to.typeOf(operand).shape)
      ? operand
      : to.add({ op: "reshape", operands: [operand], attrs: { shape: wanted } })[0];
  });
  const [value] = to.add(callOf(node.op, reshaped, node.attrs));
  return to.add({ op: "reshape", operands: [value], attrs: { shape } });
}

/** Whether nobody else reads a value; and of a reshape, nobody else its operand. */
function isReadOnce({ graph, readers, kept, makers }: Sinking, value: ValueId): boolean {
  const isOnce = (of: ValueId): boolean => new Set(readers[of]).size === 1 && !kept.has(of);
  const maker = graph.nodes[makers.get(value) ?? -1];
  const isReshape = maker !== undefined && factsOf(maker.op).keepsOrder === true;
  return isOnce(value) && (!isReshape || isOnce(maker.operands[0] as ValueId));
}

/** What a value is the reshape of, where that is a product or what elementwise ops make of one. */
function reshapedProduct(value: ValueId, to: Rewriter): ValueId | undefined {
  const call = to.definingCall(value);
  const [source] = call !== undefined && factsOf(call.op).keepsOrder === true ? call.operands : [];
  return source !== undefined && isOfProduct(source, to) ? source : undefined;
}

function isOfProduct(value: ValueId, to: Rewriter): boolean {
  const call = to.definingCall(value);
  if (call === undefined) return false;
  if (call.op === "matmul") return true;
  const { shape } = to.typeOf(value);
  const isWhole = (operand: ValueId): boolean => shapesEqual(to.typeOf(operand).shape, shape);
  return (
    isKind(call.op, "elementwise") && call.operands.some((operand) => isWhole(operand) && isOfProduct(operand, to))
  );
}

/** A mask or index, which a kernel over rows counts by itself. */
function isIndex({ graph, roles, makers }: Sinking, value: ValueId): boolean {
  const maker = makers.get(value) ?? -1;
  return roles[maker] === "rematerialisable" && graph.nodes[maker]?.op !== "full";
}

/** Axes of two shapes that have equally many elements in all, and no fewer of them have. */
interface AxisGroup {
  readonly before: Shape;
  readonly after: Shape;
}

function alignShapes(before: Shape, after: Shape): readonly AxisGroup[] {
  const groups: AxisGroup[] = [];
  let [b, a] = [0, 0];
  while (b < before.length || a < after.length) {
    const first = { b, a };
    let [left, right] = [before[b++] ?? 1, after[a++] ?? 1];
    while (left !== right) {
      if (left < right) left *= before[b++] ?? 1;
      else right *= after[a++] ?? 1;
    }
    groups.push({ before: before.slice(first.b, b), after: after.slice(first.a, a) });
  }
  return groups;
}

/** The shape before the reshape of what broadcasts to the shape after it; undefined where it has some axes of a group. */
function shapeBefore(groups: readonly AxisGroup[], shape: Shape): Shape | undefined {
  if (shape.length === 0) return shape;
  const rank = groups.reduce((sum, { after }) => sum + after.length, 0);
  const padded = [...new Array<number>(rank - shape.length).fill(1), ...shape];
  const sizes: number[] = [];
  let axis = 0;
  for (const { before, after } of groups) {
    const own = padded.slice(axis, axis + after.length);
    axis += after.length;
    if (shapesEqual(own, after)) sizes.push(...before);
    else if (own.every((size) => size === 1)) sizes.push(...before.map(() => 1));
    else return undefined;
  }
  return sizes;
}
