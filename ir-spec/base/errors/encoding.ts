// Error codes E09nn: assembly text and binary images.

import { defineErrors } from "./define.ts";

export const encodingErrors = defineErrors({
  E0901: {
    title: "syntax error in assembly",
    message: "found {found}, wanted {wanted}",
    help: "`tgc compile --emit asm` prints assembly; ISA.md lists the instructions",
    detail:
      "What stands here cannot be read as a part of a stream. An instruction stands on one line.\n\n" +
      "Wrong: `acquire sem s0`\n\nRight: `acquire sem=s0`",
  },
  E0902: {
    title: "unknown name in assembly",
    message: "found `{name}`, which is no {what} here, wanted {wanted}",
    help: "tensors, semaphores and rings are declared before the queues; a loop is known in its own body",
    detail: "Wrong: `acquire sem=s7` where there are `s0` and `s1`\n\nRight: `acquire sem=s1`",
  },
  E0903: {
    title: "bad value in assembly",
    message: "{op}: `{name}` is {found}, wanted {wanted}",
    help: "ISA.md lists the fields of every instruction",
    detail: "Wrong: `acquire sem=s0, count=0`\n\nRight: `acquire sem=s0, count=1`",
  },
  E0904: {
    title: "something is missing in assembly",
    message: "{op}: found no {what} `{name}`, which must be given",
    help: "ISA.md lists the fields of every instruction",
    detail: "Wrong: `load_weights`\n\nRight: `load_weights src=sbuf[0x0; 128; 128:1] bf16`",
  },
});
