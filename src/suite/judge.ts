// What a RUN line printed, held to what the test expects of it. Files are handed in, so that this is a function of its arguments.

import { at, type Diagnostic, type Note, problem, type Result } from "../../ir-spec/base/result.ts";
import type { Source } from "../../ir-spec/base/span.ts";
import { compareMarks, type ErrorMark } from "./error-marks.ts";
import { fileCheck } from "./filecheck/file-check.ts";
import { defaultFileCheckOptions, type FileCheckCall } from "./filecheck/options.ts";
import { compareGolden, type GoldenOutput } from "./golden.ts";
import type { RunLine } from "./run-line.ts";
import type { TestFile } from "./test-file.ts";
import { hasDirectives } from "./unread.ts";

/** What a command did. */
export interface Capture {
  readonly out: string;
  readonly log: string;
  /** Both, in the order in which they were written. */
  readonly merged: string;
  readonly exitCode: number;
  readonly diagnostics: readonly Diagnostic[];
}

/** A test with its RUN lines read. */
export interface ReadyTest {
  readonly file: TestFile;
  readonly runs: readonly RunLine[];
}

export interface RunFiles {
  /** The expected file of the line, and its text where there is one. */
  readonly expectedPath: string;
  readonly expected: string | undefined;
  readonly readText: (name: string) => Result<Source>;
}

export interface Judgement {
  readonly diagnostics: readonly Diagnostic[];
  /** Whether anything looked at what the command did. */
  readonly isChecked: boolean;
  readonly golden?: GoldenOutput;
}

/** Commands whose exit code is what they found. */
const verdictCommands: readonly string[] = ["check", "diff"];

/** Judges a RUN line; EXPECT lines are judged apart, by their values. */
export function judgeRun(test: ReadyTest, run: RunLine, capture: Capture, files: RunFiles): Judgement {
  const isExpected = capture.exitCode === run.expectedExit;
  if (!isExpected) return { diagnostics: [wrongExit(run, capture)], isChecked: true };
  const call = fileCheckOf(test, run);
  const marks = marksOf(test, run);
  const hasMarks = marks.length > 0;
  const checked = call === undefined ? [] : runFileCheck(test, run, { call, capture, files });
  const marked = hasMarks ? compareMarks(marks, capture.diagnostics, test.file.source) : [];
  const diagnostics = [...checked, ...marked];
  const isRead = call !== undefined || hasMarks || expectationsOf(test, run).length > 0;
  const output = outputOf(run, capture);
  const isStep = run.outFile !== undefined || (output === "" && run.expectedExit === 0) || isVerdict(run);
  const isGolden = files.expected !== undefined || !(isRead || isStep);
  if (!isGolden) return { diagnostics, isChecked: isRead || isVerdict(run) };
  const golden = compareGolden({ run, output, path: files.expectedPath, wanted: files.expected }, test.file.failOn);
  return { diagnostics: [...diagnostics, ...golden.diagnostics], isChecked: true, golden: golden.output };
}

function isVerdict({ program }: RunLine): boolean {
  return program.kind === "tgc" && verdictCommands.includes(program.argv[0] ?? "");
}

/** What is compared and checked: stdout; of a line that is to fail stderr too. */
export function outputOf({ mergesErrors, expectedExit }: RunLine, { out, log, merged }: Capture): string {
  if (mergesErrors) return merged;
  return expectedExit === 0 ? out : `${out}${log}`;
}

/** As many lines of a log as a person reads in a message. */
const maxLogLines = 12;

function wrongExit({ text, expectedExit, span }: RunLine, { exitCode, log }: Capture): Diagnostic {
  const lines = log.split("\n").filter((line) => line.trim() !== "");
  const notes: readonly Note[] = lines.slice(0, maxLogLines).map((line) => ({ text: line }));
  const more = lines.length - maxLogLines;
  const rest = more > 0 ? [{ text: `and ${more} more lines` }] : [];
  const args = { command: text, found: exitCode, expected: expectedExit };
  return at(problem("E1403", args), span, [...notes, ...rest]);
}

