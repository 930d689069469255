// What the origins of statements and instructions say to a person: the lines of the text that kernels come from, and where a kernel is
// that a machine has no room for.

import type { NodeId } from "../../ir-spec/base/ids.ts";
import type { Diagnostic } from "../../ir-spec/base/result.ts";
import { positionOf, type Span } from "../../ir-spec/base/span.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import type { TileProgram, TileStatement } from "../../ir-spec/tile.ts";
import type { Stream, StreamItem } from "../../targets/neuron/stream.ts";

/** For each kernel of a stream the lines of the graph's text that its instructions come from, ascending. */
export function linesOfKernels(graph: Graph, { kernels, queues }: Stream): readonly (readonly number[])[] {
  const lines = kernels.map(() => new Set<number>());
  const visit = (item: StreamItem): void => {
    if (item.kind === "loop") {
      for (const inner of item.body) visit(inner);
      return;
    }
    for (const { source, start } of spansOf(graph, item.origin ?? []))
      lines[item.kernel]?.add(positionOf(source, start).line);
  };
  for (const { body } of queues) for (const item of body) visit(item);
  return lines.map((found) => [...found].sort((a, b) => a - b));
}

function spansOf({ nodes }: Graph, origin: readonly NodeId[]): readonly Span[] {
  return origin.flatMap((node) => nodes[node]?.span ?? []);
}

/** Diagnostics of a program that was lowered from a graph: those that name a kernel point to the first of its nodes. */
export function atKernels(found: readonly Diagnostic[], graph: Graph, program: TileProgram): readonly Diagnostic[] {
  return found.map((diagnostic) => {
    const kernel = program.kernels.find(({ name }) => name === diagnostic.args.kernel);
    const [span] = kernel === undefined ? [] : spansOf(graph, originsIn(kernel.body));
    return diagnostic.span !== undefined || span === undefined ? diagnostic : { ...diagnostic, span };
  });
}

function originsIn(body: readonly TileStatement[]): readonly NodeId[] {
  const all = body.flatMap((statement): readonly NodeId[] => {
    if (statement.kind === "loop") return originsIn(statement.body);
    return statement.kind === "op" ? (statement.origin ?? []) : [];
  });
  return [...new Set(all)].sort((a, b) => a - b);
}
