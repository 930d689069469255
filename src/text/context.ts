// What all steps of elaboration share: where diagnostics go, the graph that is being built, the functions of the file, and
// the place in the program (scope, kernel, calls around).

import type { KernelId } from "../../ir-spec/base/ids.ts";
import { at, type Diagnostic, type Fix, type Note, type Problem, problem } from "../../ir-spec/base/result.ts";
import { positionOf, type Span } from "../../ir-spec/base/span.ts";
import type { GraphBuilder } from "../../ir-spec/graph-builder.ts";
import type { CallExpr, DefDecl, Stmt } from "./ast.ts";
import type { LeastCalls } from "./least-calls.ts";
import { byPlace } from "./lex.ts";
import type { Meaning } from "./meaning.ts";
import type { Scope } from "./scope.ts";

/**
 * What one file may ask for. Loops are unrolled and functions inlined, so small texts can ask for endless graphs; and for
 * endless work without any op, since a loop's body may hold only numbers.
 */
const limits = {
  step: { limit: 120_000, what: "values, calls and loop iterations" },
  expression: { limit: 5_000_000, what: "expressions, each counted as often as it is evaluated" },
} as const;

/** Nobody reads more; the first ones are the likeliest to be no consequence of others. */
const MAX_DIAGNOSTICS = 100;

/** Reports of mistakes that were reported before, as in a function that is called many times; hints for each take time. */
const MAX_REPEATS = 100;

export interface Sink {
  /** Keeps a diagnostic, once: a loop or a function meets the same mistake many times. */
  readonly report: (diagnostic: Diagnostic) => void;
  readonly count: () => number;
  /** True when enough is reported; elaboration then ends. */
  readonly isFull: () => boolean;
  /** In the order of the text. */
  readonly diagnostics: () => readonly Diagnostic[];
}

export function makeSink(): Sink {
  const found = new Map<string, Diagnostic>();
  let repeats = 0;
  return {
    report: (diagnostic) => {
      const { code, args, span } = diagnostic;
      const key = JSON.stringify([code, args, span?.source.name, span?.start]);
      if (found.has(key)) repeats += 1;
      else found.set(key, diagnostic);
    },
    count: () => found.size,
    isFull: () => found.size >= MAX_DIAGNOSTICS || repeats >= MAX_REPEATS,
    diagnostics: () => [...found.values()].sort(byPlace),
  };
}

/** A call of a function of the file, being inlined. */
export interface Frame {
  readonly def: string;
  readonly span: Span;
}

/** What the work on a file costs; all its graphs share one. */
export interface Budget {
  /**
   * Counts results of ops, calls, loop iterations or expressions; false when there are too many, which is reported once.
   */
  readonly spend: (cost: keyof typeof limits, span: Span, count?: number) => boolean;
  /** False, and reported, where so many more of them are too many; nothing is counted. */
  readonly hasRoom: (cost: keyof typeof limits, span: Span, count: number) => boolean;
  /** True when nothing is left: elaboration then ends at once. */
  readonly isSpent: () => boolean;
}

/** What is shared by all places of one graph. */
export interface GraphState {
  readonly sink: Sink;
  readonly builder: GraphBuilder;
  readonly defs: ReadonlyMap<string, DefDecl>;
  readonly leastCalls: (def: DefDecl) => LeastCalls;
  readonly fileScope: Scope;
  readonly budget: Budget;
  /** Opens a kernel under a name that no other kernel of the graph has. */
  readonly openKernel: (name: string) => KernelId;
  /** Inlines a call of a function (in elaborate-body.ts; handed in, since its body holds expressions again). */
  readonly inline: (place: ElaborationPlace, call: CallExpr, def: DefDecl, names: Names) => Meaning;
}

/** A place in the program while it is unrolled. */
export interface ElaborationPlace {
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
export function report(place: ElaborationPlace, found: Problem, span: Span, hint: Hint = {}): void {
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

/** Counts up to the limits; past one of them, reports once and says no to everything. */
export function makeBudget(sink: Sink): Budget {
  const spent = { step: 0, expression: 0 };
  let isSpent = false;
  const hasRoom: Budget["hasRoom"] = (cost, span, count) => {
    if (isSpent) return false;
    const { limit, what } = limits[cost];
    if (spent[cost] + count <= limit) return true;
    isSpent = true;
    sink.report(at(problem("E0114", { limit, what }), span));
    return false;
  };
  const spend: Budget["spend"] = (cost, span, count = 1) => {
    const isLeft = hasRoom(cost, span, count);
    spent[cost] += count;
    return isLeft;
  };
  return { spend, hasRoom, isSpent: () => isSpent };
}

/** True when elaboration ends: enough was reported, or the budget is spent. */
export function isOver({ graph: { sink, budget } }: ElaborationPlace): boolean {
  return budget.isSpent() || sink.isFull();
}

/** Opens kernels; a name that is taken gets `_1`, `_2`, ... */
export function makeKernelOpener(builder: GraphBuilder): GraphState["openKernel"] {
  const taken = new Set<string>();
  const counts = new Map<string, number>();
  return (name) => {
    let count = counts.get(name) ?? 0;
    let unique = count === 0 ? name : `${name}_${count}`;
    for (; taken.has(unique); unique = `${name}_${count}`) count += 1;
    counts.set(name, count);
    taken.add(unique);
    return builder.kernel(unique);
  };
}
