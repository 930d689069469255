// `tgc opt`: runs passes on a graph and prints it, with what happened on the way.

import { ok, type Result } from "../../../ir-spec/base/result.ts";
import type { Graph } from "../../../ir-spec/graph.ts";
import { printGraph } from "../../../ir-spec/print-graph.ts";
import type { Pipeline } from "../../../passes/pass.ts";
import { parsePipeline, printPipeline } from "../../../passes/pipeline-text.ts";
import { type PassEvent, runPasses } from "../../../passes/run.ts";
import { graphPipeline, passEnv, withFusion } from "../../driver/compile.ts";
import { type Target, targetRow } from "../../driver/targets.ts";
import { loadGraphFile, loadTarget } from "../load.ts";
import { type CommandContext, type CommandResult, textTo } from "../outcome.ts";
import type { Given } from "../specs.ts";
import { printRemarks, remarksJson } from "./remarks.ts";

type GraphPipeline = Pipeline<"graph", "graph">;

export function optCommand({ args, options }: Given<"opt">, { io, nowMs }: CommandContext): CommandResult {
  const loaded = loadGraphFile(io.cwd, args.file, options);
  if (!loaded.ok) return loaded;
  const target = loadTarget(io.cwd, options.target);
  if (!target.ok) return target;
  const pipeline = pipelineOf(options, target.value);
  if (!pipeline.ok) return pipeline;
  const events: PassEvent[] = [];
  const observe = (event: PassEvent): void => {
    events.push(event);
  };
  const ran = runPasses(pipeline.value, loaded.value.graph, { env: passEnv(target.value), observe, nowMs });
  if (!ran.ok) return ran;
  const { ir, remarks } = ran.value;
  const log = [printSteps(events, options), options.remarks ? printRemarks(remarks) : ""].join("");
  const passes = events.map((event) => eventJson(event, options.timePasses));
  return textTo(
    options.output,
    printGraph(ir),
    { graph: printGraph(ir), passes, remarks: remarksJson(remarks) },
    { log },
  );
}

function pipelineOf({ passes, fuse }: Given<"opt">["options"], target: Target): Result<GraphPipeline> {
  const named =
    passes === undefined
      ? ok(graphPipeline(targetRow(target.kind).passes))
      : parsePipeline(passes, { from: "graph", to: "graph" });
  return named.ok ? ok(withFusion(named.value, fuse)) : named;
}

/** The graph after the passes and the times, as asked for. */
function printSteps(
  events: readonly PassEvent[],
  options: { readonly printAfterAll: boolean; readonly printChanged: boolean; readonly timePasses: boolean },
): string {
  const shown = events.filter(({ isChanged }) => options.printAfterAll || (options.printChanged && isChanged));
  const graphs = shown.map(({ step, after, isChanged }) => {
    const title = `// after ${printPipeline([step])}${isChanged ? "" : ", nothing changed"}`;
    return `${title}\n${after.level === "graph" ? printGraph(after.ir) : ""}\n`;
  });
  const times = events.map(({ step, elapsedMs }) => `${elapsedMs.toFixed(2).padStart(9)} ms  ${step.name}\n`);
  return [...graphs, ...(options.timePasses ? times : [])].join("");
}

/** Times only where they are asked for: without them the same input gives the same bytes. */
function eventJson({ step, before, after, isChanged, elapsedMs }: PassEvent, isTimed: boolean) {
  const count = (ir: PassEvent["after"]): number => (ir.level === "graph" ? nodeCount(ir.ir) : 0);
  const counts = { nodesBefore: count(before), nodesAfter: count(after) };
  return { pass: printPipeline([step]), isChanged, ...counts, ...(isTimed ? { elapsedMs } : {}) };
}

function nodeCount(graph: Graph): number {
  return graph.nodes.length;
}
