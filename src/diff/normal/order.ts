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

/** The indices of the statements that `roots` need, themselves included, in the structural order. */
export function structuralOrder(
  statements: readonly Ordered[],
  roots: readonly number[] = findLast(statements),
): readonly number[] {
  const order: number[] = [];
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
        order.push(top.index);
        open.pop();
      }
    }
  }
  return order;
}
