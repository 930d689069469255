// Runs a pipeline, and verifies the program before the first pass and after each.

import { errorMessage } from "../ir-spec/base/errors/index.ts";
import { at, type Diagnostic, fail, invariant, ok, problem, type Result } from "../ir-spec/base/result.ts";
import { verifyGraph } from "../ir-spec/verify-graph.ts";
import { verifyTile } from "../ir-spec/verify-tile.ts";
import { isPassName, passDef } from "./index.ts";
import type { AnyPass, Level, Levels, PassEnv, PassOutput, PassStep, Pipeline, Remark } from "./pass.ts";

/** A program of any stage. */
export type AnyIr = { [L in Level]: { readonly level: L; readonly ir: Levels[L] } }[Level];

/** What happened in one step. */
export interface PassEvent {
  readonly step: PassStep;
  readonly before: AnyIr;
  readonly after: AnyIr;
  /** False when the pass gave back what it got. */
  readonly isChanged: boolean;
  readonly remarks: readonly Remark[];
  /** Time of the pass alone, without the verifier; 0 when no clock was given. */
  readonly elapsedMs: number;
}

export interface RunPassesOptions {
  readonly env: PassEnv;
  /** Called after each step that succeeded: for --print-after-all, --print-changed, --time-passes. */
  readonly observe?: (event: PassEvent) => void;
  /** The caller's clock; passes have none. */
  readonly nowMs?: () => number;
  /** Changes what a step has made, once it is verified: for tests that plant a fault of a pass. */
  readonly plant?: PlantInPass | undefined;
}

/** The step's index counts from 0 in its pipeline. */
export type PlantInPass = (made: AnyIr, step: PassStep, index: number) => AnyIr;

const verifiers: { readonly [L in Level]: (ir: Levels[L]) => readonly Diagnostic[] } = {
  graph: verifyGraph,
  tile: verifyTile,
};

function verify(found: AnyIr): readonly Diagnostic[] {
  return found.level === "graph" ? verifiers.graph(found.ir) : verifiers.tile(found.ir);
}

/**
 * Runs the passes in order and gathers their remarks. The error holds the diagnostics of the verifier about `ir`, or
 * those of the pass that failed, or one internal error naming the pass that made a wrong program.
 */
export function runPasses<From extends Level, To extends Level>(
  pipeline: Pipeline<From, To>,
  ir: Levels[From],
  options: RunPassesOptions,
): Result<PassOutput<Levels[To]>> {
  let current = { level: pipeline.from, ir } as AnyIr;
  const wrong = verify(current);
  if (wrong.length > 0) return fail(wrong);
  const remarks: Remark[] = [];
  for (const [index, step] of pipeline.steps.entries()) {
    invariant(isPassName(step.name), `there is no pass ${step.name}`);
    const ran = runStep(passDef(step.name), step, current, options);
    if (!ran.ok) return ran;
    const { after: made } = ran.value;
    const after = options.plant?.(made, step, index) ?? made;
    options.observe?.(after === made ? ran.value : { ...ran.value, after, isChanged: true });
    remarks.push(...ran.value.remarks);
    current = after;
  }
  invariant(current.level === pipeline.to, `the pipeline ends at ${current.level}, not ${pipeline.to}`);
  // The invariant says that the level is To.
  return ok({ ir: current.ir as Levels[To], remarks });
}

/** Runs one pass on a verified program and verifies what it makes. */
export function runStep(pass: AnyPass, step: PassStep, before: AnyIr, options: RunPassesOptions): Result<PassEvent> {
  const { name } = pass;
  invariant(pass.from === before.level, `${name} works on ${pass.from}, not ${before.level}`);
  const startMs = options.nowMs?.() ?? 0;
  const ran = pass.run(before.ir, step.options, options.env);
  const elapsedMs = (options.nowMs?.() ?? 0) - startMs;
  if (!ran.ok) return ran;
  const after = { level: pass.to, ir: ran.value.ir } as AnyIr;
  const isChanged = after.ir !== before.ir;
  const [wrong, ...more] = isChanged ? verify(after) : [];
  if (wrong !== undefined) return fail([internalError(name, wrong, more)]);
  return ok({ step, before, after, isChanged, remarks: ran.value.remarks, elapsedMs });
}

function internalError(step: string, first: Diagnostic, more: readonly Diagnostic[]): Diagnostic {
  const print = (found: Diagnostic): string => `${found.code}: ${errorMessage(found.code, found.args)}`;
  const notes = more.map((found) => ({ text: print(found) }));
  return at(problem("E9001", { step: `pass ${step}`, why: print(first) }), first.span, notes);
}
