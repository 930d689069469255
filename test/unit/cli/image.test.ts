// Binary images on the command line: text -> image -> text and image -> text -> image are exact, for what the compiler makes.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeFolder, smallProgram } from "./run-in-folder.ts";

const samples = fileURLToPath(new URL("../../../samples", import.meta.url));
const folder = makeFolder();
beforeAll(() => folder.write("small.tg", smallProgram));
afterAll(() => folder.remove());

const bytesOf = (name: string): Buffer => readFileSync(join(folder.path, name));

async function tgc(...argv: readonly string[]): Promise<string> {
  const { exitCode, out, log } = await folder.run(...argv);
  if (exitCode !== 0) throw new Error(log);
  return out;
}

test.each(readdirSync(samples).filter((name) => name.endsWith(".tg")))("%s comes back from its image", async (name) => {
  const program = readFileSync(join(samples, name), "utf8");
  folder.write(name, program);
  const graphs = [...program.matchAll(/^graph (\w+)/gm)].map(([, graph]) => graph as string);
  for (const graph of graphs) {
    const text = await tgc("compile", name, "--graph", graph);
    await tgc("compile", name, "--graph", graph, "--emit", "bin", "-o", "a.bin");
    expect(await tgc("disasm", "a.bin")).toBe(text);
    await tgc("disasm", "a.bin", "-o", "a.s");
    await tgc("asm", "a.s", "-o", "b.bin");
    expect(bytesOf("b.bin").equals(bytesOf("a.bin"))).toBe(true);
  }
});

test("an image goes to a file, or to stdout in hexadecimal", async () => {
  expect(await tgc("compile", "small.tg", "--target", "tiny", "--emit", "bin", "-o", "small.bin")).toBe("");
  const hex = await tgc("compile", "small.tg", "--target", "tiny", "--emit", "bin");
  expect(hex).toMatch(/^00000000 {2}89 54 47 43 0d 0a 1a 0a 01 00 .*\n00000010 {2}/);
  const json = await folder.json("compile", "small.tg", "--target", "tiny", "--emit", "bin", "-o", "small.bin");
  expect(json).toMatchObject({ stage: "bin", path: "small.bin", text: hex });
});

test("what is no image, or one for another machine, is reported", async () => {
  await tgc("compile", "small.tg", "--target", "tiny", "--emit", "bin", "-o", "small.bin");
  await tgc("disasm", "small.bin", "--target", "tiny");
  const wrongMachine = await folder.run("disasm", "small.bin", "--target", "trn2");
  expect([wrongMachine.exitCode, wrongMachine.out]).toEqual([1, ""]);
  expect(wrongMachine.log).toMatch(/error\[E0911\][\s\S]*note: in small.bin/);
  expect((await folder.run("disasm", "small.tg")).log).toContain("error[E0906]");
  folder.write("large.bin", new Uint8Array(9_000_000));
  expect((await folder.run("disasm", "large.bin")).log).toContain("error[E0107]");
  folder.write("half.bin", bytesOf("small.bin").subarray(0, 300));
  expect((await folder.run("disasm", "half.bin")).log).toContain("error[E0908]");
  expect((await folder.run("compile", "small.tg", "--target", "webgpu", "--emit", "bin")).log).toContain(
    "error[E1308]",
  );
});
