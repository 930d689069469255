// A program that calls the library: a pipeline on tiles begins with a pass on graphs.
import { parsePipeline } from "../../../passes/pipeline-text.ts";
import type { Cause } from "./cause.ts";

export const cause: Cause = () => {
  const parsed = parsePipeline("dce,cse", { from: "tile", to: "graph" });
  return parsed.ok ? [] : parsed.error;
};
