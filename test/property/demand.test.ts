// What an analysis says that results need of a graph's parameters: each such element must matter, so one that is NaN makes a result
// NaN. A floor of a graph's time counts nothing that a program may leave out.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Shape, Tensor } from "../../ir-spec/base/tensor.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import type { Box } from "../../passes/analysis/boxes.ts";
import { countDemand, demandsOf } from "../../passes/analysis/demand.ts";
import { runGraph } from "../../targets/ref/graph.ts";
import { randomCase } from "./random-graph.ts";

const isLong = process.env.TGC_LONG !== undefined;
const seed = Number(process.env.TGC_SEED ?? 1);

const ops = [
  ...[
    "slice",
    "slice",
    "slice",
    "split",
    "concat",
    "update_slice",
    "transpose",
    "reshape",
    "squeeze",
    "unsqueeze",
    "broadcast_to",
  ],
  ...["add", "mul", "neg", "matmul", "matmul", "reduce_sum", "gather"],
] as const;

type Tensors = ReadonlyMap<string, Tensor>;

const hasNan = (outputs: Tensors): boolean => [...outputs.values()].some(({ data }) => data.some(Number.isNaN));

/** Which elements of an input make a result NaN when they are. */
function whatMatters(graph: Graph, inputs: Tensors, name: string): readonly boolean[] {
  const tensor = inputs.get(name) as Tensor;
  return Array.from(tensor.data, (_, index) => {
    const data = tensor.data.slice();
    data[index] = Number.NaN;
    return hasNan(runGraph(graph, new Map([...inputs, [name, { ...tensor, data }]]), { rounding: true }));
  });
}

/** The element's number in row-major order is that of an element of the box. */
function isInside(box: Box, shape: Shape, index: number): boolean {
  let rest = index;
  const position = shape.toReversed().map((size) => {
    const at = rest % size;
    rest = (rest - at) / size;
    return at;
  });
  return box.toReversed().every(({ first, end }, axis) => first <= position[axis]! && position[axis]! < end);
}

test("each element that is needed matters", () => {
  let [parts, wholes] = [0, 0];
  const check = fc.property(randomCase({ ops, dtypes: ["f32"], maxNodes: 8, maxRank: 3 }), ({ graph, inputs }) => {
    if (hasNan(runGraph(graph, inputs, { rounding: true }))) return;
    const demands = demandsOf(graph);
    for (const { name, value } of graph.params) {
      const { dtype, shape, data } = inputs.get(name) as Tensor;
      if (dtype !== "f32" || data.length > 64) continue;
      const matters = whatMatters(graph, inputs, name);
      const demand = demands.get(value);
      const count = countDemand(demand, shape);
      expect(count).toBeLessThanOrEqual(matters.filter((x) => x).length);
      for (const box of demand?.boxes ?? []) {
        expect(matters.filter((_, index) => isInside(box, shape, index))).not.toContain(false);
      }
      if (count === data.length) wholes++;
      else if (count > 0) parts++;
    }
  });
  fc.assert(check, { numRuns: isLong ? 20_000 : 200, seed });
  expect(Math.min(parts, wholes)).toBeGreaterThan(10);
});
