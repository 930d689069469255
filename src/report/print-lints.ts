// The lints of a run as a person reads them: all of them, or the most expensive ones.

import { formatCount, formatNs, formatPercent } from "../../ir-spec/base/format-numbers.ts";
import { showName } from "../../ir-spec/base/shown-text.ts";
import { type LintFinding, minLintShare } from "../why/lints/find-lints.ts";

/** `most`: how many are listed, the others are counted. */
export function printLints(found: readonly LintFinding[], timeNs: number, most = found.length): string {
  if (found.length === 0) return `lints: none would save more than ${formatPercent(100 * minLintShare)} of the time\n`;
  const lines = found
    .slice(0, most)
    .flatMap(({ code, title, text, advice, savesNs }) => [
      `  ${code}  ${title}: up to ${formatNs(savesNs)}, ${formatPercent((100 * savesNs) / timeNs)} of the time: ${text}`,
      `       ${advice}`,
    ]);
  const head = "lints: what each would save at most, simulated; `tgc explain L01` says how each is found";
  const more = found.length > most ? [`${found.length - most} more; \`--lints\` lists all`] : [];
  return [head, ...lines, ...more].map((line) => `${showName(line)}\n`).join("");
}

/** In place of lints that nobody looked for. */
export function printNoLints(instructions: number): string {
  return `lints: not looked for in a run of ${formatCount(instructions)} instructions, which each simulates again; \`--lints\` does\n`;
}
