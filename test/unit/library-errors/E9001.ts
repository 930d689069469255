// A program that calls the library: a pass of its own loses all nodes.
import { ok } from "../../../ir-spec/base/result.ts";
import { cse } from "../../../passes/graph/cse.ts";
import { runStep } from "../../../passes/run.ts";
import { sound } from "../graph/sound-graph.ts";
import { graphEnv } from "../passes/support.ts";
import type { Cause } from "./cause.ts";

const lossy = { ...cse, name: "lossy", run: () => ok({ ir: { ...sound, nodes: [] }, remarks: [] }) };

export const cause: Cause = () => {
  const ran = runStep(lossy, { name: "lossy", options: {} }, { level: "graph", ir: sound }, { env: graphEnv });
  return ran.ok ? [] : ran.error;
};
