// `npm run conformance -- DIR [CASES.json]`: runs the cases on all executors, or takes what `tgc conformance --json` printed, and writes CONFORMANCE.md.
import { readFileSync, writeFileSync } from "node:fs";
import type { CaseJob } from "../../src/cli/onnx/case-files.ts";
import { runCases } from "../../src/cli/onnx/case-pool.ts";
import { findCases } from "../../src/cli/onnx/files.ts";
import { targetByName } from "../../src/driver/targets.ts";
import type { CaseResult } from "../../src/import/conformance/case.ts";
import { conformanceMarkdown } from "./report.ts";
import { compareTwins } from "./twins.ts";

const [folder = "", ...files] = process.argv.slice(2);
const cases = findCases(process.cwd(), folder);
if (!cases.ok) throw new Error(`no cases in ${folder}`);

async function runAll(folders: readonly string[]): Promise<readonly CaseResult[]> {
  const target = targetByName("trn2");
  if (!target.ok) throw new Error("no trn2");
  const jobs = (["ref", "neuron", "webgpu"] as const).flatMap((on) =>
    folders.map((path): CaseJob => ({ folder: path, on, target: target.value })),
  );
  return runCases(jobs, (done) => process.stderr.write(`\r${done} of ${jobs.length} cases`));
}

const readResults = (file: string): readonly CaseResult[] =>
  (JSON.parse(readFileSync(file, "utf8")) as { readonly cases: readonly CaseResult[] }).cases;

const results = files.length > 0 ? files.flatMap(readResults) : await runAll(cases.value);
writeFileSync(
  new URL("../../CONFORMANCE.md", import.meta.url),
  conformanceMarkdown(results, compareTwins(cases.value)),
);
