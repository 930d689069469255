// `tgc profile --tokens`: the redundant tokens of a stream, and what leaving them out would save.

import { formatNs, formatPercent } from "../../ir-spec/base/format-numbers.ts";
import type { RedundantTokens, TokenCosts, TokenPlace } from "../driver/token-costs.ts";
import { left, right, textTable } from "./text-table.ts";

/** How many tokens are redundant, and a table of them by semaphore and place; the text ends with a line break. */
export function printTokenCosts({ executions, redundant, savesNs }: TokenCosts, timeNs: number): string {
  if (redundant.length === 0) return `tokens: none of ${executions} acquires and releases is redundant\n`;
  const joint = redundant.filter(({ isJoint }) => isJoint).reduce((sum, found) => sum + countOf(found), 0);
  const saved = `${formatNs(savesNs)} (${formatPercent((100 * savesNs) / timeNs)})`;
  const total = `${joint} of ${executions} acquires and releases can be left out together, which saves ${saved}`;
  const headings = [
    left("semaphore"),
    left("kernels"),
    left("release"),
    left("acquire"),
    right("tokens"),
    right("saves"),
  ];
  return `tokens: ${total}\n\n${textTable([...headings, left("left out")], redundant.map(cellsOf))}`;
}

function countOf({ releases, acquires }: RedundantTokens): number {
  return [...releases, ...acquires].reduce((sum, { executions }) => sum + executions, 0);
}

function cellsOf(found: RedundantTokens): readonly string[] {
  const { semaphore, name, releases, acquires, isJoint, savesNs } = found;
  const title = name === "" ? `s${semaphore}` : `s${semaphore} "${name}"`;
  const kernels = [...new Set([...releases, ...acquires].map(({ kernel }) => kernel))].join(" -> ");
  const places = [releases, acquires].map((side) => side.map(printPlace).join(" "));
  return [title, kernels, ...places, String(countOf(found)), formatNs(savesNs), isJoint ? "together" : "alone"];
}

const printPlace = ({ queue, path }: TokenPlace): string => `${queue}:${path.join(".")}`;
