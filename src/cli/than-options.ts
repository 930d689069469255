// Options of another compilation, given as one word: `--than "--strategy naive"`.

import { at, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import { parseArgv } from "./parse-argv.ts";
import type { Given } from "./specs.ts";

type TilingWords = Pick<Given<"profile">["options"], "target" | "set" | "schedule" | "strategy" | "fuse">;

/** Options that change how a program is compiled, and no others. */
const taken: ReadonlySet<string> = new Set(["target", "set", "schedule", "strategy", "fuse"]);

/** Reads the words of `option`. */
export function readTilingWords(option: string, text: string): Result<TilingWords> {
  const words = text.split(/\s+/).filter((word) => word !== "");
  const refuse = (why: string) =>
    fail([at(problem("E1331", { option, expected: '"--strategy naive"', found: text, why }), undefined)]);
  const other = words.find((word) => word.startsWith("-") && !taken.has(word.replace(/^--/, "").replace(/=.*$/, "")));
  if (other !== undefined) return refuse(`${other} is none of ${[...taken].map((name) => `--${name}`).join(", ")}`);
  const parsed = parseArgv(["profile", "program.tg", ...words], { columns: 100, version: () => "" });
  if (parsed.kind !== "call") return refuse(parsed.kind === "usage" ? parsed.message : "it asks for help");
  return ok((parsed.given as Given<"profile">).options);
}
