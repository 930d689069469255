// The thread that `tgc conformance` runs cases in.

import type { CaseResult } from "../import/conformance/case.ts";
import { type CaseJob, runCaseFiles } from "./onnx/case-files.ts";

/** Called by the pool. */
export function runCaseInThread(job: CaseJob): Promise<CaseResult> {
  return runCaseFiles(job, undefined);
}
