// The comparison of two programs.

import { at, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import { noSpans } from "../../ir-spec/base/span.ts";
import type { WgslPlan } from "../../targets/webgpu/plan.ts";
import { type DiffProgram, diffPrograms } from "../diff/diff.ts";
import type { DiffReport } from "../diff/report.ts";
import { stageWords } from "../driver/programs.ts";
import { defaultMachineName } from "../driver/targets.ts";
import { printDiff } from "../report/print-diff.ts";
import { type CompileOptions, driverOptions } from "./compile.ts";
import { print } from "./print.ts";
import { isGraph, isPlan, isStream, type Program } from "./stage.ts";
import { resolveTarget } from "./target.ts";

export interface DiffOptions extends CompileOptions {
  /** Of the inputs on which programs are compared; 0 unless given. */
  readonly seed?: number | undefined;
}

/**
 * Compares two programs of one stage, as `tgc diff` does: `same`, `cosmetic`, `performance` or `meaning`. DIFF.md has the details.
 * Fails where the stages differ (E1317).
 *
 * @example
 * import { diff, parse, unwrap } from "tgc";
 *
 * const before = unwrap(parse("graph g(x: f32[4]) -> (y: f32[4]) { h = x + 1\n y = relu(h) }"));
 * const after = unwrap(parse("graph g(x: f32[4]) -> (y: f32[4]) { hidden = x + 1\n y = relu(hidden) }"));
 * console.log(unwrap(diff(before, after)).verdict); // cosmetic
 */
export function diff(
  before: Program | WgslPlan,
  after: Program | WgslPlan,
  options: DiffOptions = {},
): Result<DiffReport> {
  const sides = [before, after].map((program) => toDiffProgram(program, options));
  const [left, right] = sides;
  if (!left?.ok) return left ?? fail([]);
  if (!right?.ok) return right ?? fail([]);
  const pair = { before: left.value, after: right.value, seed: options.seed ?? 0 };
  const areEqual = left.value.stage === right.value.stage && print(before) === print(after);
  const report = diffPrograms({ ...pair, areEqual });
  if (report !== undefined) return ok(report);
  const [found, other] = [left.value, right.value].map(({ stage }) => (stage === "wgsl" ? stage : stageWords[stage]));
  return fail([at(problem("E1317", { before: found ?? "", after: other ?? "" }), undefined)]);
}

function toDiffProgram(program: Program | WgslPlan, options: DiffOptions): Result<DiffProgram> {
  if (isPlan(program)) return ok({ stage: "wgsl", text: print(program) });
  if (isGraph(program)) {
    const driver = driverOptions(options);
    return driver.ok ? ok({ stage: "graph", graph: program, options: driver.value }) : driver;
  }
  const target = resolveTarget(options.target, isStream(program) ? program.machine : defaultMachineName);
  if (!target.ok) return target;
  if (!isStream(program)) return ok({ stage: "tiles", program, target: target.value });
  return ok({ stage: "stream", program, spanOf: noSpans, target: target.value });
}

/**
 * Says in words what `diff` found, as `tgc diff` prints it.
 *
 * @example
 * import { diff, parse, printDiffReport, unwrap } from "tgc";
 *
 * const before = unwrap(parse("graph g(x: f32[4]) -> (y: f32[4]) { y = x + 1 }"));
 * const after = unwrap(parse("graph g(x: f32[4]) -> (y: f32[4]) { y = x + 2 }"));
 * console.log(printDiffReport(unwrap(diff(before, after)), { before: "old", after: "new" }));
 */
export function printDiffReport(
  report: DiffReport,
  names: { readonly before: string; readonly after: string } = { before: "before", after: "after" },
): string {
  return printDiff(report, names, false);
}
