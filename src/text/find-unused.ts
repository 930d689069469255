// What a program says and nothing uses: parameters, dimensions, statements. Names are followed backwards from the results (liveness), over
// the syntax tree, so that functions and loops are looked at once, as they are written.

import { at, type Diagnostic, problem } from "../../ir-spec/base/result.ts";
import { type AstModule, type DefDecl, type Expr, type GraphDecl, type Ident, itemsOf, type Stmt } from "./ast.ts";

/**
 * Gives warnings (E0226 to E0228) about a module that was parsed and elaborated without mistakes, in the order of the text: about its
 * functions and about its graphs, or the one that is named. A name that begins with `_` is left out on purpose.
 */
export function findUnused(module: AstModule, graph?: string): readonly Diagnostic[] {
  const graphs = itemsOf(module, "graph").filter((decl) => graph === undefined || decl.name.name === graph);
  const found = [
    ...graphs.flatMap(unusedOfGraph),
    ...itemsOf(module, "def").flatMap(unusedOfDef),
    ...unusedDimsOfFile(module),
  ];
  const startOf = ({ span }: Diagnostic): number => span?.start ?? 0;
  return found.toSorted((a, b) => startOf(a) - startOf(b));
}

type Names = ReadonlySet<string>;

/** Where dead statements go; liveness is found by going over a loop several times, and reported once. */
type Report = (dead: Ident) => void;

const ignore: Report = () => undefined;

function unusedOfGraph({ dims, params, results, body }: GraphDecl): readonly Diagnostic[] {
  const states = params.filter(({ role }) => role === "state").map(({ name }) => name.name);
  const outputs = new Set([...results.map(({ name }) => name.name), ...states]);
  const found: Diagnostic[] = [];
  const live = liveBefore(body, outputs, (dead) => found.push(deadStatement(dead)));
  const mentioned = namesOfBody(body);
  const named = new Set([...results.map(({ name }) => name.name), ...mentioned]);
  for (const { name, role } of params) {
    const isUsed = role === "state" ? named.has(name.name) : live.has(name.name);
    if (!isUsed) found.push(...unused(name, role === "input" ? "input" : role));
  }
  const types = [...params, ...results].flatMap(({ type }) => type?.dims ?? []);
  const values = dims.flatMap(({ value }) => value ?? []);
  const sizes = new Set([...[...types, ...values].flatMap(namesOf), ...mentioned]);
  return [...found, ...dims.flatMap(({ name }) => (sizes.has(name.name) ? [] : unusedDim(name)))];
}

function unusedOfDef({ params, body }: DefDecl): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const live = liveBefore(body, new Set(), (dead) => found.push(deadStatement(dead)));
  const defaults = new Set(params.flatMap(({ value }) => (value === undefined ? [] : namesOf(value))));
  for (const { name } of params) {
    if (!live.has(name.name) && !defaults.has(name.name)) found.push(...unused(name, "parameter"));
  }
  return found;
}

/** Dimensions of the file that no graph, function or other dimension names. */
function unusedDimsOfFile(module: AstModule): readonly Diagnostic[] {
  const dims = itemsOf(module, "dim");
  const graphs = itemsOf(module, "graph");
  const used = new Set([
    ...[...dims, ...graphs.flatMap((graph) => graph.dims)].flatMap(({ value }) => (value ? namesOf(value) : [])),
    ...graphs
      .flatMap(({ params, results }) => [...params, ...results].flatMap(({ type }) => type?.dims ?? []))
      .flatMap(namesOf),
    ...[...graphs, ...itemsOf(module, "def")].flatMap(({ body }) => [...namesOfBody(body)]),
    ...itemsOf(module, "def").flatMap(({ params }) => params.flatMap(({ value }) => (value ? namesOf(value) : []))),
    ...itemsOf(module, "schedule").flatMap(({ kernels }) =>
      kernels.flatMap(({ entries }) => entries.flatMap(({ value }) => namesOf(value))),
    ),
  ]);
  return dims.flatMap(({ name }) => (used.has(name.name) ? [] : unusedDim(name)));
}

function unused(name: Ident, role: string): readonly Diagnostic[] {
  return isOnPurpose(name) ? [] : [at(problem("E0226", { name: name.name, role }), name.span)];
}

function deadStatement(name: Ident): Diagnostic {
  return at(problem("E0227", { name: name.name }), name.span);
}

function unusedDim(name: Ident): readonly Diagnostic[] {
  return isOnPurpose(name) ? [] : [at(problem("E0228", { name: name.name }), name.span)];
}

const isOnPurpose = ({ name }: Ident): boolean => name === "" || name.startsWith("_");

/** The names whose values before the body matter for those that are live after it. */
function liveBefore(body: readonly Stmt[], after: Names, report: Report): Names {
  return body.reduceRight<Names>((live, stmt) => liveBeforeStmt(stmt, live, report), after);
}

function liveBeforeStmt(stmt: Stmt, after: Names, report: Report): Names {
  switch (stmt.kind) {
    case "assign": {
      const names = stmt.targets.map(({ name }) => name);
      const isDead = names.every(({ name }) => !after.has(name));
      const [first] = names;
      if (isDead && first !== undefined && !names.some(isOnPurpose)) report(first);
      if (isDead) return after;
      const given = new Set(names.map(({ name }) => name));
      const sizes = stmt.targets.flatMap(({ type }) => type?.dims ?? []);
      return new Set([...[...after].filter((name) => !given.has(name)), ...[stmt.value, ...sizes].flatMap(namesOf)]);
    }
    case "for": {
      const live = liveInLoop(stmt.body, after);
      liveBefore(stmt.body, live, report);
      return new Set([...live, ...namesOf(stmt.from), ...namesOf(stmt.to)]);
    }
    case "kernel":
      return liveBefore(stmt.body, after, report);
    case "return":
      return new Set(stmt.values.flatMap(namesOf));
    default:
      return stmt satisfies never;
  }
}

/** The names that are live where a turn of a loop begins: after the loop, or in a later turn. */
function liveInLoop(body: readonly Stmt[], after: Names): Names {
  const live = new Set([...after, ...liveBefore(body, after, ignore)]);
  return live.size === after.size ? after : liveInLoop(body, live);
}

/** Every name that a body mentions, in what it assigns as well. */
function namesOfBody(body: readonly Stmt[]): Names {
  return new Set(body.flatMap(namesOfStmt));
}

function namesOfStmt(stmt: Stmt): readonly string[] {
  switch (stmt.kind) {
    case "assign":
      return [
        ...stmt.targets.flatMap(({ name, type }) => [name.name, ...(type?.dims ?? []).flatMap(namesOf)]),
        ...namesOf(stmt.value),
      ];
    case "for":
      return [...namesOf(stmt.from), ...namesOf(stmt.to), ...namesOfBody(stmt.body)];
    case "kernel":
      return [...namesOfBody(stmt.body)];
    case "return":
      return stmt.values.flatMap(namesOf);
    default:
      return stmt satisfies never;
  }
}

/** The names that an expression reads. Long sums nest deeply, so it is walked with a list of its own. */
function namesOf(expr: Expr): readonly string[] {
  const names: string[] = [];
  const open: Expr[] = [expr];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.kind === "name") names.push(next.name);
    else open.push(...partsOf(next));
  }
  return names;
}

function partsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "call":
      return expr.args.map(({ value }) => value);
    case "negate":
      return [expr.operand];
    case "infix":
      return [expr.left, expr.right];
    case "index":
      return [expr.base, ...expr.indices];
    case "list":
      return expr.items;
    case "bracket":
      return [expr.inner];
    default:
      return [];
  }
}
