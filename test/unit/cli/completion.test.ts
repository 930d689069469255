// The completion scripts know all commands, options and values of options; that of bash is run where there is bash.
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { commandNames } from "../../../src/cli/specs.ts";
import { runTgc } from "../../run-tgc.ts";

const hasBash = spawnSync("bash", ["--version"]).status === 0;

/** What bash offers after some words, the last of which is begun. */
async function completeInBash(...words: readonly string[]): Promise<readonly string[]> {
  const { out: script } = await runTgc(["completion", "bash"]);
  const quoted = words.map((word) => `'${word}'`).join(" ");
  const asked = `COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _tgc; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", `${script}\n${asked}`], { encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout.trim().split("\n");
}

test.runIf(hasBash)("bash completes commands, options and values", async () => {
  expect(await completeInBash("tgc", "comp")).toEqual(commandNames.filter((name) => name.startsWith("comp")));
  expect(await completeInBash("tgc", "compile", "--sched")).toEqual(["--schedule"]);
  expect(await completeInBash("tgc", "compile", "a.tg", "--emit", "t")).toEqual(["tiles"]);
  expect(await completeInBash("tgc", "check", "--target", "tr")).toEqual(["trn2", "trn1", "trn3"]);
});

test.each(["zsh", "fish"])("the script of %s has every command", async (shell) => {
  const { out } = await runTgc(["completion", shell]);
  expect(commandNames.filter((name) => !out.includes(name))).toEqual([]);
});

test("another shell is a diagnostic", async () => {
  const { exitCode, log } = await runTgc(["completion", "zhs"]);
  expect(exitCode).toBe(1);
  expect(log).toContain("did you mean `zsh`?");
});
