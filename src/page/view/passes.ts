// What each pass changed: lines that are gone and lines that are new, pass by pass.

import type { ChangedLine, PassChange } from "../page-data.ts";
import { element, type Panel } from "./dom.ts";

const signs: Readonly<Record<ChangedLine["kind"], string>> = { same: " ", added: "+", removed: "-", gap: "" };

export function passesPanel(passes: readonly PassChange[]): Panel {
  const note = "The program's text before and after each pass, as far as it differs.";
  return { id: "passes", title: "Passes", content: passes.map(passElement), note };
}

function passElement(change: PassChange): HTMLElement {
  const { pass, summary, lines, isNewStage, leftOut } = change;
  const what = isNewStage
    ? "makes a tile program of the graph"
    : lines.length === 0
      ? "changes nothing"
      : countsOf(lines);
  const head = element("summary", {}, [
    element("b", {}, [pass]),
    ` ${what} `,
    element("span", { class: "note" }, [summary]),
  ]);
  const more = leftOut === 0 ? [] : [element("div", { class: "note" }, [`${leftOut} more changed lines`])];
  const text = element("pre", { class: "changes" }, lines.map(lineElement));
  const body = lines.length === 0 ? [] : [element("div", { class: "scroll" }, [text, ...more])];
  const made = element("details", { class: lines.length === 0 ? "pass same" : "pass" }, [head, ...body]);
  made.open = lines.length > 0 && lines.length < 60;
  return made;
}

function countsOf(lines: readonly ChangedLine[]): string {
  const count = (kind: ChangedLine["kind"]): number => lines.filter((line) => line.kind === kind).length;
  return `+${count("added")} \u2212${count("removed")}`;
}

function lineElement({ kind, text }: ChangedLine): HTMLElement {
  return element("div", { class: `line ${kind}` }, [`${signs[kind]} ${text}`]);
}
