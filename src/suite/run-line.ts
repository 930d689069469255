// RUN lines: what is run, what is expected of its exit code, and who reads what it prints.
//
//     // RUN: tgc compile %s --target tiny --emit asm
//     // RUN: not tgc compile %s 2>&1 | FileCheck %s
//     // RUN(small): env TGC_WEBGPU=off tgc run %s --dim T=4

import { at, type Diagnostic, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import type { Span } from "../../ir-spec/base/span.ts";
import { type FileCheckCall, parseFileCheckCall } from "./filecheck/options.ts";
import { type ShellToken, splitShellWords } from "./shell-words.ts";

/** A RUN line as it is written; one that ends in `\` has the text of the next one, too. */
export interface WrittenRun {
  readonly name: string | undefined;
  readonly text: string;
  readonly span: Span;
}

export type RunProgram =
  | { readonly kind: "tgc"; readonly argv: readonly string[] }
  /** A file is held to CHECK lines. */
  | { readonly kind: "FileCheck"; readonly call: FileCheckCall }
  /** The parts of the test are files by then. */
  | { readonly kind: "split-file" };

export interface RunLine extends WrittenRun {
  readonly program: RunProgram;
  readonly expectedExit: number;
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  /** What goes to stderr counts as output. */
  readonly mergesErrors: boolean;
  /** The output goes to this file. */
  readonly outFile: string | undefined;
  readonly fileCheck: FileCheckCall | undefined;
}

/** What stands for `%s` and its like. */
export type Places = Readonly<Record<"s" | "S" | "t", string>>;

const placeWords = "%s (this file), %S (its folder), %t (a temporary path) and %% (a percent sign)";

/** Puts values in for `%s` and its like. */
export function replacePlaces(word: string, places: Places): Result<string, string> {
  const wrong = /%%|%([a-zA-Z{])/g;
  for (const [, letter] of word.matchAll(wrong)) {
    if (letter !== undefined && !(letter in places)) return fail(`there is no %${letter}; there are ${placeWords}`);
  }
  return ok(
    word.replace(/%([sSt%])/g, (_all, letter: string) => (letter === "%" ? "%" : places[letter as keyof Places])),
  );
}

/** Reads a RUN line. */
export function parseRunLine(written: WrittenRun, places: Places): Result<RunLine> {
  const tokens = splitShellWords(written.text, (word) => replacePlaces(word, places));
  if (!tokens.ok) return fail([cannotRead(written, tokens.error.why)]);
  const pipe = splitAtPipe(tokens.value);
  if (!pipe.ok) return fail([cannotRead(written, pipe.error)]);
  const { words, mergesErrors, outFile, piped } = pipe.value;
  const call = readCall(words);
  if (!call.ok) return fail([cannotRead(written, call.error)]);
  const fileCheck = piped === undefined ? ok(undefined) : readPipe(piped);
  if (!fileCheck.ok) return fail([cannotRead(written, fileCheck.error)]);
  return ok({ ...written, ...call.value, mergesErrors, outFile, fileCheck: fileCheck.value });
}

function cannotRead({ span }: WrittenRun, why: string): Diagnostic {
  return at(problem("E1402", { why }), span);
}

/** What to write in place of a sign that only a shell knows. */
const signHints: Readonly<Record<string, string>> = {
  "&&": "write two RUN lines",
  "||": "write `not tgc ...` for a command that is to fail",
  ";": "write two RUN lines",
  "&": "RUN lines run one after the other",
  "<": "give the file as an argument; FileCheck takes `--input-file`",
  ">>": "write to `%t.1` and `%t.2`",
  "2>": "write `2>&1`, so that both are the output",
  "&>": "write `2>&1`, so that both are the output",
  "$(": "no shell reads RUN lines",
  "`": "no shell reads RUN lines",
};

interface SplitRun {
  readonly words: readonly string[];
  readonly mergesErrors: boolean;
  readonly outFile: string | undefined;
  readonly piped: readonly string[] | undefined;
}

function splitAtPipe(tokens: readonly ShellToken[]): Result<SplitRun, string> {
  const pipes = tokens.flatMap(({ kind, text }, index) => (kind === "sign" && text === "|" ? [index] : []));
  const [first = tokens.length, second] = pipes;
  if (second !== undefined) return fail("expected one pipe at most, to FileCheck");
  const left = tokens.slice(0, first);
  const right = tokens.slice(first + 1);
  const words: string[] = [];
  let mergesErrors = false;
  let outFile: string | undefined;
  for (let index = 0; index < left.length; index++) {
    const { kind, text } = left[index] as ShellToken;
    if (kind === "word") words.push(text);
    else if (text === "2>&1") mergesErrors = true;
    else if (text === ">" && left[index + 1]?.kind === "word") outFile = (left[++index] as ShellToken).text;
    else return fail(`\`${text}\` has no meaning here; ${signHints[text] ?? "no shell reads RUN lines"}`);
  }
  const sign = right.find(({ kind }) => kind === "sign");
  if (sign !== undefined) return fail(`\`${sign.text}\` has no meaning after FileCheck`);
  const isPiped = pipes.length > 0;
  if (isPiped && outFile !== undefined)
    return fail("the output goes to a file already, so nothing comes through the pipe");
  return ok({ words, mergesErrors, outFile, piped: isPiped ? right.map(({ text }) => text) : undefined });
}

type Call = Pick<RunLine, "program" | "expectedExit" | "environment">;

/** `env A=b`, `not` and the command; in this order or with `not` first. */
function readCall(words: readonly string[]): Result<Call, string> {
  const environment: { name: string; value: string }[] = [];
  let expectedExit = 0;
  let rest = words;
  for (;;) {
    const [first, second = ""] = rest;
    if (first === "env" || (environment.length > 0 && /^\w+=/.test(first ?? ""))) {
      const pair = /^(\w+)=(.*)$/s.exec(first === "env" ? second : (first ?? ""));
      if (pair === null) return fail("expected `env NAME=value` before the command");
      environment.push({ name: pair[1] as string, value: pair[2] as string });
      rest = rest.slice(first === "env" ? 2 : 1);
    } else if (first === "not") {
      const exit = /^--exit=(\d{1,3})$/.exec(second);
      if (second === "--crash") return fail("a crash is never expected; `not tgc ...` expects exit code 1");
      expectedExit = exit === null ? 1 : Number(exit[1]);
      if (expectedExit !== 1 && expectedExit !== 2)
        return fail("`not` takes --exit=1 (mistakes) or --exit=2 (wrong usage)");
      rest = rest.slice(exit === null ? 1 : 2);
    } else break;
  }
  const program = readProgram(rest);
  return program.ok ? ok({ program: program.value, expectedExit, environment }) : program;
}

function readProgram([command, ...rest]: readonly string[]): Result<RunProgram, string> {
  if (command === undefined) return fail("expected `tgc` and its arguments, found nothing");
  if (command === "tgc") return ok({ kind: "tgc", argv: rest });
  if (command === "split-file") return ok({ kind: "split-file" });
  if (command === "FileCheck") {
    const call = parseFileCheckCall(rest);
    if (!call.ok) return call;
    if (call.value.inputFile === undefined) return fail("FileCheck without a pipe needs `--input-file FILE`");
    return ok({ kind: "FileCheck", call: call.value });
  }
  const isTgc = /(^|\/)tgc(\.js|\.ts)?$/.test(rest[0] ?? "") || /(^|\/)tgc(\.js)?$/.test(command);
  const hint = isTgc ? "; write `tgc`, which is this one" : "; RUN lines run tgc's own commands alone";
  return fail(`expected \`tgc\`, found \`${command}\`${hint}`);
}

function readPipe([command, ...rest]: readonly string[]): Result<FileCheckCall, string> {
  if (command === "FileCheck") return parseFileCheckCall(rest);
  const hints: Readonly<Record<string, string>> = {
    tgc: "; write the output to a file with `-o %t.s` and name that in the next RUN line",
    not: "; to exclude a text write CHECK-NOT",
    grep: "; write `| FileCheck %s` and a CHECK line",
    diff: "; the output is compared with the expected file without being told",
  };
  return fail(`expected \`FileCheck\` after the pipe, found \`${command ?? "nothing"}\`${hints[command ?? ""] ?? ""}`);
}
