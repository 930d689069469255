// The completion scripts know all commands, options and values of options; each is run where its shell is installed.
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { commandNames } from "../../../src/cli/specs.ts";
import { runTgc } from "../../run-tgc.ts";

const [hasBash, hasZsh, hasFish] = ["bash", "zsh", "fish"].map((shell) => spawnSync(shell, ["--version"]).status === 0);

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

test.runIf(hasZsh)("zsh takes the script, and finds the words of a place", async () => {
  const { out: script } = await runTgc(["completion", "zsh"]);
  // As its own completion calls functions of bash. What does not begin as typed is left out later.
  const asked = `emulate sh; COMP_WORDS=(tgc compile a.tg --emit t); COMP_CWORD=4; _tgc; echo "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync("zsh", ["-fc", `autoload -U compinit; compinit -u -D\n${script}\n${asked}`], {
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  expect(stdout.trim()).toBe("graph fused tiles asm normal bin wgsl");
});

test.runIf(hasFish)("fish completes commands, options and values", async () => {
  const { out: script } = await runTgc(["completion", "fish"]);
  const asked = ["tgc comp", "tgc compile --sched", "tgc compile a.tg --emit t"].map((line) => `complete -C '${line}'`);
  const { stdout, stderr } = spawnSync("fish", ["--no-config", "-c", [script, ...asked].join("\n")], {
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  const words = stdout
    .trim()
    .split("\n")
    .map((line) => line.split("\t")[0]);
  expect(words.toSorted()).toEqual(
    [...commandNames.filter((name) => name.startsWith("comp")), "--schedule", "tiles"].toSorted(),
  );
});

test("each line of the script of fish is a call of its form, whatever forms options have", async () => {
  const { out } = await runTgc(["completion", "fish"]);
  const text = /'(?:[^'\\]|\\.)*'/.source;
  const option = `'__fish_seen_subcommand_from [\\w-]+' -l [\\w-]+(?: -s \\w)?(?: -x -a ${text})?`;
  const form = new RegExp(`^complete -c tgc -n (?:__fish_use_subcommand -a [\\w-]+|${option}) -d ${text}$`);
  const lines = out.trim().split("\n").slice(1);
  expect(lines.filter((line) => !form.test(line))).toEqual([]);
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
