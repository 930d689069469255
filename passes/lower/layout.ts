// The order of a stored tensor's axes in memory. A kernel stores along any strides; what reads its result may need others than those of
// the type, where axes that a transpose put side by side are merged:
//
//     mixed [heads, rows, d]; joined = reshape(transpose(mixed, perm=[1, 0, 2]), shape=[rows, heads * d])
//
// Stored as [rows, heads, d], `joined` is a view; stored as its type says, all of it is copied.

import { bufferId, type ValueId } from "../../ir-spec/base/ids.ts";
import { elementCount, type Shape } from "../../ir-spec/base/tensor.ts";
import { type Graph, type Node, typeOf } from "../../ir-spec/graph.ts";
import { factsOf } from "../../ir-spec/ops/index.ts";
import { permutationOf } from "../../ir-spec/ops/movement.ts";
import { isDense, permuteView, rowMajorView, type View } from "./view.ts";
import { isView, viewsOfNode } from "./views.ts";

export interface Layout {
  /** The axes of the value, outermost first. */
  readonly axes: readonly number[];
  /** The first result of the graph that has the elements of the whole tensor in their order in memory. */
  readonly result: string | undefined;
}

interface LayoutContext {
  readonly graph: Graph;
  readonly readers: readonly (readonly number[])[];
  /** Whether a result of the graph has its tensor already. */
  readonly isStored: (result: string) => boolean;
}

/** The layout with the fewest elements to copy; that of the type among equals. The last axis stays the last, so runs are as long. */
export function chooseLayout(context: LayoutContext, value: ValueId): Layout {
  const { shape } = typeOf(context.graph, value);
  const own = [...shape.keys()];
  const axes = own.map((axis) => [axis]);
  const priced = [own, ...transposedOrders(context, value, axes)]
    .filter((order) => order.at(-1) === own.at(-1))
    .map((order) => ({ axes: order, ...followViews(context, value, orderedView(shape, order)) }));
  return priced.reduce((best, next) => (next.copied < best.copied ? next : best));
}

/** A whole tensor of `shape` whose axes are stored in an order, given the view of the tensor as it is stored. */
export function layoutView(stored: View, axes: readonly number[]): View {
  return permuteView(
    stored,
    axes.map((_axis, at) => axes.indexOf(at)),
  );
}

export function layoutShape(shape: Shape, axes: readonly number[]): Shape {
  return axes.map((axis) => shape[axis] as number);
}

function orderedView(shape: Shape, axes: readonly number[]): View {
  return layoutView(rowMajorView(bufferId(0), layoutShape(shape, axes)), axes);
}

/** Orders of a value's axes that transposes of it ask for; `axes`: which axes of the stored value each of its own has, outermost first. */
function transposedOrders(context: LayoutContext, value: ValueId, axes: AxisGroups): readonly (readonly number[])[] {
  return readersIn(context, value).flatMap((node) => {
    const [result] = node.results;
    if (node.op === "transpose") {
      const order = permutationOf(node.attrs.perm, axes.length).map((axis) => axes[axis] as readonly number[]);
      return [order.flat(), ...transposedOrders(context, result, order)];
    }
    const { shape } = typeOf(context.graph, value);
    const merged = factsOf(node.op).keepsOrder
      ? mergeAxes(shape, axes, typeOf(context.graph, result).shape)
      : undefined;
    return merged === undefined ? [] : transposedOrders(context, result, merged);
  });
}

/** Axes of a stored value by axis of a view of it. */
type AxisGroups = readonly (readonly number[])[];

/** The axes of a reshaped view, where each has whole axes of the view before. */
function mergeAxes(from: Shape, axes: AxisGroups, to: Shape): AxisGroups | undefined {
  let next = 0;
  const merged = to.map((size) => {
    const group: number[] = [];
    let count = 1;
    while (next < from.length && count * (from[next] as number) <= size) {
      count *= from[next] as number;
      group.push(...(axes[next++] as readonly number[]));
    }
    return count === size ? group : undefined;
  });
  return next === from.length && merged.every((group) => group !== undefined) ? merged : undefined;
}

function readersIn({ graph, readers }: LayoutContext, value: ValueId): readonly Node[] {
  return [...new Set(readers[value] ?? [])].map((index) => graph.nodes[index] as Node);
}

/** The elements that views of a value copy, and the result of the graph that needs no copy. */
function followViews(
  context: LayoutContext,
  value: ValueId,
  view: View,
): { readonly copied: number; readonly result: string | undefined } {
  const { graph } = context;
  let copied = 0;
  let result: string | undefined;
  const visit = (at: ValueId, of: View): void => {
    for (const { name, value: returned } of graph.results) {
      if (returned !== at || context.isStored(name)) continue;
      const isWhole = of.buffer === view.buffer && isDense(of) && elementCount(of.shape) === elementCount(view.shape);
      if (isWhole && result === undefined) result = name;
      else copied += elementCount(of.shape);
    }
    for (const node of readersIn(context, at)) if (isView(node)) follow(at, of, node);
  };
  const follow = (at: ValueId, of: View, node: Parameters<typeof viewsOfNode>[1]): void => {
    const found = viewsOfNode(of, node, graph);
    if (found === undefined) copied += elementCount(of.shape);
    const { shape } = typeOf(graph, at);
    const views = found ?? viewsOfNode(rowMajorView(bufferId(1), shape), node, graph) ?? [];
    for (const [index, each] of views.entries()) visit(node.results[index] as ValueId, each);
  };
  visit(value, view);
  return { copied, result };
}
