#!/usr/bin/env node
// The `tgc` command: loads the bundle that `npm run build` makes of src/cli/main.ts.
import { setFlagsFromString } from "node:v8";

// How long V8 waits before it optimises a function, in bytes of its bytecode that have run. At V8's own 67584 two threads spend as much
// on optimising what soon ends as the command itself takes. Source: measured, `tgc compile samples/gpt2-block.tg`: 1.2 s of processor
// time in place of 2.0 s, the main thread's unchanged; no better at 400000.
setFlagsFromString("--interrupt-budget=250000");
await import("../dist/tgc.js");
