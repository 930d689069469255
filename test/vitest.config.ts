// How the tests run: from the repository's root, two at a time; those named *.long.test.ts only when TGC_LONG is set.
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { defineConfig } from "vitest/config";

const runLong = process.env.TGC_LONG !== undefined;
const hangMs = (runLong ? 12 : 2) * 3_600_000;

// The same number as in bin/tgc.js, which says why. Source: measured on Node 20, processor time of tests of lowering with all their stages: 32 s
// at V8's own number, 22.8 s here and no better at ten times as much.
setFlagsFromString("--interrupt-budget=540672");

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
