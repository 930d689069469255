// `tgc fmt`: programs in canonical layout, to stdout or in place; with `--fix` after the fixes that diagnostics offer.

import { at, type Diagnostic, fail, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
import { showName } from "../../../ir-spec/base/shown-text.ts";
import { type FixedProgram, fixProgram } from "../../driver/fix.ts";
import { formatModule } from "../../text/index.ts";
import { expandFiles } from "../each-file.ts";
import { readProgram } from "../load.ts";
import { type CommandContext, type CommandResult, noteLine, type OutFile, stop } from "../outcome.ts";
import type { Given } from "../specs.ts";
import { isStandardInput } from "../standard-input.ts";

interface Formatted {
  readonly path: string;
  readonly text: string;
  readonly isChanged: boolean;
  readonly fixed?: FixedProgram;
}

export function fmtCommand({ args, options }: Given<"fmt">, { io }: CommandContext): CommandResult {
  const inputs = expandFiles(io.cwd, args.files, ["tg"]);
  if (!inputs.ok) return inputs;
  const results = inputs.value.map(({ file }) => formatFile(io.cwd, file, options));
  const wrong = results.flatMap((result) => (result.ok ? [] : result.error));
  if (wrong.length > 0) return stop(wrong);
  const formatted = results.flatMap((result) => (result.ok ? [result.value] : []));
  const changed = formatted.filter(({ isChanged }) => isChanged);
  const names = changed.map(({ path }) => `${showName(path)}\n`).join("");
  const json = {
    files: formatted.map(({ path, isChanged, fixed }) => ({
      ...{ path, isChanged },
      ...(fixed && { fixes: fixed.fixes.map(({ title }) => title) }),
    })),
  };
  const findings = formatted.flatMap(({ fixed }) => fixed?.diagnostics ?? []);
  const log = formatted.map(fixLines).join("");
  const exitCode = findings.length > 0 || (options.check && changed.length > 0) ? 1 : 0;
  const files: readonly OutFile[] = changed.map(({ path, text }) => ({ path, content: text, isInPlace: true }));
  if (options.check) return ok({ exitCode, text: names, json, log, findings });
  if (options.write) return ok({ exitCode, text: names, json, log, findings, files });
  return ok({ exitCode, text: formatted.map(({ text }) => text).join("\n"), json, log, findings });
}

function formatFile(cwd: string, path: string, { write, fix }: Given<"fmt">["options"]): Result<Formatted> {
  const source = readProgram(cwd, path);
  if (!source.ok) return source;
  const fixed = fix ? fixProgram(source.value) : undefined;
  const text = formatModule({ ...source.value, text: fixed?.text ?? source.value.text });
  if (!text.ok) return text;
  if (write && isStandardInput(path)) return fail([notInPlace(path)]);
  const isChanged = source.value.text !== text.value;
  return ok({ path, text: text.value, isChanged, ...(fixed && { fixed }) });
}

/** What has no place is formatted to standard output only. */
function notInPlace(file: string): Diagnostic {
  return at(problem("E1302", { file, why: "standard input has no place to write to; leave `--write` out" }), undefined);
}

function fixLines({ path, fixed }: Formatted): string {
  return (fixed?.fixes ?? []).map(({ title }) => noteLine(`${path}: fixed: ${title}`)).join("");
}
