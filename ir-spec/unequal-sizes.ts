// Whether two products of sizes differ in some iteration of a nest too large to run through.

import { type Affine, type Extent, printExtent } from "./affine.ts";
import { addSize, addVariable, askAbout, findPoint, type Question, wantAtLeast } from "./domain-point.ts";
import type { Domain } from "./tile-domain.ts";

const nothing: Affine = { constant: 0, terms: [] };

/** Indices for which they differ, or that there are none; undefined where that is not known. */
export function findUnequal(
  domain: Domain,
  left: readonly Extent[],
  right: readonly Extent[],
): readonly number[] | "none" | undefined {
  const [a, b, common] = withoutCommon(productOf(left), productOf(right));
  if (a.clamped.length > 1 || b.clamped.length > 1) return undefined;
  const cases = [...isAbove(a, b), ...isAbove(b, a)].map((ask) => {
    const question = askAbout(domain);
    for (const size of common) addSize(question, size);
    ask(question);
    return findPoint(question);
  });
  const found = cases.find((each) => each !== undefined && each !== "none");
  if (found !== undefined) return found;
  return cases.every((each) => each === "none") ? "none" : undefined;
}

/** A number times sizes that a border cuts. */
interface Product {
  readonly known: number;
  readonly clamped: readonly Extent[];
}

function productOf(sizes: readonly Extent[]): Product {
  const known = sizes.reduce((product, { max, limit }) => (limit === undefined ? product * max : product), 1);
  return { known, clamped: sizes.filter(({ limit }) => limit !== undefined) };
}

/** Both without the sizes that they have in common. */
function withoutCommon(a: Product, b: Product): readonly [Product, Product, readonly Extent[]] {
  const keyOf = (size: Extent): string => printExtent(size, (loop) => `i${loop}`);
  const others = [...b.clamped];
  const [left, common]: [Extent[], Extent[]] = [[], []];
  for (const size of a.clamped) {
    const at = others.findIndex((other) => keyOf(other) === keyOf(size));
    if (at < 0) left.push(size);
    else common.push(...others.splice(at, 1));
  }
  return [{ ...a, clamped: left }, { ...b, clamped: others }, common];
}

type Ask = (question: Question) => void;

/** Questions of which one holds where a product is above the other one: it is so for a number up to the one's size, and one from the other's on. */
function isAbove(high: Product, low: Product): readonly Ask[] {
  const [upper] = high.clamped;
  const [lower] = low.clamped;
  const compare = (question: Question, from: number | undefined): void => {
    const above = upper === undefined ? addVariable(question, 1, 1) : addSize(question, upper);
    const below = from ?? addVariable(question, 1, 1);
    wantAtLeast(
      question,
      nothing,
      new Map([
        [above, high.known],
        [below, -low.known],
      ]),
      1,
    );
  };
  if (lower?.limit === undefined) return [(question) => compare(question, undefined)];
  const { max, limit } = lower;
  const negated = { constant: -limit.constant, terms: limit.terms.map(({ loop, scale }) => ({ loop, scale: -scale })) };
  return [
    (question) => compare(question, addVariable(question, max, max)),
    (question) => {
      const from = addVariable(question, 0, max);
      wantAtLeast(question, negated, new Map([[from, 1]]), 0);
      compare(question, from);
    },
  ];
}
