// `tgc parse`: text -> syntax tree, as JSON.

import { parseModule } from "../../text/index.ts";
import { readProgram } from "../load.ts";
import { type CommandContext, type CommandResult, done, stop } from "../outcome.ts";
import type { Given } from "../specs.ts";

/** Spans as pairs of offsets; the source text itself is left out. */
function plain(key: string, value: unknown): unknown {
  const isSpan = typeof value === "object" && value !== null && "start" in value && "end" in value && "source" in value;
  if (isSpan) return [value.start, value.end];
  return key === "source" ? undefined : value;
}

export function parseCommand({ args }: Given<"parse">, { io }: CommandContext): CommandResult {
  const source = readProgram(io.cwd, args.file);
  if (!source.ok) return source;
  const { module, diagnostics } = parseModule(source.value);
  if (diagnostics.length > 0) return stop(diagnostics);
  const tree: unknown = JSON.parse(JSON.stringify(module, plain));
  return done(`${JSON.stringify(tree, null, 2)}\n`, { file: args.file, module: tree });
}
