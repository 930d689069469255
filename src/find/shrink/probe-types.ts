// The types of names in a program that cannot be elaborated as a whole: the statements without mistakes are elaborated by themselves.

import type { Span } from "../../../ir-spec/base/span.ts";
import { printType } from "../../../ir-spec/base/tensor.ts";
import { typeOf } from "../../../ir-spec/graph.ts";
import type { AssignStmt, AstModule, GraphDecl, Stmt } from "../../text/ast.ts";
import { type ElaborateOptions, parseGraphs } from "../../text/index.ts";

const maxRounds = 8;

/** Name -> type as it is written, for the names that statements of a graph define and that can be known. */
export function probeTypes(module: AstModule, decl: GraphDecl, options: ElaborateOptions): ReadonlyMap<string, string> {
  let kept: readonly Stmt[] = decl.body;
  for (let round = 0; round < maxRounds && kept.length > 0; round++) {
    const { text, places } = probeText(module, decl, kept);
    const graphs = parseGraphs({ name: "probe.tg", text }, { ...options, graph: decl.name.name });
    if (graphs.ok) {
      const [graph] = graphs.value;
      return new Map(graph?.results.map(({ name, value }) => [name, printType(typeOf(graph, value))]));
    }
    const wrong = graphs.error.flatMap(({ span }) => (span === undefined ? [] : [span.start]));
    const left = kept.filter((_, at) => !wrong.some((place) => isIn(places[at], place)));
    if (left.length === kept.length) return new Map();
    kept = left;
  }
  return new Map();
}

const isIn = (place: readonly [number, number] | undefined, at: number): boolean =>
  place !== undefined && at >= place[0] && at < place[1];

/** The graph with some of its statements, and all that they define as results. */
function probeText(module: AstModule, decl: GraphDecl, kept: readonly Stmt[]) {
  const slice = ({ start, end }: Span): string => module.source.text.slice(start, end);
  const others = module.items.filter(({ kind }) => kind === "def" || kind === "dim").map(({ span }) => slice(span));
  const names = new Set(kept.flatMap(namesOf));
  const dims = decl.dims.length === 0 ? "" : `<${decl.dims.map(({ span }) => slice(span)).join(", ")}>`;
  const params = decl.params.map(({ span }) => slice(span)).join(", ");
  let text = `${others.join("\n")}\ngraph ${decl.name.name}${dims}(${params}) -> (${[...names].join(", ")}) {\n`;
  const places = kept.map(({ span }): readonly [number, number] => {
    const start = text.length;
    text += `${slice(span)}\n`;
    return [start, text.length];
  });
  return { text: `${text}}\n`, places };
}

const namesOf = (stmt: Stmt): readonly string[] =>
  stmt.kind === "assign" ? (stmt as AssignStmt).targets.map(({ name }) => name.name) : [];
