// The page of a comparison: the table, the times as bars, why the fastest runs win, and all runs under the rooflines.

import { formatNs } from "../../../ir-spec/base/format-numbers.ts";
import type { CompareData, ComparedRun } from "../page-data.ts";
import { element, type Panel, prose, table } from "./dom.ts";
import { rooflinePanel } from "./roofline.ts";
import { tradesPanel } from "./trades.ts";

export function comparePanels(data: CompareData): readonly Panel[] {
  return [
    tablePanel(data),
    barsPanel(data),
    reasonsPanel(data),
    tradesPanel(data.trades),
    rooflinePanel(data.roofline),
  ];
}

function tablePanel({ columns, runs }: CompareData): Panel {
  const boundAt = columns.indexOf("bound");
  const rows = runs.map(({ cells, reason }) =>
    reason === "" ? cells.map(markedCell) : [...cells.slice(0, boundAt), element("span", {}, prose(reason))],
  );
  const made = table(columns, rows);
  made.classList.add("wide", "numbers");
  for (const [index, row] of [...(made.tBodies[0]?.rows ?? [])].entries()) {
    row.classList.toggle("fastest", runs[index]?.isFastest === true);
    const isUnfit = runs[index]?.reason !== "";
    row.classList.toggle("unfit", isUnfit);
    // The reason has the room of all figures.
    if (isUnfit) row.cells[boundAt]?.setAttribute("colspan", String(columns.length - boundAt));
  }
  const note = "The fastest run of each machine and size is marked; more and less than that one in color.";
  return { id: "runs", title: "Runs", content: [element("div", { class: "scroll" }, [made])], note };
}

/** `101 ms+`: more than the fastest run. */
function markedCell(cell: string): HTMLElement {
  const mark = /[+-]$/.exec(cell)?.[0];
  const kind = mark === "+" ? "more" : mark === "-" ? "less" : "";
  return element("span", { class: kind }, [mark === undefined ? cell : cell.slice(0, -1)]);
}

function barsPanel({ runs }: CompareData): Panel {
  const groups = [...new Set(runs.map(({ group }) => group))];
  const content = groups.map((group) => {
    const own = runs.filter((run) => run.group === group);
    const most = Math.max(1, ...own.map(({ timeNs }) => timeNs ?? 0));
    return element("div", { class: "bars" }, [element("h3", {}, [group]), ...own.map((run) => timeBar(run, most))]);
  });
  return { id: "times", title: "Time", content };
}

function timeBar({ name, timeNs, isFastest }: ComparedRun, most: number): HTMLElement {
  const part = element("span", {
    class: isFastest ? "bar-part busy fastest" : "bar-part busy",
    style: `width:${(100 * (timeNs ?? 0)) / most}%`,
  });
  return element("div", { class: "bar-row" }, [
    element("span", { class: "bar-name wide" }, [name]),
    element("span", { class: "bar" }, [part]),
    element("span", { class: "bar-note" }, [timeNs === undefined ? "does not fit" : formatNs(timeNs)]),
  ]);
}

function reasonsPanel({ reasons }: CompareData): Panel {
  const rows = reasons.map((text) => element("li", {}, prose(text)));
  const content =
    rows.length === 0 ? [element("p", { class: "empty" }, ["There is one run."])] : [element("ul", {}, rows)];
  return { id: "reasons", title: "Why", content };
}
