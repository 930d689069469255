// What of a timeline is drawn: of each row at most two marks for a pixel, however many events there are; and what is under a place.
// Nothing here walks over all events but what is done once.

import type { TimelineData } from "../page-data.ts";

/** The events of one row, by index, in order of their starts; they do not overlap, but in the last row of a queue. */
export interface Row {
  readonly name: string;
  readonly events: Int32Array;
}

export interface View {
  readonly fromNs: number;
  readonly toNs: number;
}

/** A run of pixels with one event, or with several that are too narrow to be distinguished: those from `first` on in its row. */
export interface Mark {
  readonly x: number;
  readonly width: number;
  readonly event: number;
  readonly first: number;
  readonly count: number;
}

/** A row for each queue; where its transfers overlap, as many as are under way at once, up to a few. */
export function makeRows(data: TimelineData, maxLanes = 3): readonly Row[] {
  const lanes: number[][][] = data.queues.map(() => []);
  const untilNs: number[][] = data.queues.map(() => []);
  for (let event = 0; event < data.queue.length; event++) {
    const queue = data.queue[event] as number;
    const [own, until] = [lanes[queue], untilNs[queue]];
    if (own === undefined || until === undefined) continue;
    const start = data.startNs[event] ?? 0;
    const free = until.findIndex((ns) => ns <= start + 0.02);
    const lane = free >= 0 ? free : Math.min(own.length, maxLanes - 1);
    own[lane] = own[lane] ?? [];
    own[lane]?.push(event);
    until[lane] = Math.max(until[lane] ?? 0, data.endNs[event] ?? 0);
  }
  return lanes.flatMap((own, queue) =>
    own.map((events, lane) => ({
      name: lane === 0 ? (data.queues[queue] ?? "") : "",
      events: Int32Array.from(events),
    })),
  );
}

/** The first place from `low` on in a row of a column in which a time is later than `ns`. */
function firstLater({ events }: Row, column: TimelineData["startNs"], ns: number, low = 0): number {
  let from = low;
  let to = events.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((column[events[middle] as number] ?? 0) <= ns) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Marks in order. What ends within the pixel that it begins in is drawn with all others that do, as one mark. */
export function marksOf(row: Row, data: TimelineData, view: View, pixels: number): readonly Mark[] {
  const scale = pixels / (view.toNs - view.fromNs);
  const toX = (ns: number): number => (ns - view.fromNs) * scale;
  const { startNs, endNs } = data;
  const marks: Mark[] = [];
  for (let first = firstLater(row, endNs, view.fromNs); first < row.events.length; ) {
    const event = row.events[first] as number;
    if ((startNs[event] ?? 0) > view.toNs) break;
    const x = Math.max(0, toX(startNs[event] ?? 0));
    const end = Math.min(pixels, toX(endNs[event] ?? 0));
    const nextPixel = Math.floor(x) + 1;
    if (end > nextPixel + 0.5) {
      marks.push({ x, width: end - x, event, first, count: 1 });
      first++;
      continue;
    }
    let next = Math.max(first + 1, firstLater(row, startNs, view.fromNs + nextPixel / scale, first));
    // The last of them may be a long one, which is a mark of its own.
    const last = row.events[next - 1] as number;
    if (next - 1 > first && toX(endNs[last] ?? 0) > nextPixel + 0.5) next--;
    const lastEnd = Math.min(pixels, toX(endNs[row.events[next - 1] as number] ?? 0));
    marks.push({ x, width: Math.max(1, lastEnd - x), event, first, count: next - first });
    first = next;
  }
  return marks;
}

/** The event of a row at a time; of several within `slackNs` the nearest. */
export function eventAt(row: Row, data: TimelineData, ns: number, slackNs: number): number | undefined {
  const event = row.events[firstLater(row, data.endNs, ns - slackNs)];
  return event !== undefined && (data.startNs[event] ?? 0) <= ns + slackNs ? event : undefined;
}

/** What a search found: how many events, and of each row how many there are before each place. */
export interface Found {
  readonly count: number;
  readonly before: readonly Uint32Array[];
}

/** Whether one of a mark's events was found. */
export function isFound({ before }: Found, row: number, { first, count }: Mark): boolean {
  return (before[row]?.[first + count] ?? 0) > (before[row]?.[first] ?? 0);
}

/** Events whose name, kernel or operands have a text in them. */
export function searchEvents(data: TimelineData, rows: readonly Row[], wanted: string): Found {
  const text = wanted.trim().toLowerCase();
  const has = (words: readonly string[]): readonly boolean[] =>
    words.map((word) => text !== "" && word.toLowerCase().includes(text));
  const [names, kernels, texts] = [has(data.names), has(data.kernels), has(data.texts)];
  const isWanted = (event: number): boolean =>
    names[data.name[event] as number] === true ||
    kernels[data.kernel[event] as number] === true ||
    texts[data.text[event] as number] === true;
  let count = 0;
  const before = rows.map(({ events }) => {
    const start = count;
    const sums = new Uint32Array(events.length + 1);
    for (const [place, event] of events.entries()) {
      if (isWanted(event)) count++;
      sums[place + 1] = count - start;
    }
    return sums;
  });
  return { count, before };
}

/** The view moved and scaled, within the whole time. */
export function moveView(
  { fromNs, toNs }: View,
  whole: number,
  change: { readonly by?: number; readonly zoom?: number; readonly at?: number },
): View {
  const { by = 0, zoom = 1, at = 0.5 } = change;
  const size = toNs - fromNs;
  const next = Math.min(whole, Math.max(whole / 1e7, size * zoom));
  const from = fromNs + by * size + (size - next) * at;
  const start = Math.min(Math.max(0, from), whole - next);
  return { fromNs: start, toNs: start + next };
}
