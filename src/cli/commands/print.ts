// `tgc print`: text -> graphs, in canonical form.

import { printGraph, printGraphs } from "../../../ir-spec/print-graph.ts";
import { parseGraphs } from "../../text/index.ts";
import { elaborateOptions } from "../graph-options.ts";
import { readProgram } from "../load.ts";
import { type CommandContext, type CommandResult, done } from "../outcome.ts";
import type { Given } from "../specs.ts";

export function printCommand({ args, options }: Given<"print">, { io }: CommandContext): CommandResult {
  const source = readProgram(io.cwd, args.file);
  if (!source.ok) return source;
  const graphs = parseGraphs(source.value, elaborateOptions(options));
  if (!graphs.ok) return graphs;
  const listed = graphs.value.map((graph) => ({ name: graph.name, text: printGraph(graph) }));
  return done(printGraphs(graphs.value), { file: args.file, graphs: listed });
}
