// Golden tests: a case is a text file whose first line says how `tgc` is run on it; what the run prints is compared with
// the `.out` file beside it. Here is all but the tests themselves, which are in golden.test.ts.
//
//     // RUN: opt % --passes fuse          the arguments; % is this file
//     // A bias is fused into the matmul.   what the case shows, in one sentence
//
// `FAIL:` instead of `RUN:` expects exit code 1 and compares what stands on stderr too. A file in a folder named `inputs`
// is no case, but read by cases. BLESS=1 writes the `.out` files anew.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, parse, relative } from "node:path";
import type { CliIo } from "../../src/cli/io.ts";

/** Runs the command in this process and gives its exit code. */
export type RunCli = (argv: readonly string[], io: CliIo) => Promise<number>;

export interface GoldenCase {
  /** From the golden folder, with forward slashes. */
  readonly name: string;
  readonly path: string;
  readonly outPath: string;
  readonly arguments: readonly string[];
  /** Whether the command is expected to report a mistake. */
  readonly fails: boolean;
  readonly sentence: string;
}

/** An expected output longer than this is not read by anyone who reviews it. */
export const maxOutLines = 200;

const headPattern = /^(?:\/\/|#|;) (RUN|FAIL): (.+)\n(?:\/\/|#|;) (.+)\n/;

/** Lists the files of a golden folder that are cases: all but code, expected outputs and what lies in `inputs`. */
const listCaseFiles = (folder: string): readonly string[] =>
  listFiles(folder).filter((path) => !/\.(ts|out)$/.test(path) && basename(dirname(path)) !== "inputs");

const listFiles = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

/** Splits arguments at blanks outside double quotes, and puts the file's name for `%`. */
const splitArguments = (text: string, fileName: string): readonly string[] =>
  (text.match(/(?:"[^"]*"|[^\s"])+/g) ?? []).map((word) => word.replaceAll('"', "").replaceAll("%", fileName));

/** Reads all cases of a golden folder; throws at a file without the two lines at its top. */
export const readCases = (folder: string): readonly GoldenCase[] =>
  listCaseFiles(folder).map((path) => {
    const head = headPattern.exec(readFileSync(path, "utf8"));
    if (head === null) {
      throw new Error(
        `${path}: the first two lines must be "// RUN: <arguments>" (or FAIL) and "// <what the case shows>"`,
      );
    }
    const [, kind = "", argumentText = "", sentence = ""] = head;
    const { dir, name } = parse(path);
    return {
      name: relative(folder, path).replaceAll("\\", "/"),
      path,
      outPath: join(dir, `${name}.out`),
      arguments: splitArguments(argumentText, basename(path)),
      fails: kind === "FAIL",
      sentence,
    };
  });

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
  const { found, log, exitCode } = await capture(golden, runCli);
  const wantedCode = golden.fails ? 1 : 0;
  if (exitCode !== wantedCode) throw new Error(`exit code ${exitCode}, wanted ${wantedCode}; stderr:\n${log}`);

  const lineCount = found.split("\n").length - 1;
  if (lineCount > maxOutLines)
    throw new Error(`${lineCount} lines of output, at most ${maxOutLines}; make the case smaller`);

  const isMissing = !existsSync(golden.outPath);
  if (bless && (isMissing || readFileSync(golden.outPath, "utf8") !== found)) writeFileSync(golden.outPath, found);
  if (!bless && isMissing)
    throw new Error(`${golden.outPath} is missing; read this and then run npm run bless:\n${found}`);
  return { found, wanted: readFileSync(golden.outPath, "utf8") };
};

const capture = async (golden: GoldenCase, runCli: RunCli) => {
  const out: string[] = [];
  const log: string[] = [];
  const exitCode = await runCli(golden.arguments, {
    stdout: (text) => out.push(text),
    stderr: (text) => log.push(text),
    cwd: dirname(golden.path),
    crashFolder: tmpdir(),
    isTerminal: false,
    columns: 100,
  });
  const printed = golden.fails ? [...out, ...log] : out;
  return { found: printed.join(""), log: log.join(""), exitCode };
};
