// The reduction of sizes: one size after the other becomes smaller, wherever it stands: in the shapes of parameters and in attributes. Sizes
// that are multiples of it become smaller with it, as those of reshapes do, or stay.

import type { Graph } from "../../../ir-spec/graph.ts";
import { typeOf } from "../../../ir-spec/graph.ts";
import { opDef } from "../../../ir-spec/ops/index.ts";
import { rebuildGraph } from "./rebuild.ts";
import type { Reduction } from "./search.ts";
import type { ShrinkState } from "./state.ts";

interface SizeStep {
  readonly size: number;
  readonly smaller: number;
  readonly areMultiplesScaled: boolean;
}

/** Sizes of parameters and of shapes among the attributes, largest first. */
function sizesOf(graph: Graph): readonly number[] {
  const ofParams = graph.params.flatMap(({ value }) => typeOf(graph, value).shape);
  const ofAttrs = graph.nodes.flatMap(({ op, attrs }) =>
    Object.entries(opDef(op).attrs).flatMap(([name, { kind }]) => {
      const value = (attrs as Readonly<Record<string, unknown>>)[name];
      return kind === "ints" && Array.isArray(value) ? (value as readonly number[]) : [];
    }),
  );
  const sizes = new Set([...ofParams, ...ofAttrs].filter((size) => size > 1));
  return [...sizes].sort((a, b) => b - a);
}

/** The steps of a size, the greatest last: reductions try the last first. */
function stepsOf(size: number): readonly SizeStep[] {
  const near = [size - 1, size - (size >> 3), size - (size >> 2), size >> 1, size >> 2];
  const small = [16, 8, 7, 6, 5, 4, 3, 2, 1];
  const all = [...new Set([...near, ...small])].filter((smaller) => smaller >= 1 && smaller < size);
  return all
    .toSorted((a, b) => b - a)
    .flatMap((smaller) => [false, true].map((areMultiplesScaled) => ({ size, smaller, areMultiplesScaled })));
}

const allSteps = ({ graph }: ShrinkState): readonly SizeStep[] => sizesOf(graph).flatMap(stepsOf);

export const sizeReduction: Reduction<ShrinkState> = {
  name: "sizes",
  count: (state) => allSteps(state).length,
  // Steps exclude each other, so they are taken one by one.
  without: (state, from, to) => {
    const step = allSteps(state)[from];
    if (step === undefined || to !== from + 1) return undefined;
    const { size, smaller, areMultiplesScaled } = step;
    const sizeOf = (other: number): number => {
      if (other === size) return smaller;
      return areMultiplesScaled && other > size && other % size === 0 ? (other / size) * smaller : other;
    };
    const graph = rebuildGraph(state.graph, { sizeOf });
    return graph === undefined ? undefined : { ...state, graph };
  },
};
