// Error codes E90nn: bugs of tgc itself, reported as such.

import { defineErrors } from "./define.ts";

export const internalErrors = defineErrors({
  E9001: {
    title: "internal error",
    message: "internal error in {step}: {why}",
    help: "this is a bug in tgc, not in your program; please report it with the reproducer file",
    detail: "A check between two steps of the compiler failed. The program that caused it is saved as a reproducer.",
  },
});
