// `tgc print`: text -> graphs, in canonical form or as pictures.

import { printGraph, printGraphs } from "../../../ir-spec/print-graph.ts";
import { normalGraph } from "../../diff/normal/normal-graph.ts";
import { printDot } from "../../report/print-dot.ts";
import { parseGraphs } from "../../text/index.ts";
import { elaborateOptions } from "../graph-options.ts";
import { readProgram } from "../load.ts";
import { type CommandContext, type CommandResult, textTo } from "../outcome.ts";
import type { Given } from "../specs.ts";

export function printCommand({ args, options }: Given<"print">, { io }: CommandContext): CommandResult {
  const source = readProgram(io.cwd, args.file);
  if (!source.ok) return source;
  const graphs = parseGraphs(source.value, elaborateOptions(options));
  if (!graphs.ok) return graphs;
  const shown = options.emit === "normal" ? graphs.value.map(normalGraph) : graphs.value;
  const listed = shown.map((graph, index) => ({
    name: graphs.value[index]?.name,
    text: options.dot ? printDot([graph]) : printGraph(graph),
  }));
  const text = options.dot ? printDot(shown) : printGraphs(shown);
  return textTo(options.output, text, { file: args.file, graphs: listed });
}
