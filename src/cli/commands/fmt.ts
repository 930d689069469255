// `tgc fmt`: programs in canonical layout, to stdout or in place.

import { at, type Diagnostic, ok, problem } from "../../../ir-spec/base/result.ts";
import { showName } from "../../../ir-spec/base/shown-text.ts";
import { formatModule } from "../../text/index.ts";
import { expandFiles } from "../each-file.ts";
import { readProgram } from "../load.ts";
import { type CommandContext, type CommandResult, type OutFile, stop } from "../outcome.ts";
import type { Given } from "../specs.ts";
import { isStandardInput } from "../standard-input.ts";

/** What has no place is formatted to standard output only. */
function notInPlace(file: string): Diagnostic {
  return at(problem("E1302", { file, why: "standard input has no place to write to; leave `--write` out" }), undefined);
}

export function fmtCommand({ args, options }: Given<"fmt">, { io }: CommandContext): CommandResult {
  const formatted: OutFile[] = [];
  const changed: OutFile[] = [];
  const wrong: Diagnostic[] = [];
  const inputs = expandFiles(io.cwd, args.files, ["tg"]);
  if (!inputs.ok) return inputs;
  for (const { file: path } of inputs.value) {
    const source = readProgram(io.cwd, path);
    const text = source.ok ? formatModule(source.value) : source;
    if (!text.ok) {
      wrong.push(...text.error);
      continue;
    }
    if (options.write && isStandardInput(path)) wrong.push(notInPlace(path));
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
