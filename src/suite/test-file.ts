// A test: a file whose first lines say what is run on it and what is expected. What is after a line `//--- name` is a file of its own,
// made for the run, and says nothing to the test itself.

import { at, type Diagnostic, problem, type Result } from "../../ir-spec/base/result.ts";
import type { Source, Span } from "../../ir-spec/base/span.ts";
import { editDistance } from "../../ir-spec/base/suggest.ts";
import { failOnForm } from "../diff/fail-on.ts";
import { type ErrorMark, parseErrorMark } from "./error-marks.ts";
import { type Expectation, parseExpectation } from "./expectations.ts";
import type { WrittenRun } from "./run-line.ts";

/** A file that is made for the run, in the folder `%t`. */
export interface MadeFile {
  readonly name: string;
  /** Its text, or the words that say how it is made. */
  readonly content:
    | { readonly kind: "text"; readonly text: string }
    | { readonly kind: "words"; readonly words: string };
  readonly span: Span;
}

export interface TestFile {
  readonly source: Source;
  /** The lines that belong to the test itself. */
  readonly head: Source;
  /** The first comment that is no directive. */
  readonly description: string | undefined;
  readonly runs: readonly WrittenRun[];
  readonly marks: readonly ErrorMark[];
  readonly expectations: readonly Expectation[];
  readonly files: readonly MadeFile[];
  /** What a difference must be for a program to fail, as for `tgc diff`; else every character counts. */
  readonly failOn: string | undefined;
}

export interface ReadTest {
  readonly test: TestFile;
  readonly mistakes: readonly Diagnostic[];
}