/** The FileCheck that is written, or that of CHECK lines which no line reads by name. */
export function fileCheckOf(test: ReadyTest, run: RunLine): FileCheckCall | undefined {
  if (run.fileCheck !== undefined || run.program.kind !== "tgc") return run.fileCheck;
  const isReadByName = test.runs.some(({ fileCheck: call, program }) => {
    const named = call ?? (program.kind === "FileCheck" ? program.call : undefined);
    return named?.options.prefixes.includes("CHECK") === true;
  });
  if (isReadByName || run.outFile !== undefined || !hasDirectives(test.file.head)) return undefined;
  return { checkFile: test.file.source.name, inputFile: undefined, options: defaultFileCheckOptions };
}

/** Every prefix that some RUN line reads. */
export function readPrefixes(test: ReadyTest): readonly string[] {
  const calls = test.runs.flatMap((run) => {
    const own = run.program.kind === "FileCheck" ? [run.program.call] : [];
    return [...own, fileCheckOf(test, run)].filter((call) => call !== undefined);
  });
  return calls.flatMap(({ options }) => options.prefixes);
}

interface Checking {
  readonly call: FileCheckCall;
  readonly capture: Capture;
  readonly files: RunFiles;
}

function runFileCheck(test: ReadyTest, run: RunLine, { call, capture, files }: Checking): readonly Diagnostic[] {
  const line = run.name === undefined ? "" : `(${run.name})`;
  // The command's own words are enough to know it by; the rest of the line would hide where in the output something is.
  const command = run.program.kind === "tgc" ? (run.program.argv[0] ?? "") : "FileCheck";
  const name = `output of RUN${line} tgc ${command}`;
  const input = call.inputFile === undefined ? undefined : files.readText(call.inputFile);
  if (input?.ok === false) return input.error;
  const output = input?.value ?? {
    name,
    text: run.fileCheck === undefined ? outputOf(run, capture) : pipedOf(run, capture),
  };
  return checkText(test, run, { call, output, files });
}

/** Through a pipe comes what a shell would let through: stderr where it was joined alone. */
function pipedOf({ mergesErrors }: RunLine, { out, merged }: Capture): string {
  return mergesErrors ? merged : out;
}

/** Holds a text to the CHECK lines of the call's file. */
export function checkText(
  test: ReadyTest,
  { span }: RunLine,
  {
    call,
    output,
    files,
  }: { readonly call: FileCheckCall; readonly output: Source; readonly files: Pick<RunFiles, "readText"> },
): readonly Diagnostic[] {
  const { source, head } = test.file;
  const checkFile =
    call.checkFile === source.name ? { ok: true as const, value: head } : files.readText(call.checkFile);
  if (!checkFile.ok) return checkFile.error;
  const run = { checkFile: checkFile.value, output, options: call.options, span, otherPrefixes: readPrefixes(test) };
  return fileCheck(run);
}

/** Marks for a line: its own, and those without a name where it is to fail. */
export function marksOf({ file }: ReadyTest, { name, expectedExit }: RunLine): readonly ErrorMark[] {
  return file.marks.filter((mark) => (mark.run === undefined ? expectedExit === 1 : mark.run === name));
}

/** EXPECT lines for a line: its own, and those without a name where it runs a program. */
export function expectationsOf({ file }: ReadyTest, { name, program }: RunLine) {
  const runsProgram = program.kind === "tgc" && program.argv[0] === "run";
  return file.expectations.filter(({ run }) => runsProgram && (run === undefined || run === name));
}

/** Marks and EXPECT lines that no RUN line looks at. */
export function findUnseen(test: ReadyTest): readonly Diagnostic[] {
  const { file, runs } = test;
  const unseenMarks = file.marks.filter((mark) => !runs.some((run) => marksOf(test, run).includes(mark)));
  const unseen = file.expectations.filter((each) => !runs.some((run) => expectationsOf(test, run).includes(each)));
  const why = (run: string | undefined, what: string): string =>
    run === undefined ? `no RUN line ${what}` : `no RUN line is called ${run} and ${what}`;
  return [
    ...unseenMarks.map(({ run, span }) =>
      at(problem("E1420", { directive: "ERROR", why: why(run, "is to fail; write `not tgc ...`") }), span),
    ),
    ...unseen.map(({ run, span }) =>
      at(problem("E1420", { directive: "EXPECT", why: why(run, "runs `tgc run`") }), span),
    ),
  ];
}
