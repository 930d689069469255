// How the tests run: from the repository's root, two at a time; those named *.long.test.ts only when TGC_LONG is set.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const runLong = process.env.TGC_LONG !== undefined;

export default defineConfig({
  test: {
    root: fileURLToPath(new URL("..", import.meta.url)),
    include: ["test/**/*.test.ts"],
    exclude: runLong ? [] : ["test/**/*.long.test.ts"],
    pool: "threads",
    maxWorkers: 2,
    // Files share what they import, as loading it for each of them took a quarter of the time; no module keeps what tests change.
    isolate: false,
    // Far beyond what any test takes: they say that something hangs, not that a machine is busy.
    testTimeout: runLong ? 1_800_000 : 300_000,
    hookTimeout: 300_000,
  },
});
