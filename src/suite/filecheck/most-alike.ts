// The line of a text that is the most like a pattern, for the message that the pattern was not found.

import type { Source, Span } from "../../../ir-spec/base/span.ts";

/** Assumed: the line that was meant is not further away. */
const maxLines = 2000;
/** Assumed: pairs of characters in common below which two lines look different. */
const minAlikeness = 0.5;

/** The best line from `from` on; none where all look different. */
export function mostAlike(source: Source, from: number, pattern: string): Span | undefined {
  const wanted = pairsOf(pattern.replace(/\{\{.*?\}\}|\[\[.*?\]\]/g, " "));
  let best: { readonly span: Span; readonly alikeness: number } | undefined;
  let start = from;
  for (let count = 0; count < maxLines && start < source.text.length; count++) {
    const lineBreak = source.text.indexOf("\n", start);
    const end = lineBreak < 0 ? source.text.length : lineBreak;
    const alikeness = alikenessOf(wanted, pairsOf(source.text.slice(start, end)));
    const isBetter = alikeness >= minAlikeness && alikeness > (best?.alikeness ?? 0);
    if (isBetter) best = { span: { source, start, end }, alikeness };
    start = end + 1;
  }
  return best?.span;
}

type Pairs = ReadonlyMap<string, number>;

/** How often each pair of neighbours comes. */
function pairsOf(text: string): Pairs {
  const line = text.trim().slice(0, 200);
  const pairs = new Map<string, number>();
  for (let index = 0; index + 1 < line.length; index++) {
    const pair = line.slice(index, index + 2);
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  }
  return pairs;
}

/** Twice the common pairs over all. Source: L. R. Dice, "Measures of the Amount of Ecologic Association", 1945. */
function alikenessOf(a: Pairs, b: Pairs): number {
  const sizeOf = (pairs: Pairs): number => [...pairs.values()].reduce((sum, count) => sum + count, 0);
  const common = [...a].reduce((sum, [pair, count]) => sum + Math.min(count, b.get(pair) ?? 0), 0);
  return (2 * common) / Math.max(1, sizeOf(a) + sizeOf(b));
}
