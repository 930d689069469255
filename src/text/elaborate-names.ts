// What to tell about a name that has no value here: given later, inside a loop only, an op, or a slip of the pen.

import { isDtype } from "../../ir-spec/base/dtype.ts";
import { problem } from "../../ir-spec/base/result.ts";
import type { Span } from "../../ir-spec/base/span.ts";
import { suggest } from "../../ir-spec/base/suggest.ts";
import { isOpName } from "../../ir-spec/ops/index.ts";
import type { Ident, Stmt } from "./ast.ts";
import { type ElaborationPlace, lineOf, report } from "./context.ts";

export function reportUnknownName(place: ElaborationPlace, name: string, span: Span): void {
  if (name === "") return; // the parser reported that there is no name
  const given = assignedNames(place.body);
  const later = given.find((ident) => ident.name === name && ident.span.start > span.start);
  if (later !== undefined) {
    report(place, problem("E0204", { name, line: lineOf(later.span) }), span);
    return;
  }
  const inLoop = loopNames(place.body).find((ident) => ident.name === name);
  if (inLoop !== undefined) {
    const line = lineOf(inLoop.span);
    const text = `\`${name}\` of line ${line} ends with its turn of the loop; give it a value before the loop to carry it`;
    report(place, problem("E0201", { name }), span, { notes: [{ text, span: inLoop.span }] });
    return;
  }
  if (isDtype(name)) {
    const text = `\`${name}\` is a dtype, which only attributes take, with their names: \`to=${name}\``;
    report(place, problem("E0201", { name }), span, { notes: [{ text }] });
    return;
  }
  const isCallable = isOpName(name) || place.graph.defs.has(name);
  const notes = isCallable ? [{ text: `to call it, write \`${name}(...)\`` }] : [];
  const near = isCallable
    ? { notes }
    : suggest(name, [...place.scope.names(), ...given.map((ident) => ident.name)], span);
  report(place, problem("E0201", { name }), span, near);
}

/** The names that statements give, kernel blocks included, those inside loops not. */
function assignedNames(body: readonly Stmt[]): readonly Ident[] {
  return body.flatMap((stmt) => {
    if (stmt.kind === "assign") return stmt.targets.map((target) => target.name);
    return stmt.kind === "kernel" ? assignedNames(stmt.body) : [];
  });
}

function loopNames(body: readonly Stmt[]): readonly Ident[] {
  return body.flatMap((stmt) => {
    if (stmt.kind === "for") return [...assignedNames(stmt.body), ...loopNames(stmt.body)];
    return stmt.kind === "kernel" ? loopNames(stmt.body) : [];
  });
}
