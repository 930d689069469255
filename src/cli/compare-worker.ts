// The thread that `tgc compare` runs simulations in.

export { runJob } from "../compare/run.ts";
