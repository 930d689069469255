// Layout of expressions and types, for the formatter. Brackets stay as written, numbers keep their spelling.

import type { Arg, Expr, InfixExpr, ScheduleEntry, TypeExpr } from "./ast.ts";
import { bracketed, type Doc, flatText, group, indent, line } from "./format-doc.ts";
import { precedenceOf } from "./infix.ts";

export function exprDoc(expr: Expr): Doc {
  switch (expr.kind) {
    case "number":
      return expr.text;
    case "string":
      return `"${expr.value}"`;
    case "word":
      return expr.word;
    case "name":
      return expr.name;
    case "bracket":
      return ["(", exprDoc(expr.inner), ")"];
    case "list":
      return bracketed("[", expr.items.map(exprDoc), "]");
    case "negate":
      return ["-", exprDoc(expr.operand)];
    case "index":
      return [exprDoc(expr.base), bracketed("[", expr.indices.map(exprDoc), "]")];
    case "call":
      return [expr.callee.name, bracketed("(", expr.args.map(argDoc), ")")];
    case "infix":
      return infixDoc(expr);
    case "error":
      return "";
    default:
      return expr satisfies never;
  }
}

function argDoc({ name, value }: Arg): Doc {
  return name === undefined ? exprDoc(value) : [name.name, "=", exprDoc(value)];
}

export function entryDoc({ name, value }: ScheduleEntry): Doc {
  return [name.name, "=", exprDoc(value)];
}

/** A row of operators of one level, such as `a + b - c`, is broken after each operator or not at all. */
function infixDoc(expr: InfixExpr): Doc {
  const level = precedenceOf(expr.operator);
  const tail: Doc[] = [];
  let first: Expr = expr;
  while (first.kind === "infix" && precedenceOf(first.operator) === level) {
    tail.unshift([` ${first.operator}`, line, exprDoc(first.right)]);
    first = first.left;
  }
  return group([exprDoc(first), indent(tail)]);
}

/** Types are short and never broken. */
export function typeDoc({ dtype, dims }: TypeExpr): string {
  return flatText([dtype.name, bracketed("[", dims.map(exprDoc), "]")]);
}
