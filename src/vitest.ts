// Matchers for suites of Vitest: `import "tgc/vitest"` in a test or a setup file.
//
//     expect(graph).toMatchKernel("mlp", { target: "trn2" })   the compiled program is the stored one, or differs in its looks alone
//     await expect(graph).toAgree({ target: "tiny" })           all executors agree
//
// A stored program is `__kernels__/NAME.s` beside the test. As with snapshots, it is written where it is missing, but not in CI, and
// replaced by `vitest -u` alone.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { check, compile, diff, parseAsm, print, printDiffReport, renderDiagnostics } from "./api/index.ts";
import { isStream } from "./api/stage.ts";
import type { CheckOptions, CompileOptions, Diagnostic, Graph, Program, Result, Stream } from "./api/types.ts";
import { printCheck } from "./report/print-check.ts";

interface KernelMatchers<R> {
  /**
   * The instruction stream that the program compiles to is the one stored under this name, or differs from it as `tgc diff` calls
   * cosmetic. The message of a failure is the report of `tgc diff`.
   */
  toMatchKernel: (name: string, options?: CompileOptions) => R;
  /** The graph gives the same values on all executors, as `tgc check` compares them. */
  toAgree: (options?: CheckOptions) => Promise<R>;
}

declare module "vitest" {
  // biome-ignore lint/suspicious/noExplicitAny: as Vitest itself declares it, which an extension has to repeat.
  interface Matchers<T = any> extends KernelMatchers<T> {}
}

interface Verdict {
  readonly pass: boolean;
  readonly message: () => string;
}

/** What of the state of a matcher is used. */
interface TestState {
  readonly testPath?: string;
  readonly snapshotState?: { readonly snapshotUpdateState: "all" | "new" | "none" };
}

expect.extend({
  toMatchKernel(program: Program, name: string, options: CompileOptions = {}): Verdict {
    return matchKernel(program, { name, options, state: this as TestState });
  },
  async toAgree(graph: Graph, options: CheckOptions = {}): Promise<Verdict> {
    const report = await check(graph, options);
    if (!report.ok) return failed(report.error);
    return { pass: report.value.agree, message: () => printCheck(report.value) };
  },
});

interface Stored {
  readonly name: string;
  readonly options: CompileOptions;
  readonly state: TestState;
}

function matchKernel(program: Program, { name, options, state }: Stored): Verdict {
  if (options.target === "webgpu") return { pass: false, message: () => "WebGPU has no instruction stream to compare" };
  const stream = toStream(program, options);
  if (!stream.ok) return failed(stream.error);
  const { testPath } = state;
  if (testPath === undefined) return { pass: false, message: () => "toMatchKernel works inside of a test file only" };
  const file = join(dirname(testPath), "__kernels__", `${encodeURIComponent(name)}.s`);
  const update = state.snapshotState?.snapshotUpdateState ?? "none";
  const isThere = existsSync(file);
  if (update === "all" || (!isThere && update === "new")) return store(file, print(stream.value));
  if (!isThere) return { pass: false, message: () => `there is no ${file}; run \`vitest -u\` to store the program` };
  return compare(readFileSync(file, "utf8"), stream.value, { file, options });
}

function toStream(program: Program, options: CompileOptions): Result<Stream> {
  if (isStream(program)) return { ok: true, value: program };
  const made = compile(program, options as CompileOptions<"trn2">);
  return made.ok ? { ok: true, value: made.value.program } : made;
}

function store(file: string, text: string): Verdict {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return { pass: true, message: () => `the program is the one stored in ${file}` };
}

function compare(
  text: string,
  after: Stream,
  { file, options }: { readonly file: string; readonly options: CompileOptions },
): Verdict {
  const before = parseAsm(text, file);
  if (!before.ok) return failed(before.error);
  const report = diff(before.value, after, options);
  if (!report.ok) return failed(report.error);
  const { verdict } = report.value;
  const words = () => printDiffReport(report.value, { before: file, after: "the program of this test" });
  const update = "where the change is meant, `vitest -u` stores the new program";
  return { pass: verdict === "same" || verdict === "cosmetic", message: () => `${words()}\n${update}` };
}

function failed(diagnostics: readonly Diagnostic[]): Verdict {
  return { pass: false, message: () => renderDiagnostics(diagnostics) };
}
