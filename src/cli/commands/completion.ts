// `tgc completion`: a script that completes the command in a shell.

import { at, problem } from "../../../ir-spec/base/result.ts";
import { suggest } from "../../../ir-spec/base/suggest.ts";
import { completionScripts, shells } from "../completion.ts";
import { type CommandResult, done, stop } from "../outcome.ts";
import type { Given } from "../specs.ts";

export function completionCommand({ args: { shell } }: Given<"completion">): CommandResult {
  const known = shells.find((name) => name === shell);
  if (known === undefined) {
    return stop([
      at(problem("E1311", { name: shell, expected: shells.join(", ") }), undefined, suggest(shell, shells).notes),
    ]);
  }
  const script = completionScripts[known]();
  return done(script, { shell, script });
}
