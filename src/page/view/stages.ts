// The texts of all stages, two side by side: a line of the program marks the statements and instructions that come from it, and
// the other way round.

import type { StageText } from "../page-data.ts";
import { element, type Panel } from "./dom.ts";

/** Longer texts are cut: the browser would lay out every line. */
const maxLines = 4000;

export interface StagesPanel extends Panel {
  /** Marks what comes from lines of the program, in all stages, and brings the panel into view. */
  readonly showLines: ShowLines;
  /** The same where it is. */
  readonly mark: ShowLines;
}

type ShowLines = (lines: readonly number[]) => void;

interface StagesOptions {
  /** The stages that are shown first, by index. */
  readonly first: readonly number[];
  /** Called with the lines of the program that somebody clicks at. */
  readonly onPick?: ShowLines;
}

interface Column {
  readonly host: HTMLElement;
  readonly select: HTMLSelectElement;
}

export function stagesPanel(stages: readonly StageText[], { first, onPick }: StagesOptions): StagesPanel {
  let marked: ReadonlySet<number> = new Set();
  const columns = first.map((index) => makeColumn(stages, Math.min(stages.length - 1, index)));
  const mark = (lines: readonly number[]): void => {
    marked = new Set(lines);
    for (const { host } of columns) markLines(host, marked);
  };
  const pick = (lines: readonly number[]): void => {
    mark(lines);
    onPick?.(lines);
  };
  const showColumn = ({ host, select }: Column): void => {
    const stage = stages[Number(select.value)];
    if (stage === undefined) return;
    host.replaceChildren(stageElement(stage, pick));
    markLines(host, marked);
  };
  for (const column of columns) {
    column.select.addEventListener("change", () => showColumn(column));
    showColumn(column);
  }
  const content = [
    element(
      "div",
      { class: "columns" },
      columns.map(({ host, select }) => element("div", {}, [select, host])),
    ),
  ];
  const note = "A click on a line marks, in both texts, what it is made of or what is made of it.";
  const showLines = (lines: readonly number[]): void => {
    mark(lines);
    document.getElementById("stages")?.scrollIntoView({ behavior: "smooth" });
  };
  return { id: "stages", title: "Stages", content, note, showLines, mark };
}

function makeColumn(stages: readonly StageText[], first: number): Column {
  const options = stages.map(({ title }, index) => element("option", { value: index }, [title]));
  const select = element("select", { "aria-label": "stage" }, options);
  select.value = String(first);
  return { host: element("div", { class: "scroll code" }), select };
}

function stageElement({ text, links }: StageText, mark: (lines: readonly number[]) => void): HTMLElement {
  const lines = text.trimEnd().split("\n");
  const rows = lines.slice(0, maxLines).map((line, index) => {
    const own = links[index + 1] ?? [];
    const row = element("div", { class: own.length === 0 ? "line" : "line linked", "data-lines": own.join(" ") }, [
      element("span", { class: "number" }, [String(index + 1)]),
      line === "" ? " " : line,
    ]);
    if (own.length > 0) row.addEventListener("click", () => mark(own));
    return row;
  });
  const rest =
    lines.length > maxLines ? [element("div", { class: "note" }, [`${lines.length - maxLines} more lines`])] : [];
  return element("pre", {}, [...rows, ...rest]);
}

/** The first marked line is scrolled to, within its own text. */
function markLines(host: HTMLElement, marked: ReadonlySet<number>): void {
  let first: HTMLElement | undefined;
  for (const row of host.querySelectorAll<HTMLElement>(".line")) {
    const own = (row.dataset.lines ?? "")
      .split(" ")
      .filter((word) => word !== "")
      .map(Number);
    const isMarked = own.some((line) => marked.has(line));
    row.classList.toggle("marked", isMarked);
    if (isMarked) first = first ?? row;
  }
  if (first !== undefined) host.scrollTop = first.offsetTop - host.clientHeight / 3;
}
