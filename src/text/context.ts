// What all steps of elaboration share: where diagnostics go, the graph that is being built, the functions of the file, and
// the place in the program (scope, kernel, calls around).

import type { KernelId } from "../../ir-spec/base/ids.ts";
import { at, type Diagnostic, type Fix, type Note, type Problem, problem } from "../../ir-spec/base/result.ts";
import { positionOf, type Span } from "../../ir-spec/base/span.ts";
import type { GraphBuilder } from "../../ir-spec/graph-builder.ts";
import type { CallExpr, DefDecl, Stmt } from "./ast.ts";
import { byPlace } from "./lex.ts";
import type { Meaning } from "./meaning.ts";
import type { Scope } from "./scope.ts";

/** Loops are unrolled and functions inlined, so small texts can ask for endless graphs. */
const MAX_STEPS = 100_000;

/** Nobody reads more; the first ones are the likeliest to be no consequence of others. */
const MAX_DIAGNOSTICS = 100;

export interface Sink {
  /** Keeps a diagnostic, once: a loop or a function meets the same mistake many times. */
  readonly report: (diagnostic: Diagnostic) => void;
  readonly count: () => number;
  /** True when enough is told; elaboration then ends. */
  readonly isFull: () => boolean;
  /** In the order of the text. */
  readonly diagnostics: () => readonly Diagnostic[];
}

export function makeSink(): Sink {
  const found = new Map<string, Diagnostic>();
  return {
    report: (diagnostic) => {
      const { code, args, span } = diagnostic;
      const key = JSON.stringify([code, args, span?.source.name, span?.start]);
      if (!found.has(key)) found.set(key, diagnostic);
    },
    count: () => found.size,
    isFull: () => found.size >= MAX_DIAGNOSTICS,
    diagnostics: () => [...found.values()].sort(byPlace),
  };
}

/** A call of a function of the file, being inlined. */
export interface Frame {
  readonly def: string;
  readonly span: Span;
}

/** What is shared by all places of one graph. */
export interface GraphState {
  readonly sink: Sink;
  readonly builder: GraphBuilder;
  readonly defs: ReadonlyMap<string, DefDecl>;
  readonly fileScope: Scope;
  /** Counts an op or a loop turn; false when there are too many. */
  readonly spend: (span: Span) => boolean;
  /** Opens a kernel under a name that no other kernel of the graph has. */
  readonly openKernel: (name: string) => KernelId;
  /** Inlines a call of a function (in elaborate-body.ts; handed in, since its body holds expressions again). */
  readonly inline: (place: Place, call: CallExpr, def: DefDecl, names: Names) => Meaning;
}

/** A place in the program while it is unrolled. */
export interface Place {
  readonly graph: GraphState;
  readonly scope: Scope;
  readonly kernel: KernelId | undefined;
  /** Innermost last. */
  readonly frames: readonly Frame[];
  /** The statements around, for telling where a name is given later or inside a loop only. */
  readonly body: readonly Stmt[];
}

/** Names for the results of the outermost op of an expression. */
export type Names = readonly (string | undefined)[];

export interface Hint {
  readonly notes?: readonly Note[];
  readonly fix?: Fix | undefined;
}

/** Reports a mistake at a place, with the calls around it. */
export function report(place: Place, found: Problem, span: Span, hint: Hint = {}): void {
  const frames = place.frames
    .slice(-3)
    .reverse()
    .map(({ def, span: call }) => ({ text: `in the call of \`${def}\``, span: call }));
  place.graph.sink.report(at(found, span, [...(hint.notes ?? []), ...frames], hint.fix));
}

export function lineOf(span: Span): number {
  return positionOf(span.source, span.start).line;
}

/** `axis`, or `one of a, b`, for messages. */
export function oneOf(names: readonly string[]): string {
  if (names.length === 0) return "none";
  return names.length === 1 ? String(names[0]) : `one of ${names.join(", ")}`;
}

/** Counts steps up to the limit; past it, reports once and says no. */
export function makeBudget(sink: Sink): GraphState["spend"] {
  let spent = 0;
  return (span) => {
    spent += 1;
    if (spent === MAX_STEPS + 1) {
      sink.report(at(problem("E0114", { limit: MAX_STEPS, what: "ops and loop turns" }), span));
    }
    return spent <= MAX_STEPS;
  };
}

/** Opens kernels; a name that is taken gets `_1`, `_2`, ... */
export function makeKernelOpener(builder: GraphBuilder): GraphState["openKernel"] {
  const taken = new Set<string>();
  return (name) => {
    let unique = name;
    for (let count = 1; taken.has(unique); count++) unique = `${name}_${count}`;
    taken.add(unique);
    return builder.kernel(unique);
  };
}
