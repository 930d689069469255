// `tgc machine check`: what it says of a machine, and that each mistake in a file has its line.
import { readFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { makeFolder } from "./run-in-folder.ts";

const folder = makeFolder();
afterAll(() => folder.remove());

const tinyText = readFileSync(new URL("../../../targets/neuron/machines/tiny.json", import.meta.url), "utf8");

test("a sound file: where its numbers come from, and what they add up to", async () => {
  const { out, exitCode } = await folder.run("machine", "check", "trn2");
  expect(exitCode).toBe(0);
  expect(out).toContain("78.6 TFLOPS of bf16");
  expect(out).toMatch(/\d+ documented, \d+ measured, \d+ assumed/);
});

test("a file with mistakes: all of them, each with its line", async () => {
  const wrong = tinyText
    .replace('"peRows": { "value": 8', '"peRows": { "value": 9')
    .replace('"dmaQueues"', '"dmaQueue"');
  folder.write("wrong.json", wrong);
  const { log, exitCode } = await folder.run("machine", "check", "wrong.json");
  const lineOf = (mark: string) => wrong.slice(0, wrong.indexOf(mark)).split("\n").length;
  expect(exitCode).toBe(1);
  expect(log).toContain("did you mean `dmaQueues`?");
  expect(log).toContain(`wrong.json:${lineOf('"dmaQueue"')}`);
});

test("another action than check", async () => {
  const { log, exitCode } = await folder.run("machine", "chekc", "trn2");
  expect(exitCode).toBe(1);
  expect(log).toContain("E1311");
});
