// `tgc fmt`: programs in canonical layout, to stdout or in place.

import { type Diagnostic, ok } from "../../../ir-spec/base/result.ts";
import { showName } from "../../../ir-spec/base/shown-text.ts";
import { formatModule } from "../../text/index.ts";
import { readProgram } from "../load.ts";
import { type CommandContext, type CommandResult, type OutFile, stop } from "../outcome.ts";
import type { Given } from "../specs.ts";

export function fmtCommand({ args, options }: Given<"fmt">, { io }: CommandContext): CommandResult {
  const formatted: OutFile[] = [];
  const changed: OutFile[] = [];
  const wrong: Diagnostic[] = [];
  for (const path of args.files) {
    const source = readProgram(io.cwd, path);
    const text = source.ok ? formatModule(source.value) : source;
    if (!text.ok) {
      wrong.push(...text.error);
      continue;
    }
    formatted.push({ path, content: text.value });
    if (source.ok && source.value.text !== text.value) changed.push({ path, content: text.value, isInPlace: true });
  }
  if (wrong.length > 0) return stop(wrong);
  const names = changed.map(({ path }) => `${showName(path)}\n`).join("");
  const json = {
    files: formatted.map(({ path }) => ({ path, isChanged: changed.some((file) => file.path === path) })),
  };
  if (options.check) return ok({ exitCode: changed.length > 0 ? 1 : 0, text: names, json });
  if (options.write) return ok({ exitCode: 0, text: names, json, files: changed });
  return ok({ exitCode: 0, text: formatted.map(({ content }) => content).join("\n"), json });
}