const partForm = /^(?:\/\/|#|;)--- (\S+)[ \t]*\r?$/;

/** Reads a test; what is wrong with a line does not keep the others from being read. */
export function readTestFile(source: Source): ReadTest {
  const lines = splitLines(source);
  const firstPart = lines.findIndex(({ text }) => partForm.test(text));
  const headLines = firstPart < 0 ? lines : lines.slice(0, firstPart);
  const last = headLines.at(-1);
  const head: Source = {
    name: source.name,
    text: source.text.slice(0, last === undefined ? 0 : last.start + last.text.length),
  };
  const reading = readHead(headLines.map((line) => ({ ...line, source })));
  const parts = firstPart < 0 ? [] : readParts(source, lines.slice(firstPart));
  const description = headLines
    .map(({ text }) => /^\s*(?:\/\/|#|;)+\s+(\S.*)$/.exec(text.trimEnd())?.[1])
    .find(isDescription);
  const { mistakes, files, ...rest } = reading;
  return { test: { source, head, description, ...rest, files: [...files, ...parts] }, mistakes };
}

function isDescription(text: string | undefined): boolean {
  return text !== undefined && !/^[A-Z][A-Z\d_-]*(\(\w*\))?(@\S+)?:/.test(text) && !/^FILE \S+:/.test(text);
}

interface Line {
  readonly text: string;
  readonly start: number;
  /** Counted from 1. */
  readonly number: number;
}

function splitLines({ text }: Source): readonly Line[] {
  let start = 0;
  return text.split("\n").map((line, index) => {
    const found = { text: line, start, number: index + 1 };
    start += line.length + 1;
    return found;
  });
}

function readParts(source: Source, lines: readonly Line[]): readonly MadeFile[] {
  const starts = lines.filter(({ text }) => partForm.test(text));
  return starts.map((line, index) => {
    const from = line.start + line.text.length + 1;
    const text = withoutMarks(source.text.slice(from, starts[index + 1]?.start ?? source.text.length), line.text);
    const span = { source, start: line.start, end: line.start + line.text.length };
    return { name: partForm.exec(line.text)?.[1] ?? "", content: { kind: "text", text }, span };
  });
}

/**
 * A part of a program that is itself run is written in comments, so that it is no part of the program: where every line has the
 * mark of the line that begins the part, it is left out.
 */
function withoutMarks(text: string, first: string): string {
  const mark = first.slice(0, first.indexOf("---"));
  const lines = text.replace(/\n+$/, "").split("\n");
  if (!lines.every((line) => line.startsWith(mark))) return text;
  return lines.map((line) => `${line.slice(mark.length).replace(/^ /, "")}\n`).join("");
}

type PlacedLine = Line & { readonly source: Source };

/** Changed in place while the lines are read. */
interface Head {
  readonly runs: WrittenRun[];
  readonly marks: ErrorMark[];
  readonly expectations: Expectation[];
  readonly files: MadeFile[];
  failOn: string | undefined;
  readonly mistakes: Diagnostic[];
}

// Forms of lines without the blanks at their ends; no two repetitions of blanks meet, as they would take quadratic time.
const comment = "^\\s*(?:(?:\\/\\/+|#+|;+)\\s*)?";
const runForm = new RegExp(`${comment}RUN(?:\\((\\w+)\\))?:\\s*(.*)$`);
const expectForm = new RegExp(`${comment}EXPECT(?:\\((\\w+)\\))?:\\s*(.*)$`);
const fileForm = new RegExp(`${comment}FILE (\\S+):\\s*(.*)$`);
const failOnLineForm = new RegExp(`${comment}FAIL-ON:\\s*(.*)$`);
const errorForm = /(?:\/\/|#|;)[\s^~]*ERROR(?:\((\w+)\))?(?:@([^\s:]*(?::\d+)?))?:\s*(.*)$/;

function readHead(lines: readonly PlacedLine[]): Head {
  const head: Head = { runs: [], marks: [], expectations: [], files: [], failOn: undefined, mistakes: [] };
  let continued = false;
  for (const line of lines) continued = readLine(line, head, continued);
  const names = head.runs.map(({ name }) => name);
  for (const [index, { name, span }] of head.runs.entries()) {
    const isTwice = name !== undefined && names.indexOf(name) !== index;
    if (isTwice) head.mistakes.push(at(problem("E1402", { why: `two RUN lines are called ${name}` }), span));
  }
  return head;
}

/** Reads a line into `head`, which is changed in place; says whether the next RUN line continues it. */
function readLine(line: PlacedLine, head: Head, continued: boolean): boolean {
  const text = line.text.trimEnd();
  const run = runForm.exec(text);
  if (run !== null)
    return addRun(head, { name: run[1], text: run[2] ?? "", span: spanOf(line, run[2] ?? "RUN") }, continued);
  const expect = expectForm.exec(text);
  const file = fileForm.exec(text);
  const failOn = failOnLineForm.exec(text);
  const error = errorForm.exec(text);
  if (expect !== null) {
    const span = spanOf(line, expect[2] || "EXPECT");
    take(parseExpectation(expect[2] ?? "", { run: expect[1], span }), head.expectations, head);
  } else if (file !== null) {
    const span = spanOf(line, file[1] ?? "");
    head.files.push({ name: file[1] ?? "", content: { kind: "words", words: file[2] ?? "" }, span });
  } else if (failOn !== null) {
    if (failOnForm.test(failOn[1] ?? "")) head.failOn = failOn[1];
    else head.mistakes.push(malformed(line, "FAIL-ON", "expected meaning, performance, performance:5% or cosmetic"));
  } else if (error !== null) {
    const span = spanOf(line, error[0].slice(error[0].indexOf("ERROR")));
    take(parseErrorMark(error[3] ?? "", { run: error[1], place: error[2], line: line.number, span }), head.marks, head);
  } else head.mistakes.push(...findMisspelled(line));
  return false;
}

function addRun(head: Head, run: WrittenRun, continued: boolean): boolean {
  const isContinued = run.text.endsWith("\\");
  const text = isContinued ? run.text.slice(0, -1).trimEnd() : run.text;
  const before = head.runs.at(-1);
  if (continued && before !== undefined)
    head.runs[head.runs.length - 1] = { ...before, text: `${before.text} ${text}` };
  else head.runs.push({ ...run, text });
  return isContinued;
}

function take<T>(read: Result<T, Diagnostic>, list: T[], { mistakes }: Head): void {
  if (read.ok) list.push(read.value);
  else mistakes.push(read.error);
}

/** Where a part of a line is. */
function spanOf({ source, start, text }: PlacedLine, part: string): Span {
  const offset = Math.max(0, text.lastIndexOf(part));
  return { source, start: start + offset, end: start + offset + part.length };
}

function malformed(line: PlacedLine, directive: string, why: string): Diagnostic {
  return at(problem("E1420", { directive, why }), spanOf(line, line.text.trim()));
}

const names = ["RUN", "EXPECT", "FILE", "FAIL-ON", "ERROR"];

/** `RUN tgc ...`, `RUN :`, `Run:`, `RUNS:`, `EXPCT:`. */
function findMisspelled(line: PlacedLine): readonly Diagnostic[] {
  const [, word = "", after = ""] =
    /^\s*(?:\/\/+|#+|;+)\s*([A-Za-z][A-Za-z_-]*)(?:\(\w*\)|@\S*)?(\s*:|\s+(?:not |env )?tgc )/.exec(line.text) ?? [];
  if (word === "") return [];
  const known = names.find((name) => {
    if (word === name) return after !== ":";
    const isShouted = word === word.toUpperCase();
    return (
      word.toUpperCase() === name ||
      (after.trim() === ":" && isShouted && word !== "COM" && editDistance(word, name) === 1)
    );
  });
  if (known === undefined) return [];
  const notes = [{ text: `write \`${known}:\`` }];
  return [at(problem("E1414", { found: word, expected: names.join(", ") }), spanOf(line, word), notes)];
}
