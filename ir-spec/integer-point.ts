// Finds integers within bounds that satisfy linear inequalities: an exact answer, without running through them. Fractions that satisfy all
// come first, by the simplex method for bounded variables; where one of them is no integer, it is rounded down or up, and both are tried.
// Source: B. Dutertre, L. de Moura, "A fast linear-arithmetic solver for DPLL(T)" (CAV 2006), sections 3 and 4; R. G. Bland, "New finite
// pivoting rules for the simplex method" (1977), for why it ends.

import { add, compare, type Fraction, floor, fraction, invert, isWhole, multiply, negate, zero } from "./fraction.ts";

/** `sum of scales[v] * value of v >= least`. */
export interface Inequality {
  readonly scales: ReadonlyMap<number, number>;
  readonly least: number;
}

/** Values of a variable: integers from `low` to `high`. */
export interface Range {
  readonly low: bigint;
  readonly high: bigint;
}

/** Beyond so many roundings the answer is not known. */
const maxSteps = 500;

/** Values of the variables, or that there are none; undefined where that would take too long to find out. */
export function findIntegers(
  ranges: readonly Range[],
  inequalities: readonly Inequality[],
): readonly number[] | "none" | undefined {
  const whole = inequalities.map(withoutDivisor);
  const open: (readonly Range[])[] = [ranges];
  for (let steps = 0; steps < maxSteps; steps++) {
    const next = open.pop();
    if (next === undefined) return "none";
    const values = findFractions(next, whole);
    if (values === undefined) continue;
    const variable = values.findIndex((value) => !isWhole(value));
    if (variable < 0) return values.map(({ over }) => Number(over));
    const below = floor(values[variable] as Fraction);
    const within = (range: Partial<Range>): readonly Range[] =>
      next.map((other, at) => (at === variable ? { ...other, ...range } : other));
    open.push(within({ high: below }), within({ low: below + 1n }));
  }
  return undefined;
}

/** Divided by what all scales are multiples of; the sum of integers is then at least the next integer. */
function withoutDivisor({ scales, least }: Inequality): Inequality {
  const divisor = [...scales.values()].reduce((a, b) => divisorOf(a, Math.abs(b)), 0);
  if (divisor <= 1) return { scales, least };
  const divided = [...scales].map(([variable, scale]): [number, number] => [variable, scale / divisor]);
  return { scales: new Map(divided), least: Math.ceil(least / divisor) };
}

function divisorOf(a: number, b: number): number {
  let [left, right] = [a, b];
  while (right !== 0) [left, right] = [right, left % right];
  return left;
}

/** One variable, or the sum of an inequality; in the latter case it has no upper bound. */
interface Bounds {
  readonly low: Fraction;
  readonly high: Fraction | undefined;
}

/** The state of the simplex method. `rows[b]`: each basic variable as a sum of the others. Changed in place. */
interface Tableau {
  readonly bounds: readonly Bounds[];
  readonly values: Fraction[];
  readonly rows: Map<number, Map<number, Fraction>>;
}

function findFractions(ranges: readonly Range[], inequalities: readonly Inequality[]): readonly Fraction[] | undefined {
  if (ranges.some(({ low, high }) => low > high)) return undefined;
  const tableau = makeTableau(ranges, inequalities);
  for (let wrong = findWrong(tableau); wrong !== undefined; wrong = findWrong(tableau)) {
    const { low, high } = tableau.bounds[wrong] as Bounds;
    const isLow = compare(tableau.values[wrong] as Fraction, low) < 0;
    const other = findMovable(tableau, wrong, isLow);
    if (other === undefined) return undefined;
    exchange(tableau, wrong, other, isLow ? low : (high as Fraction));
  }
  return tableau.values.slice(0, ranges.length);
}

function makeTableau(ranges: readonly Range[], inequalities: readonly Inequality[]): Tableau {
  const own = ranges.map(({ low, high }): Bounds => ({ low: fraction(low), high: fraction(high) }));
  const sums = inequalities.map(({ least }): Bounds => ({ low: fraction(BigInt(least)), high: undefined }));
  const rows = inequalities.map(({ scales }, index): [number, Map<number, Fraction>] => {
    const terms = [...scales].map(([variable, scale]): [number, Fraction] => [variable, fraction(BigInt(scale))]);
    return [ranges.length + index, new Map(terms.filter(([, scale]) => compare(scale, zero) !== 0))];
  });
  const values = own.map(({ low }) => low);
  for (const [basic, row] of rows) values[basic] = sumOf(row, values);
  return { bounds: [...own, ...sums], values, rows: new Map(rows) };
}

function sumOf(row: ReadonlyMap<number, Fraction>, values: readonly Fraction[]): Fraction {
  return [...row].reduce((sum, [variable, scale]) => add(sum, multiply(scale, values[variable] as Fraction)), zero);
}

/** The first basic variable that is out of its bounds; the others never are. */
function findWrong({ bounds, values, rows }: Tableau): number | undefined {
  const wrong = [...rows.keys()].filter((basic) => {
    const [value, { low, high }] = [values[basic] as Fraction, bounds[basic] as Bounds];
    return compare(value, low) < 0 || (high !== undefined && compare(value, high) > 0);
  });
  return wrong.length === 0 ? undefined : Math.min(...wrong);
}

/** The first variable that can move the basic one up or down. */
function findMovable({ bounds, values, rows }: Tableau, basic: number, isUp: boolean): number | undefined {
  const movable = [...(rows.get(basic) ?? [])].filter(([variable, scale]) => {
    const [value, { low, high }] = [values[variable] as Fraction, bounds[variable] as Bounds];
    const goesUp = compare(scale, zero) > 0 === isUp;
    return goesUp ? high === undefined || compare(value, high) < 0 : compare(value, low) > 0;
  });
  return movable.length === 0 ? undefined : Math.min(...movable.map(([variable]) => variable));
}

/** Gives the basic variable a value and makes the other one basic in its place. */
function exchange({ values, rows }: Tableau, basic: number, other: number, value: Fraction): void {
  const row = rows.get(basic) as Map<number, Fraction>;
  rows.delete(basic);
  const inverse = invert(row.get(other) as Fraction);
  const solved = new Map<number, Fraction>([[basic, inverse]]);
  for (const [variable, scale] of row) if (variable !== other) solved.set(variable, negate(multiply(scale, inverse)));
  values[basic] = value;
  values[other] = sumOf(solved, values);
  for (const [at, old] of rows) {
    const factor = old.get(other);
    if (factor === undefined) continue;
    rows.set(at, withTerms(old, other, solved, factor));
  }
  rows.set(other, solved);
  for (const [at, changed] of rows) values[at] = sumOf(changed, values);
}

/** A row with `factor * solved` in the place of a variable. */
function withTerms(
  row: ReadonlyMap<number, Fraction>,
  replaced: number,
  solved: ReadonlyMap<number, Fraction>,
  factor: Fraction,
): Map<number, Fraction> {
  const sum = new Map(row);
  sum.delete(replaced);
  for (const [variable, scale] of solved) {
    const term = add(sum.get(variable) ?? zero, multiply(factor, scale));
    if (compare(term, zero) === 0) sum.delete(variable);
    else sum.set(variable, term);
  }
  return sum;
}
