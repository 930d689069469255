// `tgc conformance`: cases of the ONNX backend tests on executors, as a table by op.

import { at, fail, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
import { suggest } from "../../../ir-spec/base/suggest.ts";
import { type ExecutorName, executorNames } from "../../driver/executors.ts";
import { caseJson, isSound, printConformance } from "../../report/print-conformance.ts";
import { loadTarget } from "../load.ts";
import { type CaseJob, caseName } from "../onnx/case-files.ts";
import { runCases } from "../onnx/case-pool.ts";
import { findCases } from "../onnx/files.ts";
import type { CommandContext, CommandResult } from "../outcome.ts";
import type { Given } from "../specs.ts";

export async function conformanceCommand(
  { args, options }: Given<"conformance">,
  { io }: CommandContext,
): Promise<CommandResult> {
  const on = readExecutors(options.on);
  if (!on.ok) return on;
  const target = loadTarget(io.cwd, options.target, options.set);
  if (!target.ok) return target;
  const filter = readFilter(options.filter ?? "");
  if (!filter.ok) return filter;
  const folders = findCases(io.cwd, args.folder);
  if (!folders.ok) return folders;
  const chosen = folders.value.filter((folder) => filter.value.test(caseName(folder)));
  const jobs = on.value.flatMap((name) =>
    chosen.map((folder): CaseJob => ({ folder, on: name, target: target.value })),
  );
  const results = await runCases(jobs, (done) => io.progress?.(`\r\u001b[K${done} of ${jobs.length} cases`));
  io.progress?.("\r\u001b[K");
  return ok({
    exitCode: results.every(isSound) ? 0 : 1,
    text: printConformance(results, { verbose: options.verbose }),
    json: { cases: results.map(caseJson) },
  });
}

function readExecutors(list: string): Result<readonly ExecutorName[]> {
  const names = [...new Set(list.split(","))];
  const unknown = names.find((name) => !(executorNames as readonly string[]).includes(name));
  if (unknown === undefined) return ok(names as readonly ExecutorName[]);
  const { notes } = suggest(unknown, executorNames);
  const expected = executorNames.join(", ");
  return fail([at(problem("E1508", { name: unknown, expected }), undefined, notes)]);
}

function readFilter(text: string): Result<RegExp> {
  try {
    return ok(new RegExp(text));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return fail([at(problem("E1426", { option: "--filter", text, why }), undefined)]);
  }
}
