// `tgc profile --lints` as a person reads it.

import { formatNs, formatPercent } from "../../ir-spec/base/format-numbers.ts";
import { showName } from "../../ir-spec/base/shown-text.ts";
import { type LintFinding, minLintShare } from "../why/lints/find-lints.ts";

export function printLints(found: readonly LintFinding[], timeNs: number): string {
  if (found.length === 0) return `lints: none would save more than ${formatPercent(100 * minLintShare)} of the time\n`;
  const lines = found.flatMap(({ code, title, text, advice, savesNs }) => [
    `  ${code}  ${title}: up to ${formatNs(savesNs)}, ${formatPercent((100 * savesNs) / timeNs)} of the time: ${text}`,
    `       ${advice}`,
  ]);
  const head = "lints: what each would save at most, simulated; `tgc explain L01` says how each is found";
  return [head, ...lines].map((line) => `${showName(line)}\n`).join("");
}
