// What happens when tgc itself is wrong: a diagnostic instead of a stack trace, and a file with all that is needed to
// make the mistake happen again.

import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { at, type Diagnostic, problem } from "../../ir-spec/base/result.ts";
import { readSource } from "./files.ts";
import { tgcVersion } from "./version.ts";
import { writeWhole } from "./write-files.ts";

/** What is thrown where a tensor or a text is larger than an array or a string can be; no bug, but a wish too large. */
const tooLarge =
  /^(Invalid typed array length|Array buffer allocation failed|Invalid array length|Invalid string length)/;

/** A thrown error as a diagnostic. */
export function errorToDiagnostic(error: unknown, step: string): Diagnostic {
  if (error instanceof RangeError && tooLarge.test(error.message)) {
    return at(problem("E1314", { command: step, why: error.message }), undefined);
  }
  const why = error instanceof Error ? error.message.replace(/^internal: /, "") : String(error);
  return at(problem("E9001", { step, why }), undefined);
}

/** True for what only a bug of tgc can cause. */
export function isInternal({ code }: Diagnostic): boolean {
  return code.startsWith("E90");
}

/** Writes the reproducer into the caller's folder, or where that fails into the system's; gives its name. */
export function writeReproducer(
  argv: readonly string[],
  cwd: string,
  detail: string,
  folder: string = cwd,
): string | undefined {
  const text = reproducerText(argv, cwd, detail);
  const name = `tgc-crash-${createHash("sha256").update(text).digest("hex").slice(0, 8)}.txt`;
  if (writeWhole(resolve(folder, name), text) === undefined) return name;
  const elsewhere = join(tmpdir(), name);
  return writeWhole(elsewhere, text) === undefined ? elsewhere : undefined;
}

/** The call, the programs that it names, and what went wrong. */
function reproducerText(argv: readonly string[], cwd: string, detail: string): string {
  const sources = argv.flatMap((word) => {
    const isText = /\.(tg|tile|s|asm|json|txt)$/.test(word);
    const source = isText ? readSource(cwd, word) : undefined;
    return source?.ok ? [`--- ${word}\n${source.value.text}`] : [];
  });
  const head = `tgc ${tgcVersion()}, node ${process.version}, ${process.platform} ${process.arch}`;
  const call = `tgc ${argv.map((word) => (/^[\w./=,-]+$/.test(word) ? word : JSON.stringify(word))).join(" ")}`;
  return `${[head, call, detail, ...sources].join("\n\n")}\n`;
}
