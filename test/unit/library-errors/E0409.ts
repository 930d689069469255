// A program that calls the library: a tensor without elements.
import { makeGraphBuilder } from "../../../ir-spec/graph-builder.ts";
import { verifyGraph } from "../../../ir-spec/verify-graph.ts";
import type { Cause } from "./cause.ts";

export const cause: Cause = () => {
  const builder = makeGraphBuilder("g");
  builder.result("y", builder.param("input", "x", { dtype: "f32", shape: [2, 0] }));
  return verifyGraph(builder.finish());
};
