// A program that calls the library: the attribute of softmax is called axis.
import { verifyGraph } from "../../../ir-spec/verify-graph.ts";
import { withNode } from "../graph/sound-graph.ts";
import type { Cause } from "./cause.ts";

export const cause: Cause = () => verifyGraph(withNode(2, { attrs: { axis: 0, axes: 0 } }));
