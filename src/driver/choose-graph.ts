// Source text -> the one graph that a command works on.

import { at, type Diagnostic, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import type { Source } from "../../ir-spec/base/span.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import { type AstModule, type ElaborateOptions, elaborate, findUnused, parseModule } from "../text/index.ts";

export interface LoadedGraph {
  readonly module: AstModule;
  readonly graph: Graph;
  /** What nothing uses. */
  readonly warnings: readonly Diagnostic[];
}

/** Taken where a file has several graphs and none is named. */
const mainName = "main";

/**
 * Reads a program and takes the graph that is named, or the only one, or `main`. Fails with everything that is wrong with
 * the text, or where several graphs are left to choose from.
 */
export function loadGraph(source: Source, options: ElaborateOptions): Result<LoadedGraph> {
  const { module, diagnostics } = parseModule(source);
  if (diagnostics.length > 0) return fail(diagnostics);
  const names = module.items.flatMap((item) => (item.kind === "graph" ? [item.name.name] : []));
  const isChosen = options.graph !== undefined || names.length <= 1;
  if (!isChosen && !names.includes(mainName)) {
    const args = { found: names.length, file: source.name, expected: names.join(", ") };
    return fail([at(problem("E1303", args), undefined)]);
  }
  const graphs = elaborate(module, isChosen ? options : { ...options, graph: mainName });
  if (!graphs.ok) return graphs;
  const graph = graphs.value[0] as Graph;
  return ok({ module, graph, warnings: findUnused(module, graph.name) });
}
