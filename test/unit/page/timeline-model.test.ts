// What a timeline draws is bounded by its pixels, whatever there is; it finds events under a place and by words; and it is packed without loss.
import fc from "fast-check";
import { expect, test } from "vitest";
import { packTimeline, unpackTimeline } from "../../../src/page/pack-timeline.ts";
import type { TimelineData } from "../../../src/page/page-data.ts";
import {
  eventAt,
  isFound,
  makeRows,
  marksOf,
  moveView,
  type Row,
  searchEvents,
} from "../../../src/page/view/timeline-model.ts";

/** A million events of 1 ns on one queue, of two names by turns. */
const count = 1_000_000;
const column = (value: (index: number) => number): readonly number[] =>
  Array.from({ length: count }, (_none, index) => value(index));
const data: TimelineData = {
  queues: ["pe"],
  kernels: ["k"],
  names: ["matmul", "transpose"],
  texts: ["matmul dst=psum", "transpose dst=psum"],
  lines: [[1], [2]],
  queue: column(() => 0),
  kernel: column(() => 0),
  name: column((index) => index % 2),
  text: column((index) => index % 2),
  startNs: column((index) => index),
  endNs: column((index) => index + 1),
  timeNs: count,
};

const rows = makeRows(data);
const row = rows[0] as Row;

test("a million events are at most one mark for a pixel", () => {
  expect(makeRows(data).length).toBe(1);
  const whole = { fromNs: 0, toNs: count };
  const marks = marksOf(row, data, whole, 1000);
  expect(marks.length).toBeLessThanOrEqual(1001);
  expect(marks.reduce((sum, mark) => sum + mark.count, 0)).toBe(count);
  const near = marksOf(row, data, { fromNs: 500, toNs: 510 }, 1000);
  expect(near.map(({ event }) => event)).toEqual([500, 501, 502, 503, 504, 505, 506, 507, 508, 509, 510]);
  expect(eventAt(row, data, 700.5, 0)).toBe(700);
});

test("overlapping events of a queue are in rows of their own, a few at most", () => {
  const overlapping = { ...data, queue: [0, 0, 0, 0, 0], startNs: [0, 1, 2, 3, 4], endNs: [10, 11, 12, 13, 14] };
  expect(makeRows(overlapping).map(({ events }) => [...events])).toEqual([[0], [1], [2, 3, 4]]);
});

test("search is by name, kernel and operands, and marks the runs that hold what it finds", () => {
  const found = searchEvents(data, rows, "TRANS");
  expect(found.count).toBe(count / 2);
  expect(searchEvents(data, rows, "psum").count).toBe(count);
  expect(searchEvents(data, rows, "").count).toBe(0);
  expect(searchEvents(data, rows, "nothing").count).toBe(0);
  const mark = { x: 0, width: 1, event: 0, first: 4, count: 1 };
  expect([4, 5].map((first) => isFound(found, 0, { ...mark, first }))).toEqual([false, true]);
  expect(isFound(found, 0, { ...mark, count: 2 })).toBe(true);
});

test("a view stays within the whole time", () => {
  expect(moveView({ fromNs: 0, toNs: 100 }, 1000, { by: -1 })).toEqual({ fromNs: 0, toNs: 100 });
  expect(moveView({ fromNs: 900, toNs: 1000 }, 1000, { by: 1 })).toEqual({ fromNs: 900, toNs: 1000 });
  expect(moveView({ fromNs: 400, toNs: 600 }, 1000, { zoom: 100 })).toEqual({ fromNs: 0, toNs: 1000 });
  expect(moveView({ fromNs: 0, toNs: 1000 }, 1000, { zoom: 0.5, at: 0.25 })).toEqual({ fromNs: 125, toNs: 625 });
});

