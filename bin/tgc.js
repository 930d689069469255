#!/usr/bin/env node
// The `tgc` command: loads the bundle that `npm run build` makes of src/cli/main.ts.
import { setFlagsFromString } from "node:v8";

// How long V8 waits before it optimises a function, in bytes of its bytecode that have run. At V8's own 135168 two threads spend as much
// on optimising what soon ends as the command itself takes. Source: measured on Node 20, processor time of `tgc compile` for twelve layers
// of GPT-2: 4.3 s at V8's own number, 2.6 s at 250000, 2.1 s here and no better at 1000000; simulations of seconds take as long as before.
setFlagsFromString("--interrupt-budget=540672");
// How much is inlined into a function, in bytes of bytecode; V8's own number is 920. Source: measured on Node 20, processor time: `tgc compile` of
// a stack of GPT-2 1.47 s at V8's own number and 1.27 s here, `tgc profile` of Llama's prefill 7.7 s and 6.5 s, `tgc check` of a block of GPT-2
// 19.3 s and 18.7 s; simulations take as long as before.
setFlagsFromString("--max-inlined-bytecode-size-cumulative=300");
await import("../dist/tgc.js");
