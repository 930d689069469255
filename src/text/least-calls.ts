// How many calls of functions a call makes at least. Functions that call each other twice over and over make 2^n calls from a page of text:
// such a program is refused before any of it is inlined.

import type { DefDecl, Expr, Stmt } from "./ast.ts";

export interface LeastCalls {
  /** The call itself counts, too; calls in loops do not, as those may have no iteration. */
  readonly calls: number;
  /** How deep they are nested. */
  readonly depth: number;
}

const noCalls: LeastCalls = { calls: 0, depth: 0 };

/** Counts for each function of a file, once; of calls that are nested deeper than `maxDepth` it says nothing but that. */
export function countLeastCalls(defs: ReadonlyMap<string, DefDecl>, maxDepth: number): (def: DefDecl) => LeastCalls {
  const known = new Map<DefDecl, LeastCalls>();
  const countIn = (def: DefDecl, around: number): LeastCalls => {
    const found = known.get(def);
    if (found !== undefined) return found;
    if (around >= maxDepth) return { calls: 1, depth: maxDepth };
    // A function that calls itself is reported where it does.
    known.set(def, { calls: 1, depth: maxDepth });
    const inner = def.body.flatMap(calledIn).map((name) => {
      const called = defs.get(name);
      return called === undefined ? noCalls : countIn(called, around + 1);
    });
    const calls = inner.reduce((sum, each) => sum + each.calls, 1);
    const depth = 1 + inner.reduce((most, each) => Math.max(most, each.depth), 0);
    const counted = { calls, depth };
    known.set(def, counted);
    return counted;
  };
  return (def) => countIn(def, 0);
}

/** The names that a statement calls, whatever its loops do. */
function calledIn(statement: Stmt): readonly string[] {
  switch (statement.kind) {
    case "assign":
      return calledBy(statement.value);
    case "return":
      return statement.values.flatMap(calledBy);
    case "kernel":
      return statement.body.flatMap(calledIn);
    case "for":
      return [statement.from, statement.to].flatMap(calledBy);
    default:
      return statement satisfies never;
  }
}

function calledBy(expr: Expr): readonly string[] {
  switch (expr.kind) {
    case "call":
      return [expr.callee.name, ...expr.args.flatMap(({ value }) => calledBy(value))];
    case "negate":
      return calledBy(expr.operand);
    case "infix":
      return [...calledBy(expr.left), ...calledBy(expr.right)];
    case "index":
      return [expr.base, ...expr.indices].flatMap(calledBy);
    case "list":
      return expr.items.flatMap(calledBy);
    case "bracket":
      return calledBy(expr.inner);
    case "number":
    case "string":
    case "word":
    case "name":
    case "error":
      return [];
    default:
      return expr satisfies never;
  }
}
