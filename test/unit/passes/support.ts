// What tests of passes share: reading a graph, running passes on it, printing it.
import { errorMessage } from "../../../ir-spec/base/errors/index.ts";
import type { Diagnostic, Result } from "../../../ir-spec/base/result.ts";
import type { Graph } from "../../../ir-spec/graph.ts";
import { type Machine, machineKeys } from "../../../ir-spec/machine.ts";
import type { Level, Levels, PassEnv, PassOutput } from "../../../passes/pass.ts";
import { parsePipeline } from "../../../passes/pipeline-text.ts";
import { runPasses } from "../../../passes/run.ts";
import { parseGraphs } from "../../../src/text/index.ts";

/** `E0501: found pass ...`, one line each. */
export function printDiagnostics(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map(({ code, args }) => `${code}: ${errorMessage(code, args)}`).join("\n");
}

export function unwrap<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(printDiagnostics(result.error));
  return result.value;
}

/** The first graph of a text. */
export function parseGraph(text: string): Graph {
  const [graph] = unwrap(parseGraphs({ name: "test.tg", text }));
  if (graph === undefined) throw new Error("no graph");
  return graph;
}

/** An environment for graph passes, which look at neither the machine's numbers nor its costs. */
export const graphEnv: PassEnv = {
  machine: {
    ...Object.fromEntries(machineKeys.map((key) => [key, 1])),
    name: "none",
    summary: "for tests",
    sources: Object.fromEntries(machineKeys.map((key) => [key, "assumed: for tests"])),
  } as Machine,
  engineCost: () => 1,
  stepCost: () => ({ unit: "dve", issueNs: 1, busyNs: 1, latencyNs: 1, leadNs: 0 }),
  kernelsNs: () => undefined,
};

/** Runs a pipeline given as text on a graph. */
export function runOnGraph(graph: Graph, pipeline: string): PassOutput<Graph> {
  return unwrap(runPasses(unwrap(parsePipeline(pipeline, { from: "graph", to: "graph" })), graph, { env: graphEnv }));
}

export type { Level, Levels };
