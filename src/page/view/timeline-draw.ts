// Draws the timeline: kernels on top, then a row for each queue, with at most two marks for a pixel.

import { formatNs } from "../../../ir-spec/base/format-numbers.ts";
import type { KernelSpan, TimelineData } from "../page-data.ts";
import { type Found, isFound, marksOf, type Row, type View } from "./timeline-model.ts";

/** Changed in place by pointer, keys and search. */
export interface TimelineState {
  readonly data: TimelineData;
  readonly kernels: readonly KernelSpan[];
  readonly rows: readonly Row[];
  view: View;
  found: Found | undefined;
  hovered: number | undefined;
}

export const layout = { left: 64, top: 70, rowHeight: 18, kernelTop: 22, kernelHeight: 42, kernelLines: 3 } as const;

interface Pen {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly color: (name: string) => string;
}

export function drawTimeline(canvas: HTMLCanvasElement, state: TimelineState): void {
  const width = canvas.clientWidth;
  const height = layout.top + state.rows.length * layout.rowHeight + 8;
  const context = canvas.getContext("2d");
  if (context === null || width === 0) return;
  const ratio = window.devicePixelRatio || 1;
  canvas.style.height = `${height}px`;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = "11px system-ui, sans-serif";
  context.textBaseline = "middle";
  const pen: Pen = { context, width: width - layout.left, color: makeColors(canvas) };
  drawTimes(pen, state.view, height);
  drawKernels(pen, state);
  for (const [index, row] of state.rows.entries()) drawRow(pen, state, row, index);
}

/** Colors of the style sheet by name, as they are now: a custom property's own text holds those of light and dark. */
function makeColors(canvas: HTMLCanvasElement): Pen["color"] {
  const known = new Map<string, string>();
  return (name) => {
    const color = known.get(name) ?? computedColor(canvas, name);
    known.set(name, color);
    return color;
  };
}

function computedColor(canvas: HTMLCanvasElement, name: string): string {
  canvas.style.color = `var(--${name})`;
  return getComputedStyle(canvas).color;
}

function drawTimes({ context, width, color }: Pen, { fromNs, toNs }: View, height: number): void {
  const step = niceStep((toNs - fromNs) / Math.max(2, width / 110));
  for (let ns = Math.ceil(fromNs / step) * step; ns <= toNs; ns += step) {
    const x = layout.left + ((ns - fromNs) / (toNs - fromNs)) * width;
    context.fillStyle = color("grid");
    context.fillRect(x, 16, 1, height);
    context.fillStyle = color("muted");
    context.fillText(formatNs(Math.round(ns * 1000) / 1000), x + 3, 8);
  }
}

/** 1, 2 or 5 times a power of ten. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * (least / power <= 1 ? 1 : least / power <= 2 ? 2 : least / power <= 5 ? 5 : 10);
}

/** Kernels overlap: each is in the first of a few lines that is free when it starts. */
function drawKernels({ context, width, color }: Pen, { kernels, view }: TimelineState): void {
  const scale = width / (view.toNs - view.fromNs);
  const lineHeight = layout.kernelHeight / layout.kernelLines;
  const untilNs = new Array<number>(layout.kernelLines).fill(0);
  context.fillStyle = color("muted");
  context.fillText("kernels", 4, layout.kernelTop + layout.kernelHeight / 2);
  for (const [index, { name, startNs, endNs }] of kernels.entries()) {
    const free = untilNs.findIndex((until) => until <= startNs);
    const line = free < 0 ? index % layout.kernelLines : free;
    untilNs[line] = endNs;
    const from = Math.max(0, (startNs - view.fromNs) * scale);
    const to = Math.min(width, (endNs - view.fromNs) * scale);
    if (to <= 0 || from >= width || to - from < 0.5) continue;
    const y = layout.kernelTop + line * lineHeight;
    context.fillStyle = hue(index, 1);
    context.fillRect(layout.left + from, y, to - from, lineHeight - 1);
    drawLabel(context, name, { x: layout.left + from, y: y + lineHeight / 2, width: to - from, color: "#fff" });
  }
}

function drawLabel(
  context: CanvasRenderingContext2D,
  text: string,
  place: { readonly x: number; readonly y: number; readonly width: number; readonly color: string },
): void {
  if (place.width < 24) return;
  const room = Math.floor((place.width - 8) / 6.4);
  context.fillStyle = place.color;
  context.fillText(
    text.length <= room ? text : `${text.slice(0, Math.max(1, room - 1))}\u2026`,
    place.x + 3,
    place.y + 0.5,
  );
}

const hue = (index: number, alpha: number): string => `hsl(${(index * 137.508 + 210) % 360} 55% 45% / ${alpha})`;

function drawRow(pen: Pen, state: TimelineState, row: Row, index: number): void {
  const { context, width, color } = pen;
  const { data, view, found, hovered } = state;
  const y = layout.top + index * layout.rowHeight;
  context.fillStyle = color("muted");
  context.fillText(row.name, 4, y + layout.rowHeight / 2);
  context.fillStyle = color("grid");
  context.fillRect(layout.left, y + layout.rowHeight - 1, width, 1);
  for (const mark of marksOf(row, data, view, width)) {
    const { x, width: size, event, count } = mark;
    const isWait = data.text[event] === -1;
    const isDim = found !== undefined && !isFound(found, index, mark);
    context.globalAlpha = isDim ? 0.15 : 1;
    context.fillStyle = isWait ? color("wait-mark") : hue(data.kernel[event] ?? 0, count > 1 ? 0.75 : 1);
    context.fillRect(layout.left + x, y + 2, size, layout.rowHeight - 5);
    if (event === hovered) {
      context.strokeStyle = color("text");
      context.strokeRect(layout.left + x + 0.5, y + 2.5, Math.max(1, size - 1), layout.rowHeight - 6);
    }
    const place = { x: layout.left + x, y: y + layout.rowHeight / 2 - 0.5, width: size };
    const name = data.names[data.name[event] ?? 0] ?? "";
    if (count === 1) drawLabel(context, name, { ...place, color: isWait ? color("text") : "#fff" });
    context.globalAlpha = 1;
  }
}
