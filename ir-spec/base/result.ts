// What a step gives back: a value, or the reasons why there is none. A `Problem` is a reason without a place (an op's
// shape rule does not know where its call is written); a `Diagnostic` is a problem with a place and help for the user.
// What only a bug can cause is no Result but a failed `invariant`.

import type { ErrorArgs, ErrorCode } from "./errors/index.ts";
import type { Span } from "./span.ts";

export interface Problem {
  readonly code: ErrorCode;
  /** The holes of the code's message, by name. */
  readonly args: Readonly<Record<string, string | number>>;
}

export interface Note {
  readonly text: string;
  readonly span?: Span;
}

/** A change of the text that is certain to fix the mistake. */
export interface Fix {
  readonly span: Span;
  readonly replacement: string;
  readonly title: string;
}

export interface Diagnostic extends Problem {
  readonly span?: Span;
  readonly notes: readonly Note[];
  readonly fix?: Fix;
  /** What the notes say, for programs. */
  readonly figures?: object;
}

export type Result<T, E = readonly Diagnostic[]> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E };

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function fail<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error };
}

/** Makes a problem; a code with the wrong holes does not compile. */
export function problem<C extends ErrorCode>(code: C, args: ErrorArgs<C>): Problem {
  return { code, args: args as Problem["args"] };
}

/** Gives a problem its place. */
export function at(found: Problem, span: Span | undefined, notes: readonly Note[] = [], fix?: Fix): Diagnostic {
  return { ...found, notes, ...(span === undefined ? {} : { span }), ...(fix === undefined ? {} : { fix }) };
}

/** Stops at a bug of ours: something no input can cause. */
export function invariant(condition: boolean, why: string): asserts condition {
  if (!condition) throw new Error(`internal: ${why}`);
}
