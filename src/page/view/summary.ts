// The summary: figures, what each engine did with the time, what queues waited for, and what a faster unit would save.

import { formatCount, formatNs, formatPercent, formatPj } from "../../../ir-spec/base/format-numbers.ts";
import type { EngineTimes, Figure, ReportData } from "../page-data.ts";
import { element, type Panel, table } from "./dom.ts";

const shownWaits = 10;

export function summaryPanel(data: ReportData): Panel {
  const { headline, figures, engines, waits, whatIf, timeNs } = data;
  const cards = element(
    "div",
    { class: "cards" },
    figures.map((figure) => card(figure, data)),
  );
  const waitRows = waits.slice(0, shownWaits).map(({ queue, producer, semaphore, ns }) => {
    return [queue, formatNs(ns), formatPercent((100 * ns) / timeNs), producer, semaphore];
  });
  const savings = whatIf.map(({ what, savesNs }) => [what, formatNs(savesNs), formatPercent((100 * savesNs) / timeNs)]);
  const energy = data.energy.map(({ word, summary, pj, share }) => [
    element("span", { title: summary }, [word]),
    formatPj(pj),
    formatPercent(100 * share),
  ]);
  const tables = element("div", { class: "columns" }, [
    titledTable("Longest waits", table(["queue", "waited", "of time", "for", "semaphore"], waitRows)),
    titledTable("If twice as fast", table(["what", "saves", "of time"], savings)),
    ...(energy.length === 0
      ? []
      : [titledTable("Energy, a rough estimate", table(["for", "energy", "share"], energy))]),
  ]);
  const content = [element("p", { class: "headline" }, [headline]), cards, engineBars(engines, timeNs), tables];
  return { id: "summary", title: "Summary", content };
}

function titledTable(title: string, made: HTMLTableElement): HTMLElement {
  return element("div", {}, [element("h3", {}, [title]), made]);
}

function card({ label, value, note, term }: Figure, { glossary }: ReportData): HTMLElement {
  const help = term === undefined ? "" : (glossary[term] ?? "");
  return element("div", { class: "card", title: help }, [
    element("div", { class: "label" }, [label]),
    element("div", { class: "value" }, [value]),
    element("div", { class: "note" }, [note]),
  ]);
}

/** For each engine a bar of the whole time: busy, waiting, the rest; a mark where its own work alone would end. */
function engineBars(engines: readonly EngineTimes[], timeNs: number): HTMLElement {
  const part = (kind: string, ns: number): HTMLElement =>
    element("span", {
      class: `bar-part ${kind}`,
      style: `width:${(100 * ns) / timeNs}%`,
      title: `${kind} ${formatNs(ns)}`,
    });
  const rows = engines.map(({ unit, busyNs, waitingNs, floorNs, activePercent, instructions }) =>
    element("div", { class: "bar-row" }, [
      element("span", { class: "bar-name" }, [unit]),
      element("span", { class: "bar" }, [
        part("busy", busyNs),
        part("waiting", waitingNs),
        element("span", {
          class: "floor",
          style: `left:${(100 * floorNs) / timeNs}%`,
          title: `own work ${formatNs(floorNs)}`,
        }),
      ]),
      element("span", { class: "bar-note" }, [
        `${formatPercent(activePercent)}, ${formatCount(instructions)} instructions`,
      ]),
    ]),
  );
  const legend = element("div", { class: "legend" }, [
    key("busy", "busy"),
    key("waiting", "waiting for tokens"),
    key("floor-key", "its own work alone"),
  ]);
  return element("div", { class: "bars" }, [...rows, legend]);
}

const key = (kind: string, text: string): HTMLElement =>
  element("span", { class: "key" }, [element("span", { class: `swatch ${kind}` }), text]);
