// `tgc why-not` as a person reads it.

import { formatNs } from "../../ir-spec/base/format-numbers.ts";
import { showName } from "../../ir-spec/base/shown-text.ts";
import type { Forced, WhyNotFuse } from "../why/why-not-fuse.ts";

export function printWhyNotFuse(found: WhyNotFuse): string {
  const { kernels, isFused, remarks, areNeighbours, timeNs, forced } = found;
  const [one, other] = kernels;
  const said = remarks.map(({ text }) => `  ${text}`);
  const unsaid = areNeighbours
    ? "  the fuser did not consider it: kernels that the program's text names stay as they are, and others only grow from product to rows"
    : "  neither reads what the other makes, so one kernel would save no traffic";
  const lines = isFused
    ? [`they are fused, in kernel ${one}`, ...said]
    : [
        `kernels ${one} and ${other} are not fused`,
        ...(said.length === 0 ? [unsaid] : said),
        ...(forced === undefined ? [] : [forcedText(forced, timeNs)]),
      ];
  return lines.map((line) => `${showName(line)}\n`).join("");
}

/** `forced: the program takes 12.3 us, +4.1 us (33.4 %) more than with two kernels` */
function forcedText(forced: Forced, timeNs: number | undefined): string {
  if (!forced.isPossible) return `forced: ${forced.why}${forced.code === undefined ? "" : ` (${forced.code})`}`;
  const time = `forced: the program takes ${formatNs(forced.timeNs)}, simulated`;
  if (timeNs === undefined) return time;
  const moreNs = forced.timeNs - timeNs;
  const share = `${Math.abs((100 * moreNs) / timeNs).toFixed(1)} %`;
  const [amount, word] = [formatNs(Math.abs(moreNs)), moreNs < 0 ? "less" : "more"];
  return `${time}: ${amount} (${share}) ${word} than the ${formatNs(timeNs)} of two kernels`;
}
