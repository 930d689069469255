// An order of statements that depends on what they are and on what each of them needs, and not on the order in which they were
// written: depth first from the last ones, each after what it needs. So a load is next to its use, and a statement that is
// added moves no other one.

/** A statement to be ordered. */
export interface Ordered {
  /** Equal only for statements that may change places. */
  readonly key: string;
  /** Those that must be before it, by index; the order in which they are visited. */
  readonly needs: readonly number[];
}

/**
 * Assumed: more statements in a row than any kernel has. Longer rows keep the order in which they are written, as finding out which of them
 * depend on each other would take too long.
 */
export const maxOrderedStatements = 4000;

/** Compares texts by their code units: the same on every machine, whatever its language. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Indices of the statements that no other one needs, by their keys. */
export function findLast(statements: readonly Ordered[]): readonly number[] {
  const needed = new Set(statements.flatMap(({ needs }) => needs));
  const last = statements.flatMap((_statement, index) => (needed.has(index) ? [] : [index]));
  return last.toSorted((a, b) => compareTexts(statements[a]?.key ?? "", statements[b]?.key ?? ""));
}

/** A statement, and the first root that needs it. */
export interface RootedStatement {
  readonly index: number;
  readonly root: number;
}

/** The indices of the statements that `roots` need, themselves included, in the structural order. */
export function structuralOrder(
  statements: readonly Ordered[],
  roots: readonly number[] = findLast(statements),
): readonly number[] {
  return orderByRoots(statements, roots).map(({ index }) => index);
}

/** The same, each with the root for which it is there. */
export function orderByRoots(statements: readonly Ordered[], roots: readonly number[]): readonly RootedStatement[] {
  const order: RootedStatement[] = [];
  const isSeen = new Set<number>();
  // A stack of our own, as programs may be deeper than the one of the language.
  const open: { readonly index: number; next: number }[] = [];
  const enter = (index: number): void => {
    if (isSeen.has(index)) return;
    isSeen.add(index);
    open.push({ index, next: 0 });
  };
  for (const root of roots) {
    enter(root);
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const need = statements[top.index]?.needs[top.next++];
      if (need !== undefined) enter(need);
      else {
        order.push({ index: top.index, root });
        open.pop();
      }
    }
  }
  return order;
}
