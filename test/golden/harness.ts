// Golden tests: a case is a text file whose first line says how `tgc` is run on it; what the run prints is compared with
// the `.out` file beside it. Here is all but the tests themselves, which are in golden.test.ts.
//
//     // RUN: opt % --passes fuse          the arguments; % is this file
//     // A bias is fused into the matmul.   what the case shows, in one sentence
//
// `FAIL:` instead of `RUN:` expects exit code 1 and compares what is on stderr too. A file in a folder named `inputs`
// is no case, but read by cases. BLESS=1 writes the `.out` files again.
//
//     // WITH few.json: machine tiny with semaphores=1    a file made for the run (make-inputs.ts)
//     // WITH TGC_WEBGPU=off                               an environment variable of the run
//
// Lines of this kind may follow. A case that makes files runs in a folder of its own, where only it and they are.
//
// What no text can cause, a program that calls the library can: then the case is a TypeScript file in `errors`, named after
// the code. Its first line is the sentence, and it exports `cause`, which gives the diagnostics to print and to compare.
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, parse, relative } from "node:path";
import { pathToFileURL } from "node:url";
import type { Diagnostic } from "../../ir-spec/base/result.ts";
import type { CliIo } from "../../src/cli/io.ts";
import { renderDiagnostics } from "../../src/report/diagnostics.ts";
import { makeInput } from "./make-inputs.ts";

/** Runs the command in this process and gives its exit code. */
export type RunCli = (argv: readonly string[], io: CliIo) => Promise<number>;

/** What a TypeScript case exports as `cause`: what the library says of something wrong. */
export type Cause = () => readonly Diagnostic[] | Promise<readonly Diagnostic[]>;

interface Case {
  /** From the golden folder, with forward slashes. */
  readonly name: string;
  readonly path: string;
  readonly outPath: string;
  readonly sentence: string;
}

/** A text that says how the command is run on it. */
export interface CommandCase extends Case {
  readonly kind: "command";
  readonly arguments: readonly string[];
  /** Whether the command is expected to report a mistake. */
  readonly fails: boolean;
  /** Files to make for the run, by name: what makes them, in words. */
  readonly inputs: readonly Given[];
  readonly environment: readonly Given[];
}

/** A program that calls the library. */
export interface LibraryCase extends Case {
  readonly kind: "library";
}

export type GoldenCase = CommandCase | LibraryCase;

export interface Given {
  readonly name: string;
  readonly text: string;
}

/** An expected output longer than this is not read by anyone who reviews it. */
export const maxOutLines = 200;

const headPattern = /^(?:\/\/|#|;) (RUN|FAIL): (.+)\n(?:\/\/|#|;) (.+)\n((?:(?:\/\/|#|;) WITH .+\n)*)/;
const libraryHeadPattern = /^\/\/ (.+)\n/;
const libraryFilePattern = /^E\d{4}\.ts$/;

/** Lists the files of a golden folder that are cases: all but other code, expected outputs and what lies in `inputs`. */
const listCaseFiles = (folder: string): readonly string[] =>
  listFiles(folder).filter((path) => {
    const isCode = path.endsWith(".ts") && !libraryFilePattern.test(basename(path));
    return !isCode && !path.endsWith(".out") && basename(dirname(path)) !== "inputs";
  });

const listFiles = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

/** Splits arguments at blanks outside double quotes, and puts the file's name for `%`. */
const splitArguments = (text: string, fileName: string): readonly string[] =>
  (text.match(/(?:"[^"]*"|[^\s"])+/g) ?? []).map((word) => word.replaceAll('"', "").replaceAll("%", fileName));

/** Reads all cases of a golden folder; throws at a file without the lines at its top. */
export const readCases = (folder: string): readonly GoldenCase[] =>
  listCaseFiles(folder).map((path) => {
    const { dir, name } = parse(path);
    const outPath = join(dir, `${name}.out`);
    const place = { name: relative(folder, path).replaceAll("\\", "/"), path, outPath };
    return path.endsWith(".ts") ? readLibraryCase(place) : readCommandCase(place);
  });

type CasePlace = Omit<Case, "sentence">;

const readLibraryCase = (place: CasePlace): LibraryCase => {
  const [, sentence] = libraryHeadPattern.exec(readFileSync(place.path, "utf8")) ?? [];
  if (sentence === undefined) throw new Error(`${place.path}: the first line must be "// <what the case shows>"`);
  return { kind: "library", ...place, sentence };
};

const readCommandCase = (place: CasePlace): CommandCase => {
  const head = headPattern.exec(readFileSync(place.path, "utf8"));
  if (head === null) {
    throw new Error(
      `${place.path}: the first two lines must be "// RUN: <arguments>" (or FAIL) and "// <what the case shows>"`,
    );
  }
  const [, kind = "", argumentText = "", sentence = "", withLines = ""] = head;
  const given = withLines
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => readWith(line, place.path));
  return {
    kind: "command",
    ...place,
    arguments: splitArguments(argumentText, basename(place.path)),
    fails: kind === "FAIL",
    inputs: given.filter(({ sign }) => sign === ":"),
    environment: given.filter(({ sign }) => sign === "="),
    sentence,
  };
};

