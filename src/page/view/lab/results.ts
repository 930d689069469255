// What the compiler made of the program, in tabs. A tab's panels are made when it is shown.

import type { CompiledProgram } from "../../../lab/lab-data.ts";
import { element, listenToPageKeys, type Panel, panelElement } from "../dom.ts";
import { graphsPanel } from "../graphs.ts";
import { lintsPanel } from "../lints.ts";
import { pathPanel, remarksPanel, trafficPanel } from "../lists.ts";
import { memoryPanel } from "../memory.ts";
import { passesPanel } from "../passes.ts";
import { rooflinePanel } from "../roofline.ts";
import { stagesPanel } from "../stages.ts";
import { summaryPanel } from "../summary.ts";
import { timelinePanel } from "../timeline.ts";
import { profilePanels } from "./profile.ts";

type ShowLines = (lines: readonly number[]) => void;

interface Shown {
  readonly program: CompiledProgram;
  /** Marks lines of the program in the editor. */
  readonly showLines: ShowLines;
  /** Said to the reader of texts, so that a line that is marked later is marked there. */
  readonly onMark: (mark: ShowLines) => void;
}

interface Tab {
  readonly id: string;
  readonly title: string;
  readonly panels: (shown: Shown) => readonly Panel[];
}

/** Panels of a run on a machine; other targets have none. */
const ofReport =
  (make: (report: NonNullable<CompiledProgram["report"]>, shown: Shown) => readonly Panel[]): Tab["panels"] =>
  (shown) => {
    const { report } = shown.program;
    if (report !== undefined) return make(report, shown);
    const words = "This target has no simulator, so there are no times. Its stages and passes are in the tabs beside.";
    return [{ id: "none", title: "No times", content: [element("p", { class: "empty" }, [words])] }];
  };

const tabs: readonly Tab[] = [
  {
    id: "summary",
    title: "Summary",
    panels: ofReport((report) => [
      summaryPanel(report),
      lintsPanel(report),
      pathPanel(report),
      rooflinePanel(report.roofline),
      trafficPanel(report),
    ]),
  },
  {
    id: "timeline",
    title: "Timeline",
    panels: ofReport((report, { showLines }) => [timelinePanel(report, { showLines })]),
  },
  { id: "stages", title: "Stages", panels: stageTab },
  {
    id: "passes",
    title: "Passes",
    panels: ({ program: { passes, remarks }, showLines }) => [passesPanel(passes), remarksPanel(remarks, showLines)],
  },
  { id: "graphs", title: "Graph", panels: ofReport((report, { showLines }) => [graphsPanel(report, showLines)]) },
  { id: "memory", title: "Memory", panels: ofReport((report) => [memoryPanel(report)]) },
  {
    id: "profile",
    title: "Profile",
    panels: ofReport((report, { program }) => profilePanels(report, program.profile)),
  },
];

/** The program itself is in the editor; the last stage is the target's own program. */
function stageTab({ program: { stages }, showLines, onMark }: Shown): readonly Panel[] {
  const panel = stagesPanel(stages.slice(1), { first: [stages.length - 3, stages.length - 2], onPick: showLines });
  onMark(panel.mark);
  return [panel];
}

export interface Results {
  readonly element: HTMLElement;
  readonly show: (program: CompiledProgram) => void;
  /** Marks, in the texts of stages, what comes from lines of the program. */
  readonly mark: ShowLines;
  readonly open: (id: string) => void;
}

/** `values`: the tab of runs and checks, which stays as it is when the program is compiled again. */
export function makeResults(values: HTMLElement, showLines: ShowLines): Results {
  let program: CompiledProgram | undefined;
  let marked: readonly number[] = [];
  let markStages: ShowLines = () => {};
  let current = "summary";
  const host = element("div", { class: "tab-body", role: "tabpanel", tabindex: -1 });
  const showAndMark: ShowLines = (lines) => {
    marked = lines;
    markStages(lines);
    showLines(lines);
  };
  const render = (): void => {
    markStages = () => {};
    const tab = tabs.find(({ id }) => id === current);
    if (tab === undefined) host.replaceChildren(values);
    if (tab === undefined || program === undefined) return;
    const onMark = (mark: ShowLines): void => {
      markStages = mark;
    };
    host.replaceChildren(...tab.panels({ program, showLines: showAndMark, onMark }).map(panelElement));
    markStages(marked);
  };
  const bar = tabBar([...tabs, { id: "values", title: "Run & check" }], (id) => {
    current = id;
    render();
  });
  bar.open(current);
  return {
    element: element("section", { class: "results", "aria-label": "results" }, [bar.element, host]),
    show: (next) => {
      program = next;
      render();
    },
    mark: (lines) => {
      marked = lines;
      markStages(lines);
    },
    open: bar.open,
  };
}

interface TabBar {
  readonly element: HTMLElement;
  readonly open: (id: string) => void;
}

function tabBar(all: readonly Pick<Tab, "id" | "title">[], onOpen: (id: string) => void): TabBar {
  const buttons = all.map(({ id, title }) =>
    element("button", { type: "button", role: "tab", id: `tab-${id}`, "data-tab": id }, [title]),
  );
  const bar = element("div", { class: "tabs", role: "tablist", "aria-label": "results" }, buttons);
  const open = (id: string): void => {
    for (const button of buttons) {
      const isOpen = button.dataset.tab === id;
      button.setAttribute("aria-selected", String(isOpen));
      button.tabIndex = isOpen ? 0 : -1;
    }
    onOpen(id);
  };
  const go = (index: number): void => {
    const button = buttons[(index + buttons.length) % buttons.length];
    button?.focus();
    open(button?.dataset.tab ?? "");
  };
  for (const [index, button] of buttons.entries()) {
    button.addEventListener("click", () => open(button.dataset.tab ?? ""));
    button.addEventListener("keydown", ({ key }) => {
      if (key === "ArrowRight") go(index + 1);
      if (key === "ArrowLeft") go(index - 1);
    });
  }
  listenToPageKeys(bar, ({ key }) => {
    const button = /^[1-9]$/.test(key) ? buttons[Number(key) - 1] : undefined;
    if (button !== undefined) open(button.dataset.tab ?? "");
  });
  return { element: bar, open };
}
