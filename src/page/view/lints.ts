// The panel of lints: what the run would gain from, and what to change.

import { formatNs, formatPercent } from "../../../ir-spec/base/format-numbers.ts";
import type { LintRow, ReportData } from "../page-data.ts";
import { element, type Panel, prose } from "./dom.ts";

export function lintsPanel({ lints, timeNs }: ReportData): Panel {
  const note =
    "Optimisations of the vendor's guides, with what each would save at most: the same instructions, simulated where the cost is gone. Several together save less than their sum.";
  const content =
    lints.length === 0
      ? [element("p", { class: "empty" }, ["None would save enough time to be worth a change."])]
      : lints.map((lint) => lintRow(lint, timeNs));
  return { id: "lints", title: "Lints", content, note };
}

function lintRow({ code, title, text, advice, savesNs }: LintRow, timeNs: number): HTMLElement {
  const share = (100 * savesNs) / timeNs;
  const bar = element("span", { class: "bar" }, [
    element("span", { class: "bar-part waiting", style: `width:${Math.min(100, share)}%` }),
  ]);
  const gain = element("span", { class: "lint-gain" }, [`${formatNs(savesNs)}, ${formatPercent(share)}`]);
  const head = element("div", { class: "lint-head" }, [element("b", {}, [`${code} ${title}`]), bar, gain]);
  return element("div", { class: "lint" }, [
    head,
    element("p", {}, prose(text)),
    element("p", {}, prose(`What to do: ${advice}.`)),
  ]);
}
