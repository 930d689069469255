// Standard input as a file: what is called `-` on the command line. It is read once for each call, when first asked for.

import { AsyncLocalStorage } from "node:async_hooks";
import { readFileSync } from "node:fs";
import { once } from "../../ir-spec/base/once.ts";

/** What the running call reads standard input with; files are read far below the code that knows the call. */
const current = new AsyncLocalStorage<(() => Uint8Array) | undefined>();

/** Runs an action whose files may be standard input; without a way to read it they are not, even within a call that has one. */
export function withStandardInput<T>(read: (() => Uint8Array) | undefined, action: () => T): T {
  return current.run(read === undefined ? undefined : once(read), action);
}

/** Its bytes; undefined where nobody gave a way to read it. */
export function readStandardInput(): Uint8Array | undefined {
  return current.getStore()?.();
}

const bareName = "<stdin>";

/** By their first word, texts of later stages are distinguished from programs. */
const endings: Readonly<Record<string, string>> = { program: ".tile", stream: ".s" };

/** What standard input is called in place of `-`: a name whose ending says its stage, as those of files do. */
export function standardInputName(): string {
  const bytes = readStandardInput();
  if (bytes === undefined) return "-";
  const start = new TextDecoder().decode(bytes.subarray(0, 4096));
  const [word = ""] = start.replace(/^(\s|\/\/.*\n)*/, "").split(/\s/, 1);
  return `${bareName}${Object.hasOwn(endings, word) ? endings[word] : ""}`;
}

export function isStandardInput(file: string): boolean {
  return file.startsWith(bareName);
}

/** How long to wait where a terminal or pipe has nothing yet (ms). */
const pauseMs = 10;

/** Reads the standard input of this process to its end. */
export function readProcessInput(): Uint8Array {
  for (;;) {
    try {
      return readFileSync(0);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
    }
  }
}
