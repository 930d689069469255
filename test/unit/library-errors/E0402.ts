// A program that calls the library: the first node makes a value that another one makes.
import { valueId } from "../../../ir-spec/base/ids.ts";
import { verifyGraph } from "../../../ir-spec/verify-graph.ts";
import { withNode } from "../graph/sound-graph.ts";
import type { Cause } from "./cause.ts";

export const cause: Cause = () => verifyGraph(withNode(0, { results: [valueId(3)] }));
