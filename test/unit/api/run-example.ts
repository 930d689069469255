// Runs the text of an example with a library that is handed in, without a file, and compares what it prints with what it says.
import { format } from "node:util";

type AsyncFunction = (library: object, console: object) => Promise<void>;
const AsyncFunctionOf = Object.getPrototypeOf(async () => {}).constructor as new (...texts: string[]) => AsyncFunction;

/** The lines that an example prints; its one import becomes the library. */
export async function runExample(text: string, library: object): Promise<readonly string[]> {
  const printed: string[] = [];
  const body = text.replace(/^import (\{[^}]*\}) from "tgc";$/m, "const $1 = library;");
  const run = new AsyncFunctionOf("library", "console", body);
  await run(library, { log: (...values: unknown[]) => printed.push(format(...values)) });
  return printed;
}

/** What the comments after `console.log` say is printed, in order; `...` stands for anything. */
export function wantedLines(text: string): readonly RegExp[] {
  return [...text.matchAll(/^.*console\.log\(.*\); \/\/ (.*)$/gm)].map(([, wanted = ""]) => {
    const parts = wanted.split("...").map((part) => part.trim().replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    return new RegExp(`^${parts.join("[\\s\\S]*")}$`);
  });
}
