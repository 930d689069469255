// The thread that `tgc tune` estimates and simulates in.

export { runTuneStep } from "../tune/run-step.ts";
