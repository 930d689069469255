// Error codes E1560 to E1569: files of tensors that are written.

import { defineErrors } from "./define.ts";

export const tensorFileErrors = defineErrors({
  E1560: {
    title: "several outputs for a file of one tensor",
    message: "{file} holds one tensor, and the program has {found} outputs",
    help: "end the name in .npz or .safetensors, which hold several, or name a folder",
    detail:
      "The name given with `--out` says how the outputs are written: .npy and .pb for one, .npz and .safetensors for any number, any other name for a folder of .npy.\n\nWrong: `--out y.npy` for a program with two outputs\n\nRight: `--out outputs.npz`",
  },
});
