// A process that is interrupted, at whatever time: it ends without a word, and leaves whole files or none.
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundledCommand } from "../../bundled-command.ts";
import { makeFolder } from "./run-in-folder.ts";

const size = 512;
/** A header of 128 bytes, then the elements. */
const wholeBytes = 128 + size * size * 4;

const folder = makeFolder();
beforeAll(() => {
  const type = `f32[${size}, ${size}]`;
  folder.write(
    "many.tg",
    `graph many(x: ${type}) -> (a: ${type}, b: ${type}, c: ${type}) {
  a = x + x
  b = a + x
  c = b + x
}
`,
  );
});
afterAll(() => folder.remove());

interface Ended {
  readonly log: string;
  readonly isInterrupted: boolean;
}

/** Starts a run that writes three files, and interrupts it after a time, or when its first file begins to be there. */
async function interrupt(afterMs: number | "first file"): Promise<Ended> {
  const out = join(folder.path, "out");
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  const words = [join(await bundledCommand(), "tgc.js"), "run", "many.tg", "--on", "ref", "--out", "out"];
  const child = spawn(process.execPath, words, { cwd: folder.path, stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    log += text;
  });
  const isDue = (startMs: number): boolean =>
    afterMs === "first file" ? readdirSync(out).length > 0 : performance.now() - startMs >= afterMs;
  const startMs = performance.now();
  const timer = setInterval(() => {
    if (isDue(startMs)) child.kill("SIGINT");
  }, 1);
  return new Promise((resolve) => {
    child.once("close", (code, signal) => {
      clearInterval(timer);
      resolve({ log, isInterrupted: signal === "SIGINT" || code === 130 });
    });
  });
}

test.each([300, 1500, "first file"] as const)("after %s: no stack trace, no part of a file", async (after) => {
  const { log, isInterrupted } = await interrupt(after);
  expect(log.replace(/^note: random values .*\n/, "")).toBe("");
  const files = readdirSync(join(folder.path, "out"));
  for (const name of files) {
    expect(name).toMatch(/^[abc]\.npy$/);
    expect(statSync(join(folder.path, "out", name)).size).toBe(wholeBytes);
  }
  // Whoever comes too late finds all of them.
  if (!isInterrupted) expect(files).toHaveLength(3);
});
