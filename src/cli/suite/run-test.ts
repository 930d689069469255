// Runs one test: makes its files, runs its RUN lines one after the other in this process, and judges each.

import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { at, type Diagnostic, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
import type { Source, Span } from "../../../ir-spec/base/span.ts";
import type { GoldenOutput } from "../../suite/golden.ts";
import {
  type Capture,
  checkText,
  expectationsOf,
  findUnseen,
  type Judgement,
  judgeRun,
  type ReadyTest,
  type RunFiles,
  readPrefixes,
} from "../../suite/judge.ts";
import { type Places, parseRunLine, type RunLine } from "../../suite/run-line.ts";
import { readTestFile, type TestFile } from "../../suite/test-file.ts";
import { findUnread } from "../../suite/unread.ts";
import { readSource } from "../files.ts";
import type { CliIo, RunTgc } from "../io.ts";
import { writeWhole } from "../write-files.ts";
import { compareExpected } from "./compare-expected.ts";
import { expectedEnding, type TestPlace } from "./find-tests.ts";
import { makeFiles } from "./made-files.ts";

export interface TestResult {
  readonly name: string;
  readonly description: string | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** What was compared with expected files, by RUN line. */
  readonly outputs: readonly GoldenOutput[];
  /** Expected files of the test, there or not. */
  readonly expected: readonly string[];
  readonly elapsedMs: number;
}

export interface TestTools {
  /** The command itself. */
  readonly tgc: RunTgc;
  /** How many tests call each other. */
  readonly depth: number;
  /** For tests without a FAIL-ON line. */
  readonly failOn: string | undefined;
}

/** Runs a test in its own folder. */
export async function runTest(place: TestPlace, tools: TestTools): Promise<TestResult> {
  const start = performance.now();
  const folder = dirname(place.path);
  const source = readSource(folder, basename(place.path));
  if (!source.ok) return { ...noResult(place), diagnostics: source.error };
  const { test, mistakes } = readTestFile(source.value);
  const file = { ...test, failOn: test.failOn ?? tools.failOn };
  // The system may know its temporary folder by another name; messages have the one that it gives.
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), "tgc-test-")));
  const places: Places = { s: basename(place.path), S: ".", t: join(scratch, "t") };
  try {
    const ran = await runLines({ file, mistakes, places, folder, scratch, tools });
    const { diagnostics, ...rest } = ran;
    return {
      name: place.name,
      description: file.description,
      ...rest,
      diagnostics: shownDiagnostics(diagnostics, { place, folder, scratch }),
      elapsedMs: performance.now() - start,
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function noResult({ name }: TestPlace): TestResult {
  return { name, description: undefined, diagnostics: [], outputs: [], expected: [], elapsedMs: 0 };
}

/** A test is called as the caller sees it, not as it is from its own folder; notes may hold what a command printed. */
function shownDiagnostics(
  found: readonly Diagnostic[],
  { place, ...paths }: Paths & { readonly place: TestPlace },
): readonly Diagnostic[] {
  const sources = new Map<Source, Source>();
  const shownSource = (source: Source): Source => {
    const isOwn = source.name === basename(place.path);
    const shown = sources.get(source) ?? (isOwn ? { ...source, name: place.name } : source);
    sources.set(source, shown);
    return shown;
  };
  const shownSpan = (span: Span): Span => ({ ...span, source: shownSource(span.source) });
  return found.map(({ span, notes, ...rest }) => ({
    ...rest,
    ...(span === undefined ? {} : { span: shownSpan(span) }),
    notes: notes.map(({ text, span: where }) => ({
      text: hidePaths(text, paths),
      ...(where === undefined ? {} : { span: shownSpan(where) }),
    })),
  }));
}

interface Running {
  readonly file: TestFile;
  /** What is wrong with its lines; then nothing is run. */
  readonly mistakes: readonly Diagnostic[];
  readonly places: Places;
  readonly folder: string;
  readonly scratch: string;
  readonly tools: TestTools;
}

type Ran = Pick<TestResult, "diagnostics" | "outputs" | "expected">;

async function runLines(running: Running): Promise<Ran> {
  const { file, places } = running;
  const nothing = { outputs: [], expected: [] };
  if (file.runs.length === 0) {
    const start = { source: file.source, start: 0, end: 0 };
    return { ...nothing, diagnostics: [...running.mistakes, at(problem("E1401", { file: places.s }), start)] };
  }
  const read = file.runs.map((written) => parseRunLine(written, places));
  const runs = read.flatMap((run) => (run.ok ? [run.value] : []));
  const wrong = read.flatMap((run) => (run.ok ? [] : run.error));
  const ready: ReadyTest = { file, runs };
  const unread = wrong.length > 0 ? [] : [...findUnread(file.head, readPrefixes(ready)), ...findUnseen(ready)];
  const expected = runs.map((run) => expectedPathOf(places, run));
  const before = [...running.mistakes, ...wrong, ...unread, ...makeFilesOf(running)];
  if (before.length > 0) return { ...nothing, expected, diagnostics: before };
  const judgements: Judgement[] = [];
  for (const run of runs) judgements.push(await runAndJudge(running, ready, run));
  const diagnostics = judgements.flatMap((judgement) => judgement.diagnostics);
  const outputs = judgements.flatMap(({ golden }) => (golden === undefined ? [] : [golden]));
  const isChecked = judgements.some((judgement) => judgement.isChecked);
  const doubled = findDoubled(ready, outputs);
  if (isChecked || diagnostics.length > 0) return { diagnostics: [...diagnostics, ...doubled], outputs, expected };
  const count = runs.length === 1 ? "1 line" : `${runs.length} lines`;
  return { outputs, expected, diagnostics: [at(problem("E1404", { file: places.s, found: count }), runs[0]?.span)] };
}

function makeFilesOf({ file, places, scratch }: Running): readonly Diagnostic[] {
  if (file.files.length === 0) return [];
  mkdirSync(places.t, { recursive: true });
  return makeFiles(file.files, join(scratch, "t"), file.source);
}

/** `a.tg.expected`, of a line with a name `a.tg.name.expected`. */
function expectedPathOf({ s: file }: Places, { name }: RunLine): string {
  return `${file}${name === undefined ? "" : `.${name}`}${expectedEnding}`;
}

/** Two lines with one expected file cannot both keep it. */
function findDoubled({ runs, file }: ReadyTest, outputs: readonly GoldenOutput[]): readonly Diagnostic[] {
  const paths = outputs.map(({ path }) => path);
  const twice = paths.find((path, index) => paths.indexOf(path) !== index);
  if (twice === undefined) return [];
  const why = `several RUN lines are compared with ${twice}; give them names, as in \`RUN(small): ...\``;
  return [at(problem("E1402", { why }), (runs[1] ?? file.runs[0])?.span)];
}

async function runAndJudge(running: Running, ready: ReadyTest, run: RunLine): Promise<Judgement> {
  const { folder, places } = running;
  const expectedPath = expectedPathOf(places, run);
  const expected = readSource(folder, expectedPath);
  const readText = (name: string): Result<Source> => {
    const text = readSource(folder, name);
    return text.ok ? ok({ name: hidePaths(name, running), text: hidePaths(text.value.text, running) }) : text;
  };
  const files: RunFiles = { expectedPath, expected: expected.ok ? expected.value.text : undefined, readText };
  const { program } = run;
  if (program.kind === "split-file") return { diagnostics: [], isChecked: false };
  if (program.kind === "FileCheck") {
    const input = readText(program.call.inputFile ?? "");
    const { call } = program;
    return {
      isChecked: true,
      diagnostics: input.ok ? checkText(ready, run, { call, output: input.value, files }) : input.error,
    };
  }
  const outputs = join(running.scratch, "outputs");
  const expectations = expectationsOf(ready, run);
  const out = expectations.length > 0 && !program.argv.includes("--out") ? ["--out", outputs] : [];
  const capture = await runInProcess([...program.argv, ...out], run, running);
  const unwritten = writeOutput(run, capture, running);
  if (unwritten !== undefined) return { diagnostics: [unwritten], isChecked: true };
  const judged = judgeRun(ready, run, shownCapture(capture, running), files);
  if (capture.exitCode !== 0 || expectations.length === 0) return judged;
  const values = await compareExpected(expectations, { argv: program.argv, folder, outputs, places, run });
  return { ...judged, diagnostics: [...judged.diagnostics, ...values] };
}

/** Writes what goes to the file of `> file`; gives what is wrong where that cannot be. */
function writeOutput(
  { outFile, mergesErrors, span }: RunLine,
  { merged, out }: Capture,
  running: Running,
): Diagnostic | undefined {
  if (outFile === undefined) return undefined;
  const why = writeWhole(resolve(running.folder, outFile), mergesErrors ? merged : out);
  return why === undefined ? undefined : at(problem("E1302", { file: hidePaths(outFile, running), why }), span);
}

type Paths = Pick<Running, "folder" | "scratch">;

/** Neither where a test is nor where its scratch files are shows in what it prints. */
function hidePaths(text: string, { folder, scratch }: Paths): string {
  return text.replaceAll(join(scratch, "t"), "%t").replaceAll(scratch, "%t").replaceAll(folder, "%S");
}

function shownCapture(capture: Capture, paths: Paths): Capture {
  const { out, log, merged } = capture;
  return { ...capture, out: hidePaths(out, paths), log: hidePaths(log, paths), merged: hidePaths(merged, paths) };
}

/** Runs the command with what it would have of a terminal that is none. */
async function runInProcess(
  argv: readonly string[],
  run: RunLine,
  { folder, scratch, tools }: Running,
): Promise<Capture> {
  const written: { readonly stream: "out" | "log"; readonly text: string }[] = [];
  const diagnostics: Diagnostic[] = [];
  const io: CliIo = {
    stdout: (text) => written.push({ stream: "out", text }),
    stderr: (text) => written.push({ stream: "log", text }),
    diagnosed: (found) => diagnostics.push(...found),
    cwd: folder,
    crashFolder: scratch,
    isTerminal: false,
    columns: 100,
    testDepth: tools.depth + 1,
  };
  const before = setEnvironment(run.environment);
  const exitCode = await tools.tgc(argv, io).finally(() => setEnvironment(before.toReversed()));
  const textOf = (stream: "out" | "log"): string =>
    written
      .filter((each) => each.stream === stream)
      .map(({ text }) => text)
      .join("");
  return {
    out: textOf("out"),
    log: textOf("log"),
    merged: written.map(({ text }) => text).join(""),
    exitCode,
    diagnostics,
  };
}

type Variables = readonly { readonly name: string; readonly value: string | undefined }[];

/** Sets variables of the environment and gives what they were; a variable that is set twice is restored last to first. */
function setEnvironment(variables: Variables): Variables {
  return variables.map(({ name, value }) => {
    const before = process.env[name];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
    return { name, value: before };
  });
}
