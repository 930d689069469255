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

test("what can arrive is the slower of HBM and the DMA engines, and the ridge follows it", async () => {
  const trn1 = await folder.json("machine", "check", "trn1");
  expect(trn1).toMatchObject({ arrivingBytesPerSecond: 16 * 17.1e9, boundOfArriving: "DMA engines" });
  const trn2 = await folder.json("machine", "check", "trn2");
  expect(trn2).toMatchObject({ arrivingBytesPerSecond: 430e9, boundOfArriving: "HBM", sharedBytesPerSecond: 362.5e9 });
  const { bf16, f32, f8 } = trn2.ridgeFlopsPerByte as Readonly<Record<string, number>>;
  expect([bf16, f32, f8].map((intensity) => Math.round(intensity ?? 0))).toEqual([183, 46, 366]);
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

test("another action than those there are", async () => {
  const { log, exitCode } = await folder.run("machine", "chekc", "trn2");
  expect(exitCode).toBe(1);
  expect(log).toContain("E1311");
  expect(log).not.toContain("tgc list");
});

const mapText = "graph g(x: f32[8, 8]) -> (y: f32[8, 8]) { y = relu(x) }";

test("a changed copy that keeps a shipped name is distinguished by its numbers", async () => {
  const copies = { copy: 4, other: 2 };
  for (const [file, queues] of Object.entries(copies)) {
    folder.write(`${file}.json`, tinyText.replace('"dmaQueues": { "value": 8', `"dmaQueues": { "value": ${queues}`));
  }
  folder.write("map.tg", mapText);
  const profile = await folder.run("profile", "map.tg", "--target", "copy.json");
  const [name = ""] = /tiny#[0-9a-f]{8}/.exec(profile.out) ?? [];
  expect(profile.out).toContain(`g on ${name}\n`);

  const stream = await folder.run("compile", "map.tg", "--target", "copy.json", "-o", "map.s");
  expect(stream.exitCode).toBe(0);
  expect(folder.read("map.s")).toContain(`stream g for "${name}"\n`);

  const alone = await folder.run("run", "map.s");
  expect([alone.exitCode, alone.log]).toEqual([1, expect.stringContaining("it is a changed copy of `tiny`")]);
  for (const command of ["run", "profile", "asm"]) {
    expect((await folder.run(command, "map.s", "--target", "copy.json")).exitCode).toBe(0);
    expect((await folder.run(command, "map.s", "--target", "other.json")).log).toContain("E1006");
    expect((await folder.run(command, "map.s", "--target", "tiny")).log).toContain("E1006");
  }
});

test("an image of a changed copy names it, too", async () => {
  expect((await folder.run("asm", "map.s", "--target", "copy.json", "-o", "map.bin")).exitCode).toBe(0);
  expect((await folder.run("disasm", "map.bin")).out).toBe(folder.read("map.s"));
  expect((await folder.run("disasm", "map.bin", "--target", "tiny")).log).toContain("E0911");
});

test("a copy with other sources only is the shipped machine", async () => {
  folder.write("same.json", tinyText.replaceAll('"assumed: as trn2"', '"assumed: by me"'));
  const { out } = await folder.run("profile", "map.tg", "--target", "same.json");
  expect(out).toContain("g on tiny\n");
});

test("--set changes numbers of the machine, and the stream names the changed one", async () => {
  const set = ["--set", "dmaQueues=4"];
  const made = await folder.run("compile", "map.tg", "--target", "tiny", ...set, "-o", "set.s");
  expect(made.exitCode).toBe(0);
  // As the file with the same numbers.
  expect(folder.read("set.s")).toBe(folder.read("map.s"));
  for (const command of ["run", "profile", "asm"]) {
    expect((await folder.run(command, "set.s", ...set)).exitCode).toBe(0);
    expect((await folder.run(command, "set.s", "--set", "dmaQueues=2")).log).toContain("E1006");
  }
  expect((await folder.run("asm", "set.s", ...set, "-o", "set.bin")).exitCode).toBe(0);
  expect((await folder.run("disasm", "set.bin", "--target", "tiny", ...set)).exitCode).toBe(0);
  for (const command of ["lower", "opt", "compile", "profile"]) {
    const { log, exitCode } = await folder.run(command, "map.tg", "--set", "dmaQueue=4");
    expect([exitCode, log]).toEqual([1, expect.stringContaining("did you mean `dmaQueues`?")]);
  }
  expect((await folder.run("profile", "map.tg", "--set", "dmaQueues")).exitCode).toBe(2);
});

test("init begins a file that extends a machine, and check, show and diff read it", async () => {
  expect((await folder.run("machine", "init", "tiny", "--set", "dmaQueues=4", "-o", "mine.json")).exitCode).toBe(0);
  expect((await folder.run("machine", "check", "mine.json")).out).toContain("mine: tiny with other numbers");
  expect((await folder.run("machine", "show", "mine.json")).out).toMatch(
    /dmaQueues +4 +queues +assumed: set for this run/,
  );
  const diff = await folder.json("machine", "diff", "tiny", "mine.json");
  expect(diff).toMatchObject({
    after: "mine",
    differences: [{ field: "dmaQueues", before: 8, after: 4, ratio: 0.5, unit: "queues" }],
  });
  expect((await folder.run("machine", "diff", "tiny", "tiny")).exitCode).toBe(0);
  expect((await folder.run("machine", "init", "tiny", "--full", "-o", "full.json")).exitCode).toBe(0);
  expect((await folder.run("machine", "diff", "tiny", "full.json")).exitCode).toBe(0);
});
