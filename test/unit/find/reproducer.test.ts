// Reproducers of crashes: what is written is read back, whatever the words and programs are; and `tgc replay` runs the call again.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { replayCommand } from "../../../src/cli/commands/replay.ts";
import { writeReproducer } from "../../../src/cli/internal-error.ts";
import type { CommandContext } from "../../../src/cli/outcome.ts";
import { readReproducer } from "../../../src/find/replay/reproducer.ts";
import { makeFolder, smallProgram } from "../cli/run-in-folder.ts";

const folder = makeFolder();
const crashes = mkdtempSync(join(tmpdir(), "tgc-crashes-"));
afterAll(() => {
  folder.remove();
  rmSync(crashes, { recursive: true });
});

folder.write("small.tg", smallProgram);
folder.write("with marks.tg", `// --- small.tg\n\n--- small.tg\n${smallProgram}`);

function written(argv: readonly string[], detail: string): string {
  const name = writeReproducer(argv, folder.path, detail, crashes);
  return readFileSync(join(crashes, name ?? ""), "utf8");
}

test.each([
  [["print", "small.tg"]],
  [["compile", "small.tg", "--target", "tiny", "-o", 'a "b".s']],
  [["diff", "with marks.tg", "small.tg", "--set", "semaphores=4"]],
])("what is written is read back: %j", (argv) => {
  const detail = "Error: internal: no rule\n    at somewhere (file.ts:1:2)";
  const found = readReproducer(written(argv, detail));
  expect(found).toMatchObject({ argv, detail });
  const names = argv.filter((word) => word.endsWith(".tg"));
  expect([...(found?.files.keys() ?? [])]).toEqual(names);
  expect(found?.files.get("small.tg")).toBe(smallProgram);
});

test.each(["", "tgc 1.0, node v20\n", "hello\n\ntgc print x\n\nError", 'tgc 1, node v2, x\n\ntgc "\\x"\n\nError'])(
  "%j is no reproducer",
  (text) => expect(readReproducer(text)).toBe(undefined),
);

/** A context whose `tgc` fails with this detail, or not. */
function contextOf(detail: string | undefined, calls: (readonly string[])[] = []): CommandContext {
  const io = { stdout: () => {}, stderr: () => {}, cwd: crashes, isTerminal: false, columns: 100 };
  const tgc: CommandContext["tgc"] = async (argv, { crashFolder = "", cwd }) => {
    calls.push(argv);
    expect(readFileSync(join(cwd, argv[1] ?? ""), "utf8")).toBe(smallProgram);
    if (detail === undefined) return 0;
    writeReproducer(argv, cwd, detail, crashFolder);
    return 3;
  };
  return { io, nowMs: () => 0, tgc };
}

describe("replay", () => {
  writeFileSync(
    join(crashes, "crash.txt"),
    written(["print", "small.tg", "-o", "/tmp/elsewhere/x.tg"], "Error: no rule for 7 nodes"),
  );
  const replay = async (detail: string | undefined, calls: (readonly string[])[] = []) => {
    const result = await replayCommand(
      { args: { file: "crash.txt" }, options: { json: false } },
      contextOf(detail, calls),
    );
    return result.ok ? [result.value.exitCode, result.value.text.split(":")[0]] : result.error;
  };
  test("still fails", async () => expect(await replay("Error: no rule for 9 nodes")).toEqual([1, "still fails"]));
  test("in another way", async () => expect(await replay("Error: lost")).toEqual([1, "fails in another way"]));
  test("no longer", async () => expect(await replay(undefined)).toEqual([0, "no longer fails"]));
  test("nothing outside of its folder is written", async () => {
    const calls: (readonly string[])[] = [];
    await replay(undefined, calls);
    expect(calls).toEqual([["print", "input-0.tg", "-o", "outside"]]);
  });
});

describe("a reproducer from a stranger", () => {
  const replay = (call: string, name: string, text: string) => {
    folder.write("strange.txt", `tgc 0.1.0, node v20, linux x64\n\n${call}\n\nError: no rule\n\n--- ${name}\n${text}`);
    return folder.run("replay", "strange.txt");
  };
  const outside = join(folder.path, "outside.tile");

  test.each([
    ["lower small.tg", `-o${outside}`, "an option and its path in one word"],
    ["lower small.tg", `--output=${outside}`, "the same with an equals sign"],
    ["lower small.tg", `-ox/../../${basename(folder.path)}/outside.tile`, "up from its folder"],
    ["run small.tg", `--out=a/../../${basename(folder.path)}/outside.tile`, "a folder that is made"],
  ])("%s %s: %s", async (call, word) => {
    const { log, exitCode } = await replay(`tgc ${call} ${word}`, "small.tg", smallProgram);
    expect([exitCode, log, existsSync(outside)]).toEqual([0, "", false]);
  });

  test.each([
    ["tgc test small.tg", `// RUN: tgc lower %s -o ${outside}\n// RUN: tgc print %s > ${outside}\n${smallProgram}`],
    ["tgc replay strange.txt", ""],
    ["tgc -V replay small.tg", ""],
  ])("%s is not run", async (call, text) => {
    const { log, exitCode } = await replay(call, "small.tg", text);
    expect([exitCode, log.includes("error[E1333]"), existsSync(outside)]).toEqual([1, true, false]);
  });

  test("a name that no file can have gets another", async () => {
    const { out } = await replay('tgc print "small.\\u0000"', "small.\0", smallProgram);
    expect(out).toMatch(/^no longer fails: exit code 0/);
  });
});
