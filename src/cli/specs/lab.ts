// `tgc lab`: its arguments, options, words and examples.

import { defineCommand } from "../command-spec.ts";
import { json } from "./common.ts";

export const labSpec = defineCommand({
  summary: "serve a page that compiles in the browser",
  detail:
    "The page holds the whole compiler: an editor with diagnostics as you type, the text of every stage with links from lines to instructions, what each pass changed, profile, timeline and memory, runs and checks (on WebGPU where the browser has it), and links that hold program, machine and options. The server listens on 127.0.0.1 alone, and the page loads nothing from elsewhere. With `--out` the page is written into a folder that any web server can serve.",
  args: {},
  options: {
    port: { kind: "integer", value: "n", min: 0, default: 4040, summary: "the port to listen on; 0 is any free one" },
    out: {
      kind: "text",
      value: "folder",
      writes: "folder",
      summary: "write the page into this folder, and serve nothing",
    },
    json,
  },
  examples: ["tgc lab", "tgc lab --port 0", "tgc lab --out site"],
});
