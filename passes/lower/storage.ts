// Where the graph's values lie in HBM: parameters, constants, results temporaries between kernels; and the
// strided view of each value. A graph result that a kernel makes is stored right into its tensor; others are copied at the end.

import type { Dtype } from "../../ir-spec/base/dtype.ts";
import type { BufferId, ValueId } from "../../ir-spec/base/ids.ts";
import { invariant } from "../../ir-spec/base/result.ts";
import type { Shape } from "../../ir-spec/base/tensor.ts";
import {
  definingNodes,
  type Graph,
  type NodeOf,
  operandsOf,
  type ParamKind,
  readersOf,
  typeOf,
} from "../../ir-spec/graph.ts";
import type { TensorRole } from "../../ir-spec/tile.ts";
import type { CostEnv } from "../pass.ts";
import { inPlaceUpdates } from "./in-place.ts";
import { slicesOfConcats } from "./joined.ts";
import { chooseLayout, layoutShape, layoutView } from "./layout.ts";
import type { LowerStep } from "./plan-regions.ts";
import { makeProgramBuilder, type ProgramBuilder } from "./program-builder.ts";
import type { KernelRegion, LowerContext } from "./region.ts";
import { type StoreOrder, storedShape, storedView } from "./stored.ts";
import { isSameView, reshapeView, rowMajorView, sliceView, type View } from "./view.ts";
import { type ViewOp, viewsOfNode } from "./views.ts";

export interface FinalCopy {
  readonly name: string;
  readonly source: View;
  readonly target: View;
  /** What is copied. */
  readonly value: ValueId;
}

export interface Storage {
  readonly context: LowerContext;
  /** The context's, which collects the kernels as well. */
  readonly program: ProgramBuilder;
  /** Gives every value that a region stores its tensor; what is no result of the graph lies in the order asked for. */
  readonly defineOutputs: (region: KernelRegion, order: StoreOrder) => void;
  /** Follows a view op; `copy` is called where the value must be laid out again first. */
  readonly defineViews: (node: NodeOf<ViewOp>, copy: (source: View, target: View) => void) => void;
  /** Results and states that no kernel has stored into their own tensor. */
  readonly finalCopies: () => readonly FinalCopy[];
  readonly uniqueName: (name: string) => string;
}

const roleOf: { readonly [K in ParamKind]: TensorRole } = { input: "input", weight: "weight", state: "state" };

