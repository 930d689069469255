// Runs one case from its folder, in this thread.

import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { ok, type Result } from "../../../ir-spec/base/result.ts";
import type { CaseResult, ConformanceCase } from "../../import/conformance/case.ts";
import { type RunCaseOptions, runCase } from "../../import/conformance/run-case.ts";
import { readBytes } from "../files.ts";
import { dataFiles, maxModelBytes } from "./files.ts";

/** A case to run on an executor. */
export interface CaseJob extends Omit<RunCaseOptions, "gpu"> {
  readonly folder: string;
}

export function caseName(folder: string): string {
  return basename(folder).replace(/^test_/, "");
}

/** Reads the files of a case and runs it; files that cannot be read are a failed case. */
export async function runCaseFiles(job: CaseJob, gpu: RunCaseOptions["gpu"]): Promise<CaseResult> {
  const { folder, on } = job;
  const read = readCase(folder);
  if (read.ok) return runCase(read.value, { ...job, gpu });
  return { name: caseName(folder), on, status: "fail", reason: "its files cannot be read", ops: [], elements: [] };
}

function readCase(folder: string): Result<ConformanceCase> {
  const model = readBytes(folder, "model.onnx", maxModelBytes);
  if (!model.ok) return model;
  const data = join(folder, "test_data_set_0");
  const [inputs, outputs] = (["input", "output"] as const).map((what) =>
    (existsSync(data) ? dataFiles(data, what) : []).map((file) => readBytes(folder, file, maxModelBytes)),
  ) as [Result<Uint8Array>[], Result<Uint8Array>[]];
  const wrong = [...inputs, ...outputs].find((bytes) => !bytes.ok);
  if (wrong !== undefined && !wrong.ok) return wrong;
  const bytesOf = (list: readonly Result<Uint8Array>[]) => list.flatMap((bytes) => (bytes.ok ? [bytes.value] : []));
  return ok({ name: caseName(folder), model: model.value, inputs: bytesOf(inputs), outputs: bytesOf(outputs) });
}
