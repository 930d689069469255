// Printing and reading back, for graphs with what random graphs of the op table lack: names that clash, kernels, states.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import type { Graph } from "../../../ir-spec/graph.ts";
import { makeGraphBuilder } from "../../../ir-spec/graph-builder.ts";
import { printGraph } from "../../../ir-spec/print-graph.ts";
import { verifyGraph } from "../../../ir-spec/verify-graph.ts";
import { graphs } from "./support.ts";

interface Step {
  readonly op: "add" | "split" | "relu" | "cast" | "full";
  readonly name: string | undefined;
  readonly operands: readonly [number, number];
  readonly beginsKernel: boolean;
  readonly endsKernel: boolean;
}

const names = ["h", "h_1", "y", "x", "s", "s_old", "weight", "kernel", "dim", "state", "%0", "%3", "a.b", "H2"];

const step: fc.Arbitrary<Step> = fc.record({
  op: fc.constantFrom("add", "split", "relu", "cast", "full"),
  name: fc.option(fc.constantFrom(...names), { nil: undefined }),
  operands: fc.tuple(fc.nat(), fc.nat()),
  beginsKernel: fc.boolean(),
  endsKernel: fc.boolean(),
});

const type = { dtype: "f32", shape: [4, 4] } as const;

/** A graph with a node or two for each step; all values but those of `split` have one type. */
function makeGraph(steps: readonly Step[], results: readonly number[], states: readonly number[]): Graph {
  const builder = makeGraphBuilder("random");
  const params = [builder.param("input", "x", type), builder.param("weight", "w", type)];
  const stateParams = ["s", "cache"].map((name) => builder.param("state", name, type));
  const values: ValueId[] = [...params, ...stateParams];
  const pick = (index: number): ValueId => values[index % values.length] as ValueId;
  let kernel: ReturnType<typeof builder.kernel> | undefined;
  for (const { op, name, operands, beginsKernel, endsKernel } of steps) {
    if (beginsKernel && kernel === undefined) kernel = builder.kernel(`part${values.length}`);
    const info = { names: [name, name], kernel };
    const [left, right] = operands.map(pick) as [ValueId, ValueId];
    if (op === "add") values.push(...builder.add("add", [left, right], {}, info));
    if (op === "relu") values.push(...builder.add("relu", [left], {}, info));
    if (op === "cast") values.push(...builder.add("cast", [left], { to: "f32" }, info));
    if (op === "full") values.push(...builder.add("full", [], { value: -0, ...type }, info));
    if (op === "split") {
      const halves = builder.add("split", [left], { num_outputs: 2 }, info);
      values.push(...builder.add("concat", halves, { axis: 0 }, info));
    }
    if (endsKernel) kernel = undefined;
  }
  for (const [index, value] of results.entries()) builder.result(["y", "z", "h"][index] ?? "y", pick(value));
  for (const [index, value] of states.entries()) builder.update(stateParams[index] as ValueId, pick(value));
  return builder.finish();
}

/** What a graph means: all but names, and without kernels that hold nothing. */
function meaningOf({ values, params, nodes, results, updates }: Graph) {
  const shown = nodes.map(({ op, operands, attrs, results: made }) => ({ op, operands, attrs, results: made }));
  const kernels = nodes.map(({ kernel }, index) => kernel !== undefined && kernel === nodes[index - 1]?.kernel);
  return { types: values.map((value) => value.type), params, nodes: shown, kernels, results, updates };
}

const graph = fc
  .tuple(fc.array(step, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 3 }), fc.array(fc.nat(), { maxLength: 2 }))
  .map(([steps, results, states]) => makeGraph(steps, results, states));

test("the text of a graph reads back as the graph, and prints the same", () => {
  fc.assert(
    fc.property(graph, (made) => {
      expect(verifyGraph(made)).toEqual([]);
      const text = printGraph(made);
      const [again] = graphs(text);
      expect(printGraph(again as Graph)).toBe(text);
      expect(meaningOf(again as Graph)).toEqual(meaningOf(made));
    }),
    { numRuns: 300 },
  );
});
