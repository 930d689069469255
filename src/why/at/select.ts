// What a place of a program's text means: `12:3` the ops of the smallest expression there, or of the line where it is at what they define,
// `12` all ops of the line, a name what defines
// the values of that name.

import { at, type Diagnostic, fail, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
import { positionOf, type Span } from "../../../ir-spec/base/span.ts";
import { suggest } from "../../../ir-spec/base/suggest.ts";
import type { Graph, Node } from "../../../ir-spec/graph.ts";

/** The ops of a graph that a place means, by where they are written; at least one. */
export interface Selection {
  readonly nodes: readonly Node[];
  /** Whether a node, of any stage, comes from one of them. */
  readonly has: (node: Node) => boolean;
}

export function select(graph: Graph, place: string): Result<Selection> {
  const written = graph.nodes.filter(({ span }) => span !== undefined);
  const position = /^(\d+)(?::(\d+))?$/.exec(place);
  const nodes =
    position === null
      ? definitionsOf(graph, place, written)
      : nodesAt(written, Number(position[1]), position[2] === undefined ? undefined : Number(position[2]));
  if (nodes.length === 0) return fail([nothingAt(graph, place, position !== null, written)]);
  const spans = new Set(nodes.flatMap(({ span }) => (span === undefined ? [] : [spanKey(span)])));
  return ok({ nodes, has: ({ span }) => span !== undefined && spans.has(spanKey(span)) });
}

const spanKey = ({ start, end }: Span): string => `${start} ${end}`;

const lineOf = ({ source, start }: Span): number => positionOf(source, start).line;

function nodesAt(written: readonly Node[], line: number, column: number | undefined): readonly Node[] {
  const own = written.filter(({ span }) => span !== undefined && lineOf(span) === line);
  if (column === undefined || own.some(({ span }) => span !== undefined && isAtTarget(span, column))) return own;
  const around = written.filter(({ span }) => span !== undefined && covers(span, line, column));
  const lengths = around.map(({ span }) => (span === undefined ? 0 : span.end - span.start));
  const least = lengths.reduce((shortest, length) => Math.min(shortest, length), Number.POSITIVE_INFINITY);
  return around.filter((_node, index) => lengths[index] === least);
}

/** Whether a column is at what stands before an expression on its line: the names that it is assigned to. */
function isAtTarget({ source, start }: Span, column: number): boolean {
  const before = source.text.slice(source.text.lastIndexOf("\n", start - 1) + 1, start);
  return /^[\w\s,]*=\s*$/.test(before) && /^[\w,]/.test(before.slice(column - 1));
}

function covers({ source, start, end }: Span, line: number, column: number): boolean {
  const [first, last] = [positionOf(source, start), positionOf(source, Math.max(start, end - 1))];
  const isAfter = line > first.line || (line === first.line && column >= first.column);
  return isAfter && (line < last.line || (line === last.line && column <= last.column));
}

/** The ops of the expressions whose values have a name. */
function definitionsOf({ values }: Graph, name: string, written: readonly Node[]): readonly Node[] {
  const defining = written.filter(({ results }) => results.some((result) => values[result]?.name === name));
  const spans = defining.flatMap(({ span }) => span ?? []);
  return written.filter(({ span }) =>
    spans.some((whole) => span !== undefined && whole.start <= span.start && span.end <= whole.end),
  );
}

function nothingAt(graph: Graph, place: string, isPosition: boolean, written: readonly Node[]): Diagnostic {
  const found = problem("E1730", { place, graph: graph.name });
  if (!isPosition) {
    const names = graph.values.flatMap(({ name }) => name ?? []);
    return at(found, undefined, suggest(place, [...new Set(names)]).notes);
  }
  const lines = [...new Set(written.flatMap(({ span }) => (span === undefined ? [] : [lineOf(span)])))];
  const text =
    lines.length === 0 ? "it has no ops" : `its ops are on the lines ${lines.toSorted((a, b) => a - b).join(", ")}`;
  return at(found, undefined, [{ text }]);
}
