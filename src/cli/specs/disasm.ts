// `tgc disasm`: its arguments, options, words and examples.

import { defineCommand } from "../command-spec.ts";
import { formOption, json, output, setOption } from "./common.ts";

export const disasmSpec = defineCommand({
  summary: "print a binary image as assembler text",
  detail: "The text says all that the image holds: `tgc asm` makes the same image of it. IMAGE.md has the format.",
  args: {
    file: { takes: "each", reads: "files", endings: ["bin"], summary: "binary images (.bin), or folders of them" },
  },
  options: {
    target: {
      kind: "text",
      value: "machine",
      reads: "json files",
      summary: "refuse an image that was not made for the numbers of this machine",
    },
    set: setOption,
    emit: formOption,
    output,
    json,
  },
  outputEnding: () => "s",
  examples: ["tgc compile samples/mlp.tg --emit bin -o mlp.bin", "tgc disasm mlp.bin"],
});
