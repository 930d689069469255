// The form of a pass: a pure function between two stages, with its name, its words for PASSES.md and its options. The
// same object back means that nothing changed. A pipeline is a list of passes whose stages follow each other; chaining
// a tile pass before a graph pass does not compile.

import { type AttrKind, type AttrSpecs, type AttrValue, type AttrValues, completeAttrs } from "../ir-spec/base/attr.ts";
import type { Result } from "../ir-spec/base/result.ts";
import type { Span } from "../ir-spec/base/span.ts";
import type { EngineCost, StepCost } from "../ir-spec/cost.ts";
import type { Graph } from "../ir-spec/graph.ts";
import type { Machine } from "../ir-spec/machine.ts";
import type { Schedule } from "../ir-spec/schedule.ts";
import type { TileProgram } from "../ir-spec/tile.ts";
import type { ChooseFields } from "./lower/open-kernel.ts";
import type { ScheduleMemo } from "./schedule/memo.ts";

/** The stages that passes work on, by name. */
export interface Levels {
  readonly graph: Graph;
  readonly tile: TileProgram;
}
export type Level = keyof Levels;

/** A machine, and what its statements cost. */
export interface CostEnv {
  readonly machine: Machine;
  readonly engineCost: EngineCost;
  readonly stepCost: StepCost;
  /** What is known of kernels that were planned before. */
  readonly memo?: ScheduleMemo;
}

/** What a pass may know besides its input. */
export interface PassEnv extends CostEnv {
  /** The user's, for the lowering. */
  readonly schedule?: Schedule | undefined;
  /** Has the last word on the fields that no schedule says, for the lowering. */
  readonly chooseFields?: ChooseFields | undefined;
  /**
   * How long a graph of kernels takes (ns), by the estimate that schedules are chosen by; undefined where a kernel of it cannot be lowered
   * or does not fit.
   */
  readonly kernelsNs: (graph: Graph) => number | undefined;
}

/** What a pass did, or did not do and why: `not fused: "h" has two readers`. */
export interface Remark {
  readonly kind: "done" | "missed";
  readonly pass: string;
  readonly text: string;
  readonly span?: Span;
  /** The field of a schedule that it is about; `*` for what is said of all kernels. */
  readonly field?: { readonly kernel: string; readonly name: string };
}

export function makeRemark(kind: Remark["kind"], pass: string, text: string, span: Span | undefined): Remark {
  return { kind, pass, text, ...(span === undefined ? {} : { span }) };
}

export interface PassOutput<Ir> {
  readonly ir: Ir;
  readonly remarks: readonly Remark[];
}

export interface Pass<From extends Level, To extends Level, Options extends AttrSpecs> {
  /** Kebab-case; the name of its file and of its heading in PASSES.md. */
  readonly name: string;
  readonly summary: string;
  /** Markdown: what it does, in what order, and what it leaves alone. */
  readonly detail: string;
  /** A small program before and after, in the text of its level; the tests run them. */
  readonly before: string;
  readonly after: string;
  readonly from: From;
  readonly to: To;
  readonly options: Options;
  readonly run: (ir: Levels[From], options: AttrValues<Options>, env: PassEnv) => Result<PassOutput<Levels[To]>>;
}

export function definePass<const From extends Level, const To extends Level, const Options extends AttrSpecs>(
  pass: Pass<From, To, Options>,
): Pass<From, To, Options> {
  return pass;
}

/** A pass seen by generic code, which cannot know its stages and the types of its options. */
// biome-ignore lint/suspicious/noExplicitAny: the widened accessor; each pass is checked where it is defined.
export type AnyPass = Omit<Pass<any, any, any>, "from" | "to" | "options"> & {
  readonly from: Level;
  readonly to: Level;
  readonly options: Readonly<Record<string, AttrKind>>;
};

/** One step of a pipeline: a pass by name, with all its options. */
export interface PassStep {
  readonly name: string;
  readonly options: Readonly<Record<string, AttrValue>>;
}

/** Passes in order, from one stage to another. */
export interface Pipeline<From extends Level, To extends Level> {
  readonly from: From;
  readonly to: To;
  readonly steps: readonly PassStep[];
}

/** The empty pipeline, to which `append` adds passes. */
export function startPipeline<L extends Level>(level: L): Pipeline<L, L> {
  return { from: level, to: level, steps: [] };
}

/** The pipeline with one more pass; the pass must begin at the stage where the pipeline ends. */
export function append<From extends Level, Middle extends Level, To extends Level, Options extends AttrSpecs>(
  pipeline: Pipeline<From, Middle>,
  pass: Pass<NoInfer<Middle>, To, Options>,
  options: Partial<AttrValues<Options>> = {},
): Pipeline<From, To> {
  const step = { name: pass.name, options: completeAttrs(pass.options, options) };
  return { from: pipeline.from, to: pass.to, steps: [...pipeline.steps, step] };
}
