// `tgc test`: runs tests of programs, or takes over their new outputs.

import { at, type Diagnostic, fail, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
import { renderDiagnostics } from "../../report/diagnostics.ts";
import { printOutput, printSuite, suiteJson } from "../../report/print-suite.ts";
import { printJunit } from "../../suite/junit.ts";
import { hasPassed, type SuiteResult } from "../../suite/suite-result.ts";
import type { CommandContext, CommandResult, OutFile } from "../outcome.ts";
import type { Given } from "../specs.ts";
import { afterBless, blessedFiles, findNamed } from "../suite/bless.ts";
import { findChanged } from "../suite/changed.ts";
import { type FoundTests, findTests, type TestPlace } from "../suite/find-tests.ts";
import { runTests } from "../suite/pool.ts";
import type { TestResult } from "../suite/run-test.ts";
import { findStale } from "../suite/stale.ts";

type Options = Given<"test">["options"];

/** A test of `tgc test` calls it; one that calls itself would never end. */
const maxDepth = 1;

export async function testCommand({ args, options }: Given<"test">, context: CommandContext): Promise<CommandResult> {
  const depth = context.io.testDepth ?? 0;
  if (depth > maxDepth) return fail([at(problem("E1425", { depth }), undefined)]);
  const paths = args.paths.length === 0 ? ["."] : args.paths;
  const found = findTests(context.io.cwd, paths);
  if (!found.ok) return found;
  const chosen = chooseTests(found.value, options, context.io.cwd);
  if (!chosen.ok) return chosen;
  const results = await runTests(chosen.value, {
    tgc: context.tgc,
    depth,
    failOn: options.failOn,
    jobs: options.jobs,
    onDone: ({ name }, done) => context.io.progress?.(progressLine(name, done, chosen.value.length)),
  });
  if (options.bless !== undefined) return blessed(results);
  const suite: SuiteResult = { tests: results, diagnostics: findStale(found.value, results) };
  return report(suite, options);
}

/** One line that is written over again. */
function progressLine(name: string, done: number, count: number): string {
  return done === count ? "\r\u001b[K" : `\r\u001b[K${done} of ${count}: ${name.slice(0, 60)}`;
}

function chooseTests(found: FoundTests, options: Options, cwd: string): Result<readonly TestPlace[]> {
  const filter = options.filter === undefined ? ok(undefined) : makeFilter(options.filter);
  if (!filter.ok) return filter;
  if (options.bless !== undefined) return findNamed(found.tests, options.bless);
  const reference = options.since ?? (options.changed ? "HEAD" : undefined);
  const changed = reference === undefined ? ok(found.tests) : findChanged(cwd, found, reference);
  if (!changed.ok) return changed;
  const { value: form } = filter;
  return ok(form === undefined ? changed.value : changed.value.filter(({ name }) => form.test(name)));
}

function makeFilter(text: string): Result<RegExp> {
  try {
    return ok(new RegExp(text));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return fail([at(problem("E1426", { option: "--filter", text, why }), undefined)]);
  }
}

function report(suite: SuiteResult, { junit, verbose: isVerbose }: Options): CommandResult {
  const hasFailed = suite.diagnostics.length > 0 || suite.tests.some((test) => !hasPassed(test));
  const render = (diagnostics: readonly Diagnostic[]) => renderDiagnostics(diagnostics, { color: false });
  const files: readonly OutFile[] = junit === undefined ? [] : [{ path: junit, content: printJunit(suite, render) }];
  const [text, colored] = [false, true].map((color) => printSuite(suite, { color, isVerbose })) as [string, string];
  return ok({ exitCode: hasFailed ? 1 : 0, text, colored, json: suiteJson(suite), files });
}

/** Shows each change with what it means, and writes the files. */
function blessed(results: readonly TestResult[]): CommandResult {
  const files = results.flatMap(blessedFiles);
  const left: SuiteResult = { tests: results.map(afterBless).filter((test) => !hasPassed(test)), diagnostics: [] };
  const print = (color: boolean): string => {
    const changes = results
      .filter((result) => blessedFiles(result).length > 0)
      .flatMap(({ name, outputs }) =>
        outputs
          .map((output) => printOutput(output, color))
          .filter((text) => text !== "")
          .map((text) => `${name}\n${text}\n\n`),
      );
    const rest = left.tests.length === 0 ? "" : printSuite(left, { color, isVerbose: false });
    const count = files.length === 1 ? "1 expected file" : `${files.length} expected files`;
    return `${changes.join("")}${rest}${files.length === 0 ? "no expected file changes" : `${count} written`}\n`;
  };
  const json = {
    ...suiteJson({ tests: results.map(afterBless), diagnostics: [] }),
    written: files.map(({ path }) => path),
  };
  return ok({ exitCode: left.tests.length > 0 ? 1 : 0, text: print(false), colored: print(true), json, files });
}
