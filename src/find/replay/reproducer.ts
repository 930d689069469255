// Reads the reproducer that a crash of tgc leaves: who wrote it, the call, what went wrong, and the programs that the call names.

export interface Reproducer {
  readonly version: string;
  readonly argv: readonly string[];
  /** What went wrong, as it was written: a stack, or diagnostics. */
  readonly detail: string;
  /** By the names that the call has for them. */
  readonly files: ReadonlyMap<string, string>;
}

/** Reads a text; undefined where it is no reproducer. */
export function readReproducer(text: string): Reproducer | undefined {
  const [head = "", call = ""] = text.split("\n\n", 2);
  const [, version] = /^tgc ([^,\n]+), node [^\n]*$/.exec(head) ?? [];
  if (version === undefined || !call.startsWith("tgc ") || call.includes("\n")) return undefined;
  const argv = readWords(call.slice("tgc ".length));
  if (argv === undefined) return undefined;
  const rest = text.slice(head.length + call.length + 2 * "\n\n".length);
  return { version, argv, ...readFiles(rest, argv) };
}

/** Words as they are, or quoted as JSON strings. */
function readWords(line: string): readonly string[] | undefined {
  const words: string[] = [];
  for (const [word] of line.matchAll(/"(?:[^"\\]|\\.)*"|\S+/g)) {
    const read = word.startsWith('"') ? readQuoted(word) : word;
    if (read === undefined) return undefined;
    words.push(read);
  }
  return words.length === 0 ? undefined : words;
}

function readQuoted(word: string): string | undefined {
  try {
    const read: unknown = JSON.parse(word);
    return typeof read === "string" ? read : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A line `--- name` begins a file, where the name is a word of the call, in the order of its words. They are looked for from the end, as a
 * program may have such a line, too.
 */
function readFiles(rest: string, argv: readonly string[]): Pick<Reproducer, "detail" | "files"> {
  const found: (readonly [name: string, text: string])[] = [];
  let end = rest.length;
  for (const name of argv.toReversed()) {
    const mark = `--- ${name}\n`;
    const at = rest.slice(0, end).lastIndexOf(`\n\n${mark}`);
    const start = at < 0 && rest.startsWith(mark) ? 0 : at;
    if (start < 0 || end === 0) continue;
    const from = start + (at < 0 ? 0 : 2) + mark.length;
    found.push([name, `${rest.slice(from, end).replace(/\n+$/, "")}\n`]);
    end = start;
  }
  return { detail: rest.slice(0, end).trim(), files: new Map(found.toReversed()) };
}

/** What a failure is known by: its first line, without the numbers and names that change from run to run. */
export function failureOf(detail: string): string {
  return (detail.split("\n")[0] ?? "").replace(/`[^`]*`/g, "`_`").replace(/\d+/g, "0");
}