export function makeStorage(graph: Graph, steps: readonly LowerStep[], env: CostEnv): Storage {
  const builder = makeProgramBuilder(graph.name);
  const views = new Map<ValueId, View>();
  const inPlace = inPlaceUpdates(graph, steps);
  const slices = slicesOfConcats(graph, steps);
  const stored = new Set<string>();
  const names = new Set(graph.params.map((param) => param.name));
  const kernelNames = new Set(steps.flatMap((step) => (step.kind === "region" ? [step.region.name] : [])));
  for (const result of graph.results) names.add(result.name);

  const buffer = (name: string, dtype: Dtype, shape: Shape, role: TensorRole, data?: readonly number[]): BufferId =>
    builder.buffer({ name, memory: "hbm", dtype, shape, slots: 1, role, ...(data === undefined ? {} : { data }) });
  const tensor = (name: string, value: ValueId, role: TensorRole, data?: readonly number[]): View => {
    const { dtype, shape } = typeOf(graph, value);
    return rowMajorView(buffer(name, dtype, shape, role, data), shape);
  };
  const temporary = (value: ValueId, shape: Shape): BufferId =>
    buffer(freeName(graph.values[value]?.name ?? "t"), typeOf(graph, value).dtype, shape, "temp");
  const freeName = (wanted: string): string => {
    const name = unused(names, wanted);
    names.add(name);
    return name;
  };
  for (const param of graph.params) views.set(param.value, tensor(param.name, param.value, roleOf[param.kind]));
  for (const step of steps) {
    if (step.kind !== "constant") continue;
    const [value] = step.node.results;
    const name = freeName(graph.values[value]?.name ?? "constant");
    views.set(value, tensor(name, value, "constant", step.node.attrs.values));
  }
  const viewOf = (value: ValueId): View => {
    const view = views.get(value);
    invariant(view !== undefined, `value ${value} has no place in HBM`);
    return view;
  };
  const makers = definingNodes(graph);
  const placed = (value: ValueId): View | undefined => views.get(value);
  const readers = readersOf(graph);
  const context: LowerContext = { ...env, graph, builder, viewOf, placeOf: placed, makers, readers };

  /** The tensor of a value in rows: one of a result of the graph, or a temporary one, with the axes in the order that views of it want. */
  const placeInRows = (value: ValueId): View => {
    const { axes, result } = chooseLayout({ graph, readers, isStored: (name) => stored.has(name) }, value);
    const shape = layoutShape(typeOf(graph, value).shape, axes);
    const found = graph.results.find(({ name }) => name === result);
    if (found === undefined) return layoutView(rowMajorView(temporary(value, shape), shape), axes);
    stored.add(found.name);
    const whole = reshapeView(tensor(found.name, found.value, "output"), shape);
    invariant(whole !== undefined, "a dense tensor has any shape");
    return layoutView(whole, axes);
  };
  const placeOf = (value: ValueId, order: StoreOrder): View => {
    const slice = slices.get(value);
    if (slice !== undefined) {
      const whole = views.get(slice.whole) ?? placeOf(slice.whole, "rows");
      views.set(slice.whole, whole);
      const view = reshapeView(sliceView(whole, slice.starts, slice.shape), typeOf(graph, value).shape);
      invariant(view !== undefined, "axes of size 1 can be left out of any view");
      return view;
    }
    const replaced = inPlace.get(value);
    if (replaced !== undefined) return viewOf(replaced);
    if (order === "rows") return placeInRows(value);
    const { shape } = typeOf(graph, value);
    return storedView(temporary(value, storedShape(shape, order)), shape, order);
  };

  return {
    context,
    program: builder,
    defineOutputs: (region, order) => {
      for (const value of region.outputs) if (!views.has(value)) views.set(value, placeOf(value, order));
    },
    defineViews: (node, copy) => {
      const { x: operand } = operandsOf(node);
      const found = viewsOfNode(viewOf(operand), node, graph);
      const results = found ?? viewsOfNode(denseCopy(operand), node, graph);
      invariant(results !== undefined, `${node.op} of a dense tensor is a view`);
      for (const [index, result] of node.results.entries()) views.set(result, results[index] as View);

      function denseCopy(value: ValueId): View {
        const dense = tensor(freeName(`${graph.values[value]?.name ?? "t"}_dense`), value, "temp");
        copy(viewOf(value), dense);
        return dense;
      }
    },
    finalCopies: () => {
      const results = graph.results
        .filter((result) => !stored.has(result.name))
        .map((result) => ({
          name: `store_${result.name}`,
          source: viewOf(result.value),
          target: tensor(result.name, result.value, "output"),
          value: result.value,
        }));
      return [...results, ...stateCopies(graph, viewOf, (name, value) => tensor(freeName(name), value, "temp"))];
    },
    uniqueName: (name) => {
      const unique = unused(kernelNames, name);
      kernelNames.add(unique);
      return unique;
    },
  };
}

function unused(names: ReadonlySet<string>, wanted: string): string {
  if (!names.has(wanted)) return wanted;
  let number = 1;
  while (names.has(`${wanted}_${number}`)) number++;
  return `${wanted}_${number}`;
}

/** States get their new content last. One whose new content is a view of another state passes through a temporary. */
function stateCopies(
  graph: Graph,
  viewOf: (value: ValueId) => View,
  temporary: (name: string, value: ValueId) => View,
): readonly FinalCopy[] {
  const states = new Set(graph.updates.map((update) => viewOf(update.param).buffer));
  const first: FinalCopy[] = [];
  const last: FinalCopy[] = [];
  for (const update of graph.updates) {
    const name = graph.params.find((param) => param.value === update.param)?.name ?? "state";
    const { value } = update;
    const source = viewOf(value);
    const target = viewOf(update.param);
    if (isSameView(source, target)) continue;
    if (!states.has(source.buffer)) {
      last.push({ name: `update_${name}`, source, target, value });
      continue;
    }
    const between = temporary(`${name}_next`, value);
    first.push({ name: `save_${name}`, source, target: between, value });
    last.push({ name: `update_${name}`, source: between, target, value });
  }
  return [...first, ...last];
}
