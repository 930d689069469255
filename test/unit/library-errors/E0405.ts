// A program that calls the library: the first and the last node are of one kernel, the one between them is not.
import { kernelId } from "../../../ir-spec/base/ids.ts";
import { verifyGraph } from "../../../ir-spec/verify-graph.ts";
import { sound, withNode } from "../graph/sound-graph.ts";
import type { Cause } from "./cause.ts";

const torn = withNode(0, { kernel: kernelId(0) }).nodes.map((node, index) =>
  index === 1 ? { ...node, kernel: kernelId(1) } : node,
);

export const cause: Cause = () => verifyGraph({ ...sound, nodes: torn, kernels: [{ name: "sum" }, { name: "other" }] });
