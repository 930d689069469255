// The engines' timeline on a canvas: zoom with the wheel or + and -, pan by dragging or with the arrows, search, and a tooltip.

import { formatNs } from "../../../ir-spec/base/format-numbers.ts";
import type { ReportData } from "../page-data.ts";
import { element, listenToPageKeys, type Panel } from "./dom.ts";
import { drawTimeline, layout, type TimelineState } from "./timeline-draw.ts";
import { eventAt, makeRows, moveView, searchEvents, type View } from "./timeline-model.ts";

export interface TimelineActions {
  /** Called with lines of the program when an event is clicked. */
  readonly showLines: (lines: readonly number[]) => void;
}

const emptyPanel: Panel = {
  id: "timeline",
  title: "Timeline",
  content: [element("p", { class: "empty" }, ["The run has more than a million events, which are not kept."])],
};

export function timelinePanel(report: ReportData, actions: TimelineActions): Panel {
  const { timeline, kernels } = report;
  if (timeline.queue.length === 0) return emptyPanel;
  const canvas = element("canvas", {
    class: "timeline",
    tabindex: 0,
    role: "img",
    "aria-label": "timeline of the queues",
  });
  const tip = element("div", { class: "tip", hidden: "" });
  const search = element("input", {
    type: "search",
    placeholder: "search instructions, kernels, tensors  ( / )",
    "aria-label": "search",
  });
  const found = element("span", { class: "note" });
  const state: TimelineState = {
    data: timeline,
    kernels,
    rows: makeRows(timeline),
    view: { fromNs: 0, toNs: timeline.timeNs },
    found: undefined,
    hovered: undefined,
  };
  const draw = (): void => drawTimeline(canvas, state);
  const show = (view: View): void => {
    state.view = view;
    draw();
  };
  search.addEventListener("input", () => {
    state.found = search.value.trim() === "" ? undefined : searchEvents(timeline, state.rows, search.value);
    found.textContent = state.found === undefined ? "" : `${state.found.count} events`;
    draw();
  });
  listenToPointer({ canvas, tip, state, show, draw, actions });
  listenToKeys(canvas, search, state, show);
  new ResizeObserver(draw).observe(canvas);
  canvas.addEventListener("redraw", draw);
  const buttons = zoomButtons(state, show);
  const note =
    "Wheel or + and - zoom, dragging or the arrows pan, 0 shows all, / searches. A click shows the lines of an instruction.";
  const tools = element("div", { class: "tools" }, [search, ...buttons, found]);
  const frame = element("div", { class: "frame" }, [canvas, tip]);
  return { id: "timeline", title: "Timeline", content: [tools, frame], note };
}

function zoomButtons(state: TimelineState, show: (view: View) => void): readonly HTMLElement[] {
  const whole = state.data.timeNs;
  const button = (text: string, label: string, next: () => View): HTMLElement => {
    const made = element("button", { type: "button", "aria-label": label, title: label }, [text]);
    made.addEventListener("click", () => show(next()));
    return made;
  };
  return [
    button("+", "zoom in", () => moveView(state.view, whole, { zoom: 0.5 })),
    button("\u2212", "zoom out", () => moveView(state.view, whole, { zoom: 2 })),
    button("all", "show all", () => ({ fromNs: 0, toNs: whole })),
  ];
}

function listenToKeys(
  canvas: HTMLCanvasElement,
  search: HTMLInputElement,
  state: TimelineState,
  show: (view: View) => void,
): void {
  const moves: Readonly<Record<string, Parameters<typeof moveView>[2]>> = {
    ArrowLeft: { by: -0.1 },
    ArrowRight: { by: 0.1 },
    "+": { zoom: 0.8 },
    "=": { zoom: 0.8 },
    "-": { zoom: 1.25 },
  };
  canvas.addEventListener("keydown", (event) => {
    const move = moves[event.key];
    if (move === undefined && event.key !== "0") return;
    event.preventDefault();
    const whole = state.data.timeNs;
    show(move === undefined ? { fromNs: 0, toNs: whole } : moveView(state.view, whole, move));
  });
  listenToPageKeys(canvas, (event) => {
    if (event.key !== "/") return;
    event.preventDefault();
    search.focus();
  });
}

interface Pointing {
  readonly canvas: HTMLCanvasElement;
  readonly tip: HTMLElement;
  readonly state: TimelineState;
  readonly show: (view: View) => void;
  readonly draw: () => void;
  readonly actions: TimelineActions;
}

function listenToPointer({ canvas, tip, state, show, draw, actions }: Pointing): void {
  let drag: { readonly x: number; readonly view: View } | undefined;
  const plotWidth = (): number => canvas.clientWidth - layout.left;
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const at = Math.min(1, Math.max(0, (event.offsetX - layout.left) / plotWidth()));
    const by = event.deltaX / plotWidth();
    show(moveView(state.view, state.data.timeNs, { zoom: 2 ** (event.deltaY / 300), at, by }));
  });
  canvas.addEventListener("pointerdown", (event) => {
    drag = { x: event.offsetX, view: state.view };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointerup", (event) => {
    const isClick = drag !== undefined && Math.abs(event.offsetX - drag.x) < 3;
    drag = undefined;
    if (isClick && state.hovered !== undefined) actions.showLines(linesOf(state, state.hovered));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (drag !== undefined) {
      show(moveView(drag.view, state.data.timeNs, { by: (drag.x - event.offsetX) / plotWidth() }));
      return;
    }
    const hovered = eventUnder(state, event.offsetX, event.offsetY, plotWidth());
    if (hovered !== state.hovered) {
      state.hovered = hovered;
      draw();
    }
    placeTip(tip, state, event, canvas.clientWidth);
  });
  canvas.addEventListener("pointerleave", () => {
    state.hovered = undefined;
    tip.hidden = true;
    draw();
  });
}

function eventUnder({ rows, data, view }: TimelineState, x: number, y: number, width: number): number | undefined {
  const row = rows[Math.floor((y - layout.top) / layout.rowHeight)];
  if (row === undefined || x < layout.left) return undefined;
  const nsPerPixel = (view.toNs - view.fromNs) / width;
  return eventAt(row, data, view.fromNs + (x - layout.left) * nsPerPixel, 2 * nsPerPixel);
}

function linesOf({ data }: TimelineState, event: number): readonly number[] {
  return data.lines[data.text[event] ?? -1] ?? [];
}

function placeTip(tip: HTMLElement, state: TimelineState, event: PointerEvent, width: number): void {
  const { hovered, data } = state;
  tip.hidden = hovered === undefined;
  if (hovered === undefined) return;
  const [start, end] = [data.startNs[hovered] ?? 0, data.endNs[hovered] ?? 0];
  const lines = linesOf(state, hovered);
  const words = [
    `${data.queues[data.queue[hovered] ?? 0]}: ${data.names[data.name[hovered] ?? 0]}`,
    `${formatNs(end - start)}, from ${formatNs(start)} to ${formatNs(end)}`,
    `kernel ${data.kernels[data.kernel[hovered] ?? 0]}${lines.length === 0 ? "" : `, line ${lines.join(", ")}`}`,
    data.texts[data.text[hovered] ?? -1] ?? "",
  ];
  tip.replaceChildren(...words.filter((text) => text !== "").map((text) => element("div", {}, [text])));
  const left = Math.min(event.offsetX + 14, Math.max(0, width - tip.offsetWidth - 8));
  tip.style.transform = `translate(${left}px, ${event.offsetY + 16}px)`;
}
