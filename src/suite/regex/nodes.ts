// The syntax tree of a regular expression of a test file: POSIX extended, as LLVM's FileCheck takes it. Patterns are put together
// from several expressions and fixed texts, so it is the tree that is compiled, never a text.

/** What one character may be: in a range, or in none where the set is negated. A negated set holds no line break. */
export interface CharSet {
  readonly ranges: readonly (readonly [first: number, last: number])[];
  readonly isNegated: boolean;
}

export type RegexNode =
  | { readonly kind: "set"; readonly set: CharSet }
  | { readonly kind: "sequence"; readonly parts: readonly RegexNode[] }
  | { readonly kind: "either"; readonly choices: readonly RegexNode[] }
  | { readonly kind: "repeat"; readonly part: RegexNode; readonly min: number; readonly max: number }
  | { readonly kind: "capture"; readonly slot: number; readonly part: RegexNode }
  /** The text that the capture of this slot holds. */
  | { readonly kind: "again"; readonly slot: number }
  | { readonly kind: "line start" }
  | { readonly kind: "line end" };

const lineBreak = "\n".charCodeAt(0);

export function isInSet({ ranges, isNegated }: CharSet, unit: number): boolean {
  if (isNegated && unit === lineBreak) return false;
  return ranges.some(([first, last]) => first <= unit && unit <= last) !== isNegated;
}

/** A fixed text, in which no character is special. */
export function textNode(text: string): RegexNode {
  const parts = text.split("").map((unit): RegexNode => {
    const code = unit.charCodeAt(0);
    return { kind: "set", set: { ranges: [[code, code]], isNegated: false } };
  });
  return { kind: "sequence", parts };
}

/** Any character of a line. */
export const anyChar: RegexNode = { kind: "set", set: { ranges: [], isNegated: true } };
