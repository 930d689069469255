// The golden harness itself: what it compares, what it writes, and what it refuses.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { type CommandCase, findStrayOutputs, maxOutLines, type RunCli, readCases, runCase } from "./harness.ts";

const folder = mkdtempSync(join(tmpdir(), "tgc-golden-"));
beforeEach(() => {
  rmSync(folder, { recursive: true });
  mkdirSync(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): void => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
};
const onlyCase = (): CommandCase => {
  const [golden, ...more] = readCases(folder);
  if (golden?.kind !== "command" || more.length > 0) throw new Error("not exactly one case");
  return golden;
};

/** Stands for the command: prints its arguments, and ends with the given code. */
const echo =
  (exitCode: number): RunCli =>
  async (argv, io) => {
    io.stdout(`${argv.join("|")}\n`);
    io.stderr("a remark\n");
    return exitCode;
  };

test("arguments are split at blanks, quotes keep them together, % is the file", () => {
  write("text/a.tg", '// RUN: opt % --passes "a, b" -o x/%\n// Shows it.\ngraph\n');
  const golden = onlyCase();
  expect(golden.arguments).toEqual(["opt", "a.tg", "--passes", "a, b", "-o", "x/a.tg"]);
  expect([golden.name, golden.sentence, golden.fails]).toEqual(["text/a.tg", "Shows it.", false]);
});

test("stdout is compared for RUN, stderr as well for FAIL", async () => {
  write("a.tg", "// RUN: print %\n// Shows it.\n");
  write("a.out", "print|a.tg\n");
  expect(await runCase(onlyCase(), echo(0), false)).toEqual({ found: "print|a.tg\n", wanted: "print|a.tg\n" });
  write("a.tg", "// FAIL: print %\n// Shows it.\n");
  expect((await runCase(onlyCase(), echo(1), false)).found).toBe("print|a.tg\na remark\n");
});

test("another exit code than the expected one is an error that shows stderr", async () => {
  write("a.tg", "// RUN: print %\n// Shows it.\n");
  await expect(runCase(onlyCase(), echo(3), true)).rejects.toThrow(/exit code 3, expected 0; stderr:\na remark/);
  write("a.tg", "// FAIL: print %\n// Shows it.\n");
  await expect(runCase(onlyCase(), echo(0), true)).rejects.toThrow(/exit code 0, expected 1/);
});

test("a missing output says how to bless, and blessing writes it", async () => {
  write("a.tg", "// RUN: print %\n// Shows it.\n");
  await expect(runCase(onlyCase(), echo(0), false)).rejects.toThrow(/missing; .* npm run bless/);
  await runCase(onlyCase(), echo(0), true);
  expect(readFileSync(join(folder, "a.out"), "utf8")).toBe("print|a.tg\n");
});

test("an output that nobody would read is refused", async () => {
  write("a.tg", "// RUN: print %\n// Shows it.\n");
  const runLong: RunCli = async (_argv, io) => {
    io.stdout("a\n".repeat(maxOutLines + 1));
    return 0;
  };
  await expect(runCase(onlyCase(), runLong, true)).rejects.toThrow(/201 lines/);
});

test("a case without its two lines is refused, a file in inputs/ is none", () => {
  write("inputs/machine.json", "{}");
  expect(readCases(folder)).toEqual([]);
  write("a.tg", "// RUN: print %\ngraph\n");
  expect(() => readCases(folder)).toThrow(/first two lines/);
});

test("WITH makes files in a folder of the run, and sets the environment for it alone", async () => {
  write(
    "a.tg",
    '// RUN: print b.txt\n// Shows it.\n// WITH b.txt: text "ab\\n" 3 times\n// WITH TGC_GOLDEN=x=y\ngraph\n',
  );
  write("a.out", "ab\nab\nab\n// RUN: x=y");
  let cwd = "";
  const readAll: RunCli = async ([, name = ""], io) => {
    cwd = io.cwd;
    const [, run = ""] = /^(.{7})/.exec(readFileSync(join(cwd, "a.tg"), "utf8")) ?? [];
    io.stdout(`${readFileSync(join(cwd, name), "utf8")}${run} ${process.env.TGC_GOLDEN}`);
    return 0;
  };
  const { found, wanted } = await runCase(onlyCase(), readAll, false);
  expect(found).toBe(wanted);
  expect([existsSync(cwd), process.env.TGC_GOLDEN, readdirSync(folder)]).toEqual([false, undefined, ["a.out", "a.tg"]]);
});

test("words of WITH that nothing understands are refused", async () => {
  write("a.tg", "// RUN: print %\n// Shows it.\n// WITH nothing\n");
  expect(() => readCases(folder)).toThrow(/neither "WITH file: ..." nor "WITH NAME=value"/);
  write("a.tg", "// RUN: print %\n// Shows it.\n// WITH b.txt: magic\n");
  await expect(runCase(onlyCase(), echo(0), false)).rejects.toThrow(/expected one of machine, image, text, arrays/);
});

test("a TypeScript case is named after its code; its diagnostics are printed as the command does", async () => {
  write("errors/support.ts", "export const other = 1;\n");
  const diagnostic = '{ code: "E0501", args: { name: "cze" }, notes: [] }';
  write("errors/E0501.ts", `// Shows it.\nexport const cause = () => [${diagnostic}];\n`);
  write("errors/E0501.out", "");
  const [golden, ...more] = readCases(folder);
  if (golden === undefined || more.length > 0) throw new Error("not exactly one case");
  expect([golden.kind, golden.name, golden.sentence]).toEqual(["library", "errors/E0501.ts", "Shows it."]);
  const { found } = await runCase(golden, echo(0), false);
  expect(found).toMatch(/^error\[E0501\]: unknown pass `cze`\n/);
});

test("a TypeScript case that causes nothing is refused", async () => {
  write("E0502.ts", "// Shows it.\nexport const cause = () => [];\n");
  const [golden] = readCases(folder);
  if (golden === undefined) throw new Error("no case");
  await expect(runCase(golden, echo(0), true)).rejects.toThrow(/causes no diagnostic/);
});

test("an output without a case, or with two, is named", () => {
  write("a.tg", "// RUN: print %\n// Shows it.\n");
  write("a.s", "; RUN: asm %\n; Shows it.\n");
  write("a.out", "");
  write("b.out", "");
  const stray = findStrayOutputs(folder, readCases(folder)).map((text) => text.replace(folder, ""));
  expect(stray).toEqual([
    "/b.out has no case; remove it",
    "/a.out is claimed by another case than a.tg too; rename one of them",
  ]);
});
