// `tgc parse`: text -> syntax tree, as JSON.

import { parseModule } from "../../text/index.ts";
import { readProgram } from "../load.ts";
import { type CommandContext, type CommandResult, done, stop, textTo } from "../outcome.ts";
import type { Given } from "../specs.ts";

/** Spans as pairs of offsets; the source text itself is left out. */
function plain(key: string, value: unknown): unknown {
  const isSpan = typeof value === "object" && value !== null && "start" in value && "end" in value && "source" in value;
  if (isSpan) return [value.start, value.end];
  return key === "source" ? undefined : value;
}

/**
 * Assumed: nobody reads the tree of a longer text, and laid out it would take hundreds of times the memory of the text
 * (characters).
 */
const maxLaidOut = 100_000;

export function parseCommand({ args, options }: Given<"parse">, { io }: CommandContext): CommandResult {
  const source = readProgram(io.cwd, args.file);
  if (!source.ok) return source;
  const { module, diagnostics } = parseModule(source.value);
  if (diagnostics.length > 0) return stop(diagnostics);
  if (options.json && options.output === undefined) {
    return done("", { file: args.file, module: JSON.parse(JSON.stringify(module, plain)) });
  }
  const indent = source.value.text.length > maxLaidOut ? 0 : 2;
  return textTo(options.output, `${JSON.stringify(module, plain, indent)}\n`, { file: args.file });
}