/** `// WITH file: what makes it` or `// WITH NAME=value`. */
const readWith = (line: string, path: string): Given & { readonly sign: string } => {
  const [, name = "", sign = "", text = ""] = /^\S+ WITH ([^\s:=]+)(:|=) *(.+)$/.exec(line) ?? [];
  if (name === "") throw new Error(`${path}: ${line} is neither "WITH file: ..." nor "WITH NAME=value"`);
  return { name, sign, text };
};

/** Names what no case can explain: expected outputs without a case, and those that two cases claim. */
export const findStrayOutputs = (folder: string, cases: readonly GoldenCase[]): readonly string[] => {
  const claimed = cases.map((golden) => golden.outPath);
  const orphans = listFiles(folder).filter((path) => path.endsWith(".out") && !claimed.includes(path));
  const contested = cases.filter(({ outPath }, index) => claimed.indexOf(outPath) !== index);
  return [
    ...orphans.map((path) => `${path} has no case; remove it`),
    ...contested.map(
      ({ name, outPath }) => `${outPath} is claimed by another case than ${name} too; rename one of them`,
    ),
  ];
};

/**
 * Runs one case in its own folder and compares, or with `bless` writes, its expected output. Returns both texts for the
 * test to compare; throws when the exit code is not the one expected or the expected output cannot be used.
 */
export const runCase = async (
  golden: GoldenCase,
  runCli: RunCli,
  bless: boolean,
): Promise<{ readonly found: string; readonly wanted: string }> => {
  const found = golden.kind === "library" ? await captureLibrary(golden) : await captureCommand(golden, runCli);
  const lineCount = found.split("\n").length - 1;
  if (lineCount > maxOutLines)
    throw new Error(`${lineCount} lines of output, at most ${maxOutLines}; make the case smaller`);

  const isMissing = !existsSync(golden.outPath);
  if (bless && (isMissing || readFileSync(golden.outPath, "utf8") !== found)) writeFileSync(golden.outPath, found);
  if (!bless && isMissing)
    throw new Error(`${golden.outPath} is missing; read this and then run npm run bless:\n${found}`);
  return { found, wanted: readFileSync(golden.outPath, "utf8") };
};

/** Prints what the library says as the command would. */
const captureLibrary = async ({ path }: LibraryCase): Promise<string> => {
  const { cause } = (await import(pathToFileURL(path).href)) as { readonly cause?: Cause };
  if (cause === undefined) throw new Error(`${path} exports no \`cause\``);
  const diagnostics = await cause();
  if (diagnostics.length === 0) throw new Error(`${path} causes no diagnostic`);
  return renderDiagnostics(diagnostics, { color: false });
};

const captureCommand = async (golden: CommandCase, runCli: RunCli): Promise<string> => {
  const hasInputs = golden.inputs.length > 0;
  const folder = hasInputs ? mkdtempSync(join(tmpdir(), "tgc-golden-run-")) : dirname(golden.path);
  const before = Object.fromEntries(golden.environment.map(({ name }) => [name, process.env[name]]));
  setEnvironment(Object.fromEntries(golden.environment.map(({ name, text }) => [name, text])));
  try {
    if (hasInputs) fillRunFolder(folder, golden);
    const { found, log, exitCode } = await capture(golden, runCli, folder);
    const wantedCode = golden.fails ? 1 : 0;
    if (exitCode !== wantedCode) throw new Error(`exit code ${exitCode}, expected ${wantedCode}; stderr:\n${log}`);
    return found;
  } finally {
    setEnvironment(before);
    if (hasInputs) rmSync(folder, { recursive: true });
  }
};

const setEnvironment = (values: Readonly<Record<string, string | undefined>>): void => {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
};

/** Puts the case and the inputs made for it into a folder. */
const fillRunFolder = (folder: string, { path, inputs }: CommandCase): void => {
  copyFileSync(path, join(folder, basename(path)));
  for (const { name, text } of inputs) {
    writeFileSync(join(folder, name), makeInput(text, { name, caseText: readFileSync(path, "utf8") }));
  }
};

const capture = async (golden: CommandCase, runCli: RunCli, cwd: string) => {
  const out: string[] = [];
  const log: string[] = [];
  const exitCode = await runCli(golden.arguments, {
    stdout: (text) => out.push(text),
    stderr: (text) => log.push(text),
    cwd,
    crashFolder: tmpdir(),
    isTerminal: false,
    columns: 100,
  });
  const printed = golden.fails ? [...out, ...log] : out;
  return { found: printed.join(""), log: log.join(""), exitCode };
};
