// The form of a row in the error-code table, and the types that make a message's holes checked.

export interface ErrorRow {
  /** One line for lists, lower case. */
  readonly title: string;
  /** What was found and what was wanted, with `{holes}`; lower case, no full stop. */
  readonly message: string;
  /** What to do about it, shown under the message. */
  readonly help: string;
  /** What `tgc explain` tells: why the rule is there, with a wrong and a right example (markdown). */
  readonly detail: string;
}

/** The names in the `{holes}` of a message. */
export type Holes<S extends string> = S extends `${string}{${infer Hole}}${infer Rest}` ? Hole | Holes<Rest> : never;

export function defineErrors<const T extends Readonly<Record<string, ErrorRow>>>(rows: T): T {
  return rows;
}
