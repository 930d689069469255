// Stage 1 -> 2, statements: assignments bind names, loops are unrolled turn by turn, functions are inlined, kernel blocks
// mark their nodes. After a mistake the rest of the body is still read, so that one run tells many mistakes.

import { problem } from "../../ir-spec/base/result.ts";
import { suggest } from "../../ir-spec/base/suggest.ts";
import type { AssignStmt, CallExpr, DefDecl, ForStmt, KernelStmt, Stmt, Target } from "./ast.ts";
import { type ElaborationPlace, type GraphState, isOver, lineOf, type Names, oneOf, report } from "./context.ts";
import { elaborateExpr, elaborateNumber } from "./elaborate-expr.ts";
import { checkDeclared } from "./elaborate-type.ts";
import { errorMeaning, type Meaning, numberMeaning } from "./meaning.ts";
import { makeScope } from "./scope.ts";

/** A chain of functions that call one another, at most this long. */
export const MAX_FRAMES = 64;

export function elaborateBody(place: ElaborationPlace, body: readonly Stmt[]): void {
  for (const stmt of body) {
    if (isOver(place)) return;
    elaborateStmt(place, stmt);
  }
}

function elaborateStmt(place: ElaborationPlace, stmt: Stmt): void {
  switch (stmt.kind) {
    case "assign":
      elaborateAssign(place, stmt);
      break;
    case "for":
      elaborateFor(place, stmt);
      break;
    case "kernel":
      elaborateKernel(place, stmt);
      break;
    case "return":
      report(place, problem("E0115", { found: "it here", expected: "`return` only at the end of a `def`" }), stmt.span);
      break;
    default:
      stmt satisfies never;
  }
}

function elaborateAssign(place: ElaborationPlace, stmt: AssignStmt): void {
  const meaning = elaborateExpr(
    place,
    stmt.value,
    stmt.targets.map((target) => target.name.name),
  );
  const parts = spread(place, stmt, meaning);
  for (const [index, target] of stmt.targets.entries()) {
    const part = parts[index] ?? errorMeaning;
    bind(place, target, checked(place, target, part, stmt));
  }
}

/** One meaning for each name on the left. */
function spread(place: ElaborationPlace, { targets, value }: AssignStmt, meaning: Meaning): readonly Meaning[] {
  if (meaning.kind === "error") return [];
  const items = meaning.kind === "several" ? meaning.items : [meaning];
  if (items.length === targets.length) return items;
  const op = meaning.kind === "several" ? meaning.from : value.kind === "call" ? value.callee.name : "the expression";
  const args = { op, found: plural(items.length, "result"), expected: plural(targets.length, "result") };
  report(place, problem("E0209", args), value.span);
  return [];
}

function plural(count: number, thing: string): string {
  return count === 1 ? `1 ${thing}` : `${count} ${thing}s`;
}

function checked(place: ElaborationPlace, target: Target, meaning: Meaning, { value }: AssignStmt): Meaning {
  const { type } = target;
  return type === undefined
    ? meaning
    : checkDeclared(place, meaning, { name: target.name.name, type, span: value.span });
}

function bind(place: ElaborationPlace, { name }: Target, meaning: Meaning): void {
  if (name.name === "") return;
  const earlier = place.scope.assign(name.name, meaning, name.span);
  if (earlier === undefined) return;
  const notes = [{ text: "first given here", span: earlier.span }];
  const args = { what: earlier.role === "name" ? "value for" : `value for the ${earlier.role}`, name: name.name };
  report(place, problem("E0203", { ...args, line: lineOf(earlier.span) }), name.span, { notes });
}

function elaborateFor(place: ElaborationPlace, stmt: ForStmt): void {
  const from = elaborateNumber(place, stmt.from);
  const to = elaborateNumber(place, stmt.to);
  if (from === undefined || to === undefined) return;
  const span = { ...stmt.from.span, end: stmt.to.span.end };
  const bad = [from.value, to.value].find((bound) => !Number.isSafeInteger(bound));
  if (bad !== undefined) {
    report(place, problem("E0220", { found: bad, what: "a loop bound", expected: "an integer" }), span);
    return;
  }
  if (to.value < from.value) report(place, problem("E0224", { from: from.value, to: to.value }), span);
  checkLoopIndex(place, stmt);
  const before = place.graph.sink.count();
  for (let index = from.value; index < to.value; index++) {
    if (!place.graph.budget.spend("step", span)) return;
    const scope = makeScope("turn", place.scope);
    scope.declare(stmt.index.name, {
      meaning: numberMeaning(index, true),
      role: "loop index",
      span: stmt.index.span,
    });
    elaborateBody({ ...place, scope }, stmt.body);
    // The later turns would report the same mistakes again, with other numbers.
    if (place.graph.sink.count() > before) return;
  }
}

function checkLoopIndex(place: ElaborationPlace, { index }: ForStmt): void {
  const earlier = place.scope.find(index.name);
  if (earlier === undefined) return;
  const notes = [{ text: "first given here", span: earlier.span }];
  const args = { what: "meaning of", name: index.name, line: lineOf(earlier.span) };
  report(place, problem("E0203", args), index.span, { notes });
}

