// `tgc asm`: its arguments, options, words and examples.

import { defineCommand } from "../command-spec.ts";
import { formOption, json, output, setOption } from "./common.ts";

export const asmSpec = defineCommand({
  summary: "read and check assembler text; print it or make its binary image",
  detail:
    "Reads an instruction stream, proves it free of races, deadlocks and reads of unwritten memory, and prints it in canonical form. With `-o` and a name that ends in .bin it writes the binary image; `tgc disasm` reads that.",
  args: {
    file: {
      takes: "each",
      reads: "files",
      endings: ["s", "asm"],
      summary: "instruction streams (.s), or folders of them",
    },
  },
  options: {
    target: {
      kind: "text",
      value: "machine",
      reads: "json files",
      summary: "the machine to check for; by default the one that the text names",
    },
    set: setOption,
    emit: formOption,
    output,
    json,
  },
  outputEnding: () => "s",
  examples: ["tgc compile samples/mlp.tg -o mlp.s", "tgc asm mlp.s", "tgc asm mlp.s -o mlp.bin"],
});
