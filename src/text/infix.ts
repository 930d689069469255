// Operator precedence: turns `a + b * c`, read as a flat row, into a tree. `* /` bind tighter than `+ -`, these tighter
// than comparisons; operators of one level group from the left.

import type { Expr, InfixOperator } from "./ast.ts";

/** An operator and the operand to its right. */
export interface InfixTail {
  readonly operator: InfixOperator;
  readonly operand: Expr;
}

const precedence: Readonly<Record<InfixOperator, number>> = {
  "<": 1,
  "<=": 1,
  ">": 1,
  ">=": 1,
  "==": 1,
  "!=": 1,
  "+": 2,
  "-": 2,
  "*": 3,
  "/": 3,
};

export function isInfixOperator(text: string): text is InfixOperator {
  return Object.hasOwn(precedence, text);
}

export function precedenceOf(operator: InfixOperator): number {
  return precedence[operator];
}

/** Groups a row of operands, from the left: a stack holds what waits for its right operand, loosest operator first. */
export function joinInfix(first: Expr, tails: readonly InfixTail[]): Expr {
  const waiting: { readonly left: Expr; readonly operator: InfixOperator }[] = [];
  let current = first;
  const closeDownTo = (level: number): void => {
    for (let top = waiting.at(-1); top !== undefined && precedence[top.operator] >= level; top = waiting.at(-1)) {
      waiting.pop();
      current = makeInfix(top.left, top.operator, current);
    }
  };
  for (const { operator, operand } of tails) {
    closeDownTo(precedence[operator]);
    waiting.push({ left: current, operator });
    current = operand;
  }
  closeDownTo(0);
  return current;
}

function makeInfix(left: Expr, operator: InfixOperator, right: Expr): Expr {
  const span = { source: left.span.source, start: left.span.start, end: right.span.end };
  return { kind: "infix", operator, left, right, span };
}