function elaborateKernel(place: ElaborationPlace, stmt: KernelStmt): void {
  if (place.kernel !== undefined) {
    const args = { found: `the kernel \`${stmt.name.name}\` inside another kernel`, expected: "kernels side by side" };
    report(place, problem("E0115", args), stmt.name.span);
    elaborateBody(place, stmt.body);
    return;
  }
  const kernel = place.graph.openKernel(stmt.name.name);
  elaborateBody({ ...place, kernel }, stmt.body);
}

/** Elaborates the body of a function with the arguments bound to its parameters; means what it returns. */
export const inlineDef: GraphState["inline"] = (place, call, def, names) => {
  if (isTooDeep(place, call, def) || isTooMuch(place, call, def)) return errorMeaning;
  const scope = makeScope("body", place.graph.fileScope);
  const frames = [...place.frames, { def: def.name.name, span: call.span }];
  const inner: ElaborationPlace = { ...place, scope, frames, body: def.body };
  if (!bindArguments(place, inner, call, def)) return errorMeaning;
  const last = def.body.at(-1);
  elaborateBody(inner, last?.kind === "return" ? def.body.slice(0, -1) : def.body);
  if (last?.kind === "return") return returned(inner, def, last.values, names);
  const args = {
    found: `the end of \`${def.name.name}\` without a \`return\``,
    expected: "`return ...` as the last statement",
  };
  report(inner, problem("E0115", args), def.name.span);
  return errorMeaning;
};

function returned(
  inner: ElaborationPlace,
  def: DefDecl,
  values: readonly CallExpr["args"][number]["value"][],
  names: Names,
): Meaning {
  const items = values.map((value, index) => elaborateExpr(inner, value, [names[index]]));
  const [only] = items;
  if (items.some((item) => item.kind === "error")) return errorMeaning;
  return items.length === 1 && only !== undefined ? only : { kind: "several", items, from: def.name.name };
}

function isTooDeep(place: ElaborationPlace, call: CallExpr, def: DefDecl): boolean {
  const { name } = def.name;
  const open = place.frames.findIndex((frame) => frame.def === name);
  if (open >= 0) {
    const cycle = [...place.frames.slice(open).map((frame) => frame.def), name].join(" -> ");
    report({ ...place, frames: [] }, problem("E0211", { name, cycle }), call.callee.span);
    return true;
  }
  if (place.frames.length < MAX_FRAMES) return false;
  report(place, problem("E0108", { limit: MAX_FRAMES, what: "calls of functions" }), call.callee.span);
  return true;
}

/** Counts the call; those that follow from it are not begun where they are too many. */
function isTooMuch({ frames, graph }: ElaborationPlace, call: CallExpr, def: DefDecl): boolean {
  const { calls, depth } = graph.leastCalls(def);
  const isKnown = frames.length + depth <= MAX_FRAMES;
  if (isKnown && !graph.budget.hasRoom("step", call.span, calls)) return true;
  return !graph.budget.spend("step", call.span);
}

/** Binds arguments, by place, then by name, then by default; false when they do not fit, which was reported. */
function bindArguments(place: ElaborationPlace, inner: ElaborationPlace, call: CallExpr, def: DefDecl): boolean {
  const given = new Map<string, Meaning>();
  const positional = call.args.filter((arg) => arg.name === undefined);
  const op = def.name.name;
  let isFine = positional.length <= def.params.length;
  for (const [index, arg] of positional.entries()) {
    const param = def.params[index];
    const meaning = elaborateExpr(place, arg.value);
    if (param !== undefined) given.set(param.name.name, meaning);
  }
  const known = new Set(def.params.map((param) => param.name.name));
  for (const { name, value } of call.args) {
    if (name === undefined) continue;
    const meaning = elaborateExpr(place, value);
    const isKnown = known.has(name.name);
    const isTwice = given.has(name.name);
    if (!isKnown) {
      const wanted = oneOf([...known]);
      report(
        place,
        problem("E0205", { op, name: name.name, expected: wanted }),
        name.span,
        suggest(name.name, known, name.span),
      );
    }
    if (isTwice) report(place, problem("E0206", { op, name: name.name }), name.span);
    isFine &&= isKnown && !isTwice;
    given.set(name.name, meaning);
  }
  const missing = def.params.filter((param) => param.value === undefined && !given.has(param.name.name));
  const isCountWrong = missing.length > 0 || positional.length > def.params.length;
  if (isCountWrong && call.args.every((arg) => arg.name === undefined || known.has(arg.name.name))) {
    reportCount(place, call, def);
  }
  const hasError = [...given.values()].some((meaning) => meaning.kind === "error");
  if (!isFine || missing.length > 0 || hasError) return false;
  for (const { name, value } of def.params) {
    const meaning = given.get(name.name) ?? (value === undefined ? errorMeaning : elaborateExpr(inner, value));
    inner.scope.declare(name.name, { meaning, role: "parameter", span: name.span });
  }
  return true;
}

function reportCount(place: ElaborationPlace, call: CallExpr, def: DefDecl): void {
  const min = def.params.filter((param) => param.value === undefined).length;
  const max = def.params.length;
  const wanted = min === max ? String(max) : `${min} to ${max}`;
  const names = def.params.map((param) => param.name.name).join(", ");
  const notes = [{ text: `\`${def.name.name}(${names})\` is defined here`, span: def.name.span }];
  const args = { op: def.name.name, found: plural(call.args.length, "argument"), expected: wanted };
  report(place, problem("E0207", args), call.span, { notes });
}
