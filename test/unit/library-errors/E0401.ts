// A program that calls the library: the nodes of a graph stand in the wrong order.
import { verifyGraph } from "../../../ir-spec/verify-graph.ts";
import { sound } from "../graph/sound-graph.ts";
import type { Cause } from "./cause.ts";

export const cause: Cause = () => verifyGraph({ ...sound, nodes: sound.nodes.toReversed() });
