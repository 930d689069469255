// What of a timeline is drawn: of each row at most one mark for a pixel, however many events there are; and what is under a place.

import type { TimelineData } from "../page-data.ts";

/** The events of one row, by index, in order of their starts; they do not overlap. */
export interface Row {
  readonly name: string;
  readonly events: readonly number[];
}

export interface View {
  readonly fromNs: number;
  readonly toNs: number;
}

/** A run of pixels with one event, or with several that are too narrow to be distinguished. */
export interface Mark {
  readonly x: number;
  readonly width: number;
  readonly event: number;
  readonly count: number;
}

/** A row for each queue; where its transfers overlap, as many as are under way at once, up to a few. */
export function makeRows(data: TimelineData, maxLanes = 3): readonly Row[] {
  return data.queues.flatMap((name, queue) => {
    const lanes: number[][] = [];
    const untilNs: number[] = [];
    for (let event = 0; event < data.queue.length; event++) {
      if (data.queue[event] !== queue) continue;
      const start = data.startNs[event] ?? 0;
      const free = untilNs.findIndex((until) => until <= start + 0.02);
      const lane = free >= 0 ? free : Math.min(lanes.length, maxLanes - 1);
      lanes[lane] = lanes[lane] ?? [];
      lanes[lane]?.push(event);
      untilNs[lane] = Math.max(untilNs[lane] ?? 0, data.endNs[event] ?? 0);
    }
    return lanes.map((events, lane) => ({ name: lane === 0 ? name : "", events }));
  });
}

/** The first event of a row that ends after a time. */
export function firstAfter({ events }: Row, data: TimelineData, ns: number): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((data.endNs[events[middle] ?? 0] ?? 0) <= ns) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** At most `pixels` marks, in order. */
export function marksOf(row: Row, data: TimelineData, view: View, pixels: number): readonly Mark[] {
  const scale = pixels / (view.toNs - view.fromNs);
  const marks: { x: number; width: number; event: number; count: number }[] = [];
  for (let index = firstAfter(row, data, view.fromNs); index < row.events.length; index++) {
    const event = row.events[index] as number;
    const start = data.startNs[event] ?? 0;
    if (start > view.toNs) break;
    const x = Math.max(0, (start - view.fromNs) * scale);
    const end = Math.min(pixels, ((data.endNs[event] ?? 0) - view.fromNs) * scale);
    const last = marks.at(-1);
    if (last !== undefined && Math.floor(x) <= Math.floor(last.x) && end - last.x < 1.5) {
      last.width = Math.max(last.width, end - last.x, 1);
      last.count++;
    } else marks.push({ x, width: Math.max(1, end - x), event, count: 1 });
  }
  return marks;
}

/** The event of a row at a time; of several within `slackNs` the nearest. */
export function eventAt(row: Row, data: TimelineData, ns: number, slackNs: number): number | undefined {
  const index = firstAfter(row, data, ns - slackNs);
  const event = row.events[index];
  return event !== undefined && (data.startNs[event] ?? 0) <= ns + slackNs ? event : undefined;
}

/** Events whose name, kernel or operands have a text in them. */
export function searchEvents(data: TimelineData, wanted: string): ReadonlySet<number> {
  const text = wanted.trim().toLowerCase();
  const found = new Set<number>();
  if (text === "") return found;
  const has = (words: readonly string[]): readonly boolean[] => words.map((word) => word.toLowerCase().includes(text));
  const [names, kernels, texts] = [has(data.names), has(data.kernels), has(data.texts)];
  for (let event = 0; event < data.name.length; event++) {
    const isFound = names[data.name[event] ?? -1] || kernels[data.kernel[event] ?? -1] || texts[data.text[event] ?? -1];
    if (isFound) found.add(event);
  }
  return found;
}

/** The view moved and scaled, within the whole time. */
export function moveView(
  { fromNs, toNs }: View,
  whole: number,
  change: { readonly by?: number; readonly zoom?: number; readonly at?: number },
): View {
  const { by = 0, zoom = 1, at = 0.5 } = change;
  const size = toNs - fromNs;
  const next = Math.min(whole, Math.max(whole / 1e6, size * zoom));
  const from = fromNs + by * size + (size - next) * at;
  const start = Math.min(Math.max(0, from), whole - next);
  return { fromNs: start, toNs: start + next };
}