/** Executions of two queues one after the other, with pauses: lengths from a hundredth of a nanosecond to a millisecond. */
const timelines = fc
  .array(fc.tuple(fc.nat(1), fc.nat(5000), fc.oneof(fc.nat(20), fc.nat(100_000_000)), fc.nat(3)), { maxLength: 60 })
  .map((steps): TimelineData => {
    const until = [0, 0];
    const events = steps.map(([queue, pause, length, word]) => {
      const startNs = ((until[queue] ?? 0) + pause) / 100;
      until[queue] = (until[queue] ?? 0) + pause + length;
      return { queue, startNs, endNs: (until[queue] ?? 0) / 100, word };
    });
    const sorted = events.sort((a, b) => a.startNs - b.startNs || b.endNs - a.endNs);
    const words = ["a", "b", "c", "d"];
    return {
      ...{ queues: ["pe", "act"], kernels: words, names: words, texts: words, lines: [[1], [2], [], [3, 4]] },
      queue: sorted.map(({ queue }) => queue),
      kernel: sorted.map(({ word }) => word),
      name: sorted.map(({ word }) => 3 - word),
      text: sorted.map(({ word }) => word - 1),
      startNs: sorted.map(({ startNs }) => startNs),
      endNs: sorted.map(({ endNs }) => endNs),
      timeNs: Math.max(1, ...until) / 100,
    };
  });

/** Each event in words, in the order of queues and starts. */
function eventsIn({ queue, kernel, name, text, startNs, endNs }: TimelineData): readonly string[] {
  const shown = (event: number): string =>
    [kernel, name, text, startNs, endNs].map((column) => column[event]).join(" ");
  const indices = Array.from(queue, (_queue, event) => event);
  return [0, 1].flatMap((own) =>
    indices.filter((event) => queue[event] === own).map((event) => `${own}: ${shown(event)}`),
  );
}

test("a packed timeline is unpacked as it was", () => {
  fc.assert(
    fc.property(timelines, (made) => {
      const stored = JSON.parse(JSON.stringify(packTimeline(made)));
      const read = unpackTimeline(stored);
      expect(eventsIn(read)).toEqual(eventsIn(made));
      expect({ ...read, ...made }).toEqual(made);
    }),
    { numRuns: 60 },
  );
});

test("a million events that repeat are packed into a few kilobytes, and unpacked", () => {
  const packed = packTimeline(data);
  expect(packed.packed.length).toBeLessThan(20_000);
  expect(unpackTimeline(packed).endNs[count - 1]).toBe(count);
});

test("every event is in one mark, which covers it, and a pixel has two marks at most", () => {
  fc.assert(
    fc.property(timelines, fc.integer({ min: 1, max: 300 }), fc.nat(100), fc.nat(100), (made, pixels, a, b) => {
      const [fromNs, size] = [(made.timeNs * a) / 200, (made.timeNs * (b + 1)) / 200];
      const view = { fromNs, toNs: fromNs + size };
      for (const own of makeRows(made)) {
        const marks = marksOf(own, made, view, pixels);
        expect(marks.length).toBeLessThanOrEqual(2 * pixels + 2);
        const inView = [...own.events].filter((event) => {
          return (made.endNs[event] as number) > fromNs && (made.startNs[event] as number) <= view.toNs;
        });
        const marked = marks.flatMap(({ first, count: size }) => [...own.events.subarray(first, first + size)]);
        expect(marked).toEqual(expect.arrayContaining(inView));
        expect(new Set(marked).size).toBe(marked.length);
        for (const { x, width, first, count: size } of marks) {
          for (const event of own.events.subarray(first, first + size)) {
            const [start, end] = [made.startNs[event] as number, made.endNs[event] as number];
            const [left, right] = [start, end].map((ns) => ((ns - fromNs) * pixels) / (view.toNs - fromNs));
            if ((left as number) > pixels) continue;
            expect(x).toBeLessThanOrEqual(Math.max(0, left as number) + 1e-6);
            expect(x + width).toBeGreaterThanOrEqual(Math.min(pixels, right as number) - 1e-6);
          }
        }
      }
    }),
    { numRuns: 150 },
  );
});
