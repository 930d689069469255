// A program that calls the library: a softmax of f32 cannot be bf16.
import { verifyGraph } from "../../../ir-spec/verify-graph.ts";
import { withValue } from "../graph/sound-graph.ts";
import type { Cause } from "./cause.ts";

export const cause: Cause = () => verifyGraph(withValue(4, { type: { dtype: "bf16", shape: [4] } }));
