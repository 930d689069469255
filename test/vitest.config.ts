// How the tests run: from the repository's root, two at a time; those named *.long.test.ts only when TGC_LONG is set.
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { defineConfig } from "vitest/config";

const runLong = process.env.TGC_LONG !== undefined;
const hangMs = (runLong ? 12 : 2) * 3_600_000;

// Most functions run for moments here, so what V8 spends on optimising them and on collecting what they leave is more than what they take
// themselves. The first two numbers are those of bin/tgc.js, which says why. Source: measured on Node 20, processor time of tests of lowering with
// all their stages: 32 s as V8 is by itself, 25 s with the first number and no better at ten times as much, 23 s with all.
for (const flag of [
  "--interrupt-budget=540672",
  "--max-inlined-bytecode-size-cumulative=300",
  "--min-semi-space-size=16",
  "--max-semi-space-size=32",
]) {
  setFlagsFromString(flag);
}

export default defineConfig({
  test: {
    root: fileURLToPath(new URL("..", import.meta.url)),
    include: ["test/**/*.test.ts"],
    exclude: runLong ? [] : ["test/**/*.long.test.ts"],
    globalSetup: ["test/global-setup.ts"],
    pool: "threads",
    maxWorkers: 2,
    // Files share what they import, as loading it for each of them took a quarter of the time; no module keeps what tests change.
    isolate: false,
    // Hours, so that they say that something hangs, however busy the machine is. No test has another one.
    testTimeout: hangMs,
    hookTimeout: hangMs,
  },
});
