// `tgc replay`: its arguments, options, words and examples.

import { defineCommand } from "../command-spec.ts";
import { json } from "./common.ts";

export const replaySpec = defineCommand({
  summary: "run the call of a crash's reproducer again",
  detail:
    "Where tgc fails, it leaves a file `tgc-crash-....txt` with the call, the programs that it names and what went wrong. This runs the same call on these programs, in a folder of its own that is removed afterwards and outside of which it writes nothing, and says whether it still fails, and in the same way. Exit code 1 when it does. Tensors are not in the file; a call that needs some says so. Calls of `test` and `replay` are not run again.",
  args: { file: { takes: "one", reads: "files", summary: "a reproducer (tgc-crash-....txt)" } },
  options: { json },
  examples: ["tgc replay tgc-crash-0f3a91c2.txt"],
});
