// The items that no other one beats.

/**
 * The items that no other one beats in one of their values without being worse in another (less is better), in the order of the first value,
 * of equal ones as given.
 */
export function frontOf<T>(items: readonly T[], valuesOf: (item: T) => readonly number[]): readonly T[] {
  const rated = items
    .map((item) => ({ item, values: valuesOf(item) }))
    .sort((a, b) => compareValues(a.values, b.values));
  // In this order an item is beaten by none that comes later, so the front so far is all that there is to look at.
  const front: typeof rated = [];
  for (const each of rated) {
    const isBeaten = front.some(({ values }) => values.every((value, index) => value <= (each.values[index] ?? 0)));
    if (!isBeaten) front.push(each);
  }
  return front.map(({ item }) => item);
}

function compareValues(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? value;
    if (value !== other) return value < other ? -1 : 1;
  }
  return 0;
}
