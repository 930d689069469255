// A program that calls the library: the axis of a softmax is counted from the end.
import { verifyGraph } from "../../../ir-spec/verify-graph.ts";
import { withNode } from "../graph/sound-graph.ts";
import type { Cause } from "./cause.ts";

export const cause: Cause = () => verifyGraph(withNode(2, { attrs: { axis: -1 } }));
