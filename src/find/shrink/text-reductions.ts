// THE TABLE OF REDUCTIONS of texts, for programs whose mistakes are found before there is a graph: lines of any text; items, statements,
// parameters and expressions of one that can be parsed.

import type { Span } from "../../../ir-spec/base/span.ts";
import type { AstModule, Expr, GraphDecl, Stmt } from "../../text/ast.ts";
import { type ElaborateOptions, parseModule } from "../../text/index.ts";
import { probeTypes } from "./probe-types.ts";
import type { Reduction } from "./search.ts";
import { applyEdits, cutFromList, type Edit, replaceSpan } from "./text-edits.ts";

type TextReduction = Reduction<string>;

const parse = (text: string): AstModule => parseModule({ name: "program.tg", text }).module;

/** A reduction whose parts are edits that do not depend on each other. */
const ofEdits = (name: string, editsOf: (text: string) => readonly Edit[]): TextReduction => ({
  name,
  count: (text) => editsOf(text).length,
  without: (text, from, to) => applyEdits(text, editsOf(text).slice(from, to)),
});

/** A reduction whose parts are elements of lists. */
const ofLists = (name: string, listsOf: (module: AstModule) => readonly (readonly Span[])[]): TextReduction => ({
  name,
  count: (text) => listsOf(parse(text)).reduce((sum, { length }) => sum + length, 0),
  without: (text, from, to) => {
    let first = 0;
    const edits = listsOf(parse(text)).flatMap((list) => {
      const [start, end] = [Math.max(from - first, 0), Math.min(to - first, list.length)];
      first += list.length;
      return start < end ? (cutFromList(text, list, [start, end]) ?? []) : [];
    });
    return applyEdits(text, edits);
  },
});

const remove = (spans: readonly Span[]): readonly Edit[] => spans.map((span) => replaceSpan(span, ""));

const graphsOf = ({ items }: AstModule): readonly GraphDecl[] => items.filter((item) => item.kind === "graph");

function statementsOf(body: readonly Stmt[]): readonly Stmt[] {
  return body.flatMap((stmt) => [stmt, ...("body" in stmt ? statementsOf(stmt.body) : [])]);
}

const allStatements = ({ items }: AstModule): readonly Stmt[] =>
  items.flatMap((item) => ("body" in item ? statementsOf(item.body) : []));

const spansOf = (parts: readonly { readonly span: Span }[]): readonly Span[] => parts.map(({ span }) => span);

/** Where what stands in a block takes the place of the block. */
function unwrapped(text: string): readonly Edit[] {
  return allStatements(parse(text)).flatMap((stmt) => {
    if (!("body" in stmt)) return [];
    const inner = stmt.body.map(({ span }) => text.slice(span.start, span.end)).join("\n");
    const isCounted = stmt.kind === "for" && inner.includes(stmt.index.name);
    return isCounted ? [] : [replaceSpan(stmt.span, inner)];
  });
}

function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "call":
      return expr.args.map(({ value }) => value);
    case "negate":
      return [expr.operand];
    case "infix":
      return [expr.left, expr.right];
    case "index":
      return [expr.base];
    case "bracket":
      return [expr.inner];
    default:
      return [];
  }
}

function expressionsIn(expr: Expr): readonly Expr[] {
  return [expr, ...childrenOf(expr).flatMap(expressionsIn)];
}

const allExpressions = (module: AstModule): readonly Expr[] =>
  allStatements(module).flatMap((stmt) => {
    if (stmt.kind === "assign") return expressionsIn(stmt.value);
    return stmt.kind === "return" ? stmt.values.flatMap(expressionsIn) : [];
  });

/** A part in the place of the whole, one edit for each part. */
const parts: TextReduction = {
  name: "expressions",
  count: (text) => partEdits(text).length,
  without: (text, from, to) => (to === from + 1 ? applyEdits(text, partEdits(text).slice(from, to)) : undefined),
};

function partEdits(text: string): readonly Edit[] {
  return allExpressions(parse(text)).flatMap((expr) =>
    childrenOf(expr).map(({ span }) => replaceSpan(expr.span, text.slice(span.start, span.end))),
  );
}

/** Numbers made smaller, one edit for each number and size: equal ones together. */
const numbers: TextReduction = {
  name: "numbers",
  count: (text) => numberEdits(text).length,
  without: (text, from, to) => (to === from + 1 ? applyEdits(text, numberEdits(text)[from] ?? []) : undefined),
};

function numberEdits(text: string): readonly (readonly Edit[])[] {
  const found = [...text.matchAll(/(?<![\w.%])\d+(?![\w.])/g)];
  const values = [...new Set(found.map(([word]) => Number(word)))].filter((value) => value > 1);
  return values.flatMap((value) =>
    [value >> 1, 4, 3, 2, 1]
      .filter((smaller) => smaller < value)
      .map((smaller) =>
        found
          .filter(([word]) => Number(word) === value)
          .map(({ index, 0: word }) => ({ start: index, end: index + word.length, text: String(smaller) })),
      ),
  );
}

/** Statements whose results become parameters; types are those of the rest of the program. */
const asParameters = (options: ElaborateOptions): TextReduction => {
  const candidates = (text: string) => {
    const module = parse(text);
    return graphsOf(module).flatMap((decl) => {
      const types = probeTypes(module, decl, options);
      return decl.body.flatMap((stmt) => {
        if (stmt.kind !== "assign") return [];
        const params = stmt.targets.map(({ name }) => [name.name, types.get(name.name)] as const);
        const isKnown = params.every(([name, type]) => type !== undefined && !isParameter(decl, name));
        return isKnown ? [{ decl, stmt, params }] : [];
      });
    });
  };
  return {
    name: "statements as parameters",
    count: (text) => candidates(text).length,
    without: (text, from, to) => {
      const edits = candidates(text)
        .slice(from, to)
        .flatMap(({ decl, stmt, params }) => {
          const added = params.map(([name, type]) => `${name}: ${type}, `).join("");
          const at = decl.params[0]?.span.start ?? text.indexOf("(", decl.name.span.end) + 1;
          return [replaceSpan(stmt.span, ""), { start: at, end: at, text: added }];
        });
      return edits.length === 0 ? undefined : applyEdits(text, edits);
    },
  };
};

const isParameter = ({ params }: GraphDecl, name: string): boolean => params.some((param) => param.name.name === name);

const lines: TextReduction = {
  name: "lines",
  count: (text) => text.split("\n").length,
  without: (text, from, to) =>
    text
      .split("\n")
      .filter((_, at) => at < from || at >= to)
      .join("\n"),
};

export function textReductions(options: ElaborateOptions): readonly TextReduction[] {
  return [
    ofEdits("comments", (text) => remove(parse(text).comments)),
    ofEdits("items", (text) => remove(spansOf(parse(text).items))),
    asParameters(options),
    ofEdits("statements", (text) => remove(spansOf(allStatements(parse(text))))),
    ofEdits("blocks", unwrapped),
    ofLists("results", (module) => graphsOf(module).map(({ results }) => spansOf(results))),
    ofLists("parameters", (module) => graphsOf(module).map(({ params }) => spansOf(params))),
    ofLists("dimensions", (module) => graphsOf(module).map(({ dims }) => spansOf(dims))),
    parts,
    ofLists("arguments", (module) =>
      allExpressions(module).flatMap((expr) =>
        expr.kind === "call" ? [expr.args.map(({ name, value }) => spanOfArg(name?.span, value.span))] : [],
      ),
    ),
    numbers,
    lines,
  ];
}

const spanOfArg = (name: Span | undefined, value: Span): Span => ({ ...value, start: name?.start ?? value.start });
