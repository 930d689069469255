// Copies of a program (a graph, a tile program or a stream) in which one number is none that an address, a size, a stride, a
// count or an index may be. What the fields are called and where they stand is read off the program itself, so that a new
// field is damaged without a word here.

/** What a number is replaced by. */
export const brokenNumbers: readonly unknown[] = [
  Number.NaN,
  undefined,
  null,
  0.5,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  2 ** 53,
  -(2 ** 60),
  "1",
];

export interface Damaged<T> {
  /** Where the number stands, with indices left out, as in `buffers.shape`. */
  readonly field: string;
  readonly found: unknown;
  readonly value: T;
}

/** A number's keys from the root on. */
type Path = readonly (string | number)[];

/** The places of all numbers. */
function* numbersIn(part: unknown, path: Path): Generator<Path> {
  if (typeof part === "number") yield path;
  if (typeof part !== "object" || part === null) return;
  for (const [key, inner] of Object.entries(part)) {
    yield* numbersIn(inner, [...path, Array.isArray(part) ? Number(key) : key]);
  }
}

function fieldOf(path: Path): string {
  return path.filter((key) => typeof key === "string").join(".");
}

function replaced(part: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by;
  const inner = (part as Readonly<Record<string | number, unknown>>)[key];
  if (Array.isArray(part)) return part.with(key as number, replaced(inner, rest, by));
  return { ...(part as object), [key]: replaced(inner, rest, by) };
}

/** Each field that holds a number, damaged in each way at the first `most` of its places; `isValue` says which hold any number. */
export function* damagedNumbers<T>(
  program: T,
  most: number,
  isValue: (field: string) => boolean,
): Generator<Damaged<T>> {
  const seen = new Map<string, number>();
  for (const path of numbersIn(program, [])) {
    const field = fieldOf(path);
    const count = seen.get(field) ?? 0;
    seen.set(field, count + 1);
    if (count >= most || isValue(field)) continue;
    for (const found of brokenNumbers) yield { field, found, value: replaced(program, path, found) as T };
  }
}
