// A graph on the reference, unless it is more than that can hold or compute.

import { at, fail, ok, type Result } from "../../ir-spec/base/result.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import { runGraph } from "../../targets/ref/graph.ts";
import type { Tensors } from "./executors.ts";
import { findTooMuchToCompute, findTooMuchToHold } from "./graph-data.ts";

export function runReference(graph: Graph, inputs: Tensors): Result<Tensors> {
  const tooMuch = findTooMuchToHold(graph) ?? findTooMuchToCompute(graph);
  return tooMuch === undefined ? ok(runGraph(graph, inputs, { rounding: true })) : fail([at(tooMuch, undefined)]);
}
