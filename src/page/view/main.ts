// The page: reads its data, makes its panels, and lets the reader move between them and choose light or dark.

import { unpackTimeline } from "../pack-timeline.ts";
import type { PageData, ReportData, StoredPage } from "../page-data.ts";
import { comparePanels } from "./compare.ts";
import { element, listenToPageKeys, type Panel, panelElement } from "./dom.ts";
import { graphsPanel } from "./graphs.ts";
import { lintsPanel } from "./lints.ts";
import { pathPanel, remarksPanel, trafficPanel } from "./lists.ts";
import { memoryPanel } from "./memory.ts";
import { passesPanel } from "./passes.ts";
import { rooflinePanel } from "./roofline.ts";
import { stagesPanel } from "./stages.ts";
import { summaryPanel } from "./summary.ts";
import { themeButton } from "./theme.ts";
import { timelinePanel } from "./timeline.ts";

function reportPanels(data: ReportData): readonly Panel[] {
  const stages = stagesPanel(data.stages, { first: [0, 4] });
  const { showLines } = stages;
  return [
    summaryPanel(data),
    lintsPanel(data),
    pathPanel(data),
    timelinePanel(data, { showLines }),
    rooflinePanel(data.roofline),
    memoryPanel(data),
    trafficPanel(data),
    graphsPanel(data, showLines),
    stages,
    passesPanel(data.passes),
    remarksPanel(data.remarks, showLines),
  ];
}

/** j and k go to the next and the last panel; digits to one of them. */
function listenToPanelKeys(panels: readonly HTMLElement[], page: HTMLElement): void {
  let current = 0;
  listenToPageKeys(page, ({ key, target }) => {
    if (target instanceof HTMLCanvasElement) return;
    const digit = /^[1-9]$/.test(key) ? Number(key) - 1 : undefined;
    const next = key === "j" ? current + 1 : key === "k" ? current - 1 : digit;
    const panel = panels[next ?? -1];
    if (next === undefined || panel === undefined) return;
    current = next;
    panel.scrollIntoView({ behavior: "smooth" });
    panel.focus({ preventScroll: true });
  });
}

function start(data: PageData, page: HTMLElement): void {
  const panels = data.kind === "report" ? reportPanels(data) : comparePanels(data);
  const made = panels.map(panelElement);
  const subtitle = data.kind === "report" ? `on ${data.target}` : "compared";
  const links = panels.map(({ id, title }) => element("a", { href: `#${id}` }, [title]));
  const head = element("header", {}, [
    element("h1", {}, [data.title, element("small", {}, [` ${subtitle}`])]),
    element("nav", { "aria-label": "panels" }, links),
    themeButton(),
  ]);
  const foot = element("footer", {}, [
    "Keys: 1 to 9, j and k panels, / search, d light or dark. Made by tgc; simulated times.",
  ]);
  page.replaceChildren(head, element("main", {}, made), foot);
  listenToPanelKeys(made, page);
}

function unpack(data: StoredPage): PageData {
  return data.kind === "report" ? { ...data, timeline: unpackTimeline(data.timeline) } : data;
}

const page = document.getElementById("page");
const data = document.getElementById("data")?.textContent;
if (page !== null && data) start(unpack(JSON.parse(data) as StoredPage), page);
