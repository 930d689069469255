// A program that calls the library: the sum of a state is smaller than the state.
import { makeGraphBuilder } from "../../../ir-spec/graph-builder.ts";
import { verifyGraph } from "../../../ir-spec/verify-graph.ts";
import { row } from "../graph/sound-graph.ts";
import type { Cause } from "./cause.ts";

export const cause: Cause = () => {
  const builder = makeGraphBuilder("g");
  const state = builder.param("state", "s", row);
  const [sum = state] = builder.add("reduce_sum", [state]);
  builder.update(state, sum);
  return verifyGraph(builder.finish());
};
