// A program that calls the library: a pipeline that should lower a graph has passes on graphs alone.
import { parsePipeline } from "../../../passes/pipeline-text.ts";
import type { Cause } from "./cause.ts";

export const cause: Cause = () => {
  const parsed = parsePipeline("cse,dce", { from: "graph", to: "tile" });
  return parsed.ok ? [] : parsed.error;
};
