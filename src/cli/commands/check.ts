// `tgc check`: a graph on all executors, compared.

import { at, fail, ok } from "../../../ir-spec/base/result.ts";
import { type CheckedExecutor, type CheckReport, checkGraph } from "../../driver/check.ts";
import type { ExecutorName } from "../../driver/executors.ts";
import { findTooMuchToGive, maxCheckedElements } from "../../driver/graph-data.ts";
import { graphParameters } from "../../driver/parameters.ts";
import type { JobNews } from "../../driver/side-by-side.ts";
import { diagnosticJson } from "../../report/diagnostics.ts";
import { printCheck } from "../../report/print-check.ts";
import { withGpuRuns } from "../gpu-thread.ts";
import { isInternal } from "../internal-error.ts";
import { jobNotes } from "../job-notes.ts";
import { loadJob } from "../load.ts";
import type { CommandContext, CommandResult } from "../outcome.ts";
import { withReference } from "../reference-thread.ts";
import type { Given } from "../specs.ts";
import { tensorsForThreads } from "../tensors/for-threads.ts";
import { loadTensors } from "../tensors/load.ts";

const usual: readonly ExecutorName[] = ["neuron", "webgpu", "webgpu-isa"];

export async function checkCommand({ args, options }: Given<"check">, { io }: CommandContext): Promise<CommandResult> {
  const job = loadJob(io.cwd, args.file, options);
  if (!job.ok) return job;
  const { graph, options: compile, locate } = job.value;
  const tooMuch = findTooMuchToGive(graph, maxCheckedElements);
  if (tooMuch !== undefined) return fail([at(tooMuch, undefined)]);
  const executors: readonly ExecutorName[] = options.allStages ? ["tiles", ...usual] : usual;
  const tell = (news: JobNews) => io.progress?.(progressLine(news));
  const checked = await withGpuRuns((gpu) =>
    withReference(async (measure) => {
      const tensors = loadTensors(io.cwd, graphParameters(graph), options);
      if (!tensors.ok) return tensors;
      const { log: lacking } = tensors.value;
      const inputs = tensorsForThreads(tensors.value.inputs);
      const onlyPrecise = options.precise;
      const report = await checkGraph(graph, { compile, inputs, executors, gpu, onlyPrecise, measure, tell });
      return report.ok ? ok({ report: report.value, lacking }) : report;
    }),
  );
  if (!checked.ok) return checked;
  const { report, lacking } = checked.value;
  const { executors: ran, exact } = report;
  const failuresOf = (statuses: readonly CheckedExecutor[]) => statuses.flatMap(({ diagnostics }) => diagnostics ?? []);
  // What fails in the program's own run fails again on exact inputs.
  const own = failuresOf(ran);
  const failures = locate(own.length > 0 ? own : failuresOf(exact?.executors ?? []));
  if (failures.some(isInternal)) return fail(failures);
  return ok({
    exitCode: report.agree ? 0 : 1,
    text: printCheck(report),
    json: { seed: options.seed, ...reportJson(report) },
    log: jobNotes(job.value, options) + lacking,
    findings: failures,
    warnings: job.value.warnings,
  });
}

function progressLine({ what, endedAfterMs }: JobNews): string {
  return endedAfterMs === undefined
    ? `${what}: started\n`
    : `${what}: ended after ${(endedAfterMs / 1000).toFixed(1)} s\n`;
}

/** Infinite errors are written as null, as JSON knows no infinity. */
function reportJson(report: CheckReport) {
  const executorsJson = (executors: readonly CheckedExecutor[]) =>
    executors.map(({ diagnostics, ...executor }) => ({
      ...executor,
      ...(diagnostics === undefined ? {} : { diagnostics: diagnostics.map(diagnosticJson) }),
    }));
  const { exact } = report;
  const exactJson = exact === undefined ? {} : { exact: { ...exact, executors: executorsJson(exact.executors) } };
  return { ...report, executors: executorsJson(report.executors), ...exactJson };
}
