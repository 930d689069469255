// The cases of the ONNX backend tests, where the environment variable TGC_ONNX_CASES names their folder.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { runCaseFiles } from "../../../src/cli/onnx/case-files.ts";
import type { ExecutorName } from "../../../src/driver/executors.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import type { CaseResult } from "../../../src/import/conformance/case.ts";

export const casesFolder = process.env.TGC_ONNX_CASES;

/** The folders of cases, in order. */
export function caseFolders(): readonly string[] {
  if (casesFolder === undefined) return [];
  return readdirSync(casesFolder)
    .sort()
    .map((name) => join(casesFolder as string, name));
}

/** Runs cases on an executor of this process, and gives those that failed or crashed, each with its reason. */
export async function findFaults(folders: readonly string[], on: ExecutorName) {
  const target = targetByName("trn2");
  if (!target.ok) throw new Error("no trn2");
  const results: CaseResult[] = [];
  for (const folder of folders) results.push(await runCaseFiles({ folder, on, target: target.value }, undefined));
  const faults = results.filter(({ status }) => status === "fail" || status === "crash");
  const passed = results.filter(({ status }) => status === "pass").length;
  return { results, passed, faults: faults.map(({ name, status, reason }) => `${name}: ${status}: ${reason}`) };
}
