// The form of a row in the error-code table, and the types that make a message's holes checked.

export interface ErrorRow {
  /** A warning stops nothing; a row without this is an error. */
  readonly severity?: "warning";
  /** One line for lists, lower case. */
  readonly title: string;
  /** What was expected and what was found, with `{holes}`; lower case, no full stop. */
  readonly message: string;
  /** What to do about it; printed below the message. */
  readonly help: string;
  /** What `tgc explain` prints: why the rule exists, with a wrong and a right example (markdown). */
  readonly detail: string;
}

/** The names in the `{holes}` of a message. */
export type Holes<S extends string> = S extends `${string}{${infer Hole}}${infer Rest}` ? Hole | Holes<Rest> : never;

export function defineErrors<const T extends Readonly<Record<string, ErrorRow>>>(rows: T): T {
  return rows;
}
