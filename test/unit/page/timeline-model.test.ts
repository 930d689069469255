// What a timeline draws is bounded by its pixels, and finds events under a place and by words.
import { expect, test } from "vitest";
import type { TimelineData } from "../../../src/page/page-data.ts";
import { eventAt, makeRows, marksOf, moveView, searchEvents } from "../../../src/page/view/timeline-model.ts";

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
  shownNs: count,
  timeNs: count,
  leftOut: 0,
};

test("a million events are at most one mark for a pixel", () => {
  const [row, ...others] = makeRows(data);
  expect(others).toEqual([]);
  const whole = { fromNs: 0, toNs: count };
  const marks = marksOf(row as NonNullable<typeof row>, data, whole, 1000);
  expect(marks.length).toBeLessThanOrEqual(1001);
  expect(marks.reduce((sum, mark) => sum + mark.count, 0)).toBe(count);
  const near = marksOf(row as NonNullable<typeof row>, data, { fromNs: 500, toNs: 510 }, 1000);
  expect(near.map(({ event }) => event)).toEqual([500, 501, 502, 503, 504, 505, 506, 507, 508, 509, 510]);
  expect(eventAt(row as NonNullable<typeof row>, data, 700.5, 0)).toBe(700);
});

test("overlapping events of a queue are in rows of their own, a few at most", () => {
  const overlapping = { ...data, queue: [0, 0, 0, 0, 0], startNs: [0, 1, 2, 3, 4], endNs: [10, 11, 12, 13, 14] };
  expect(makeRows(overlapping).map(({ events }) => events)).toEqual([[0], [1], [2, 3, 4]]);
});

test("search is by name, kernel and operands", () => {
  expect(searchEvents(data, "TRANS").size).toBe(count / 2);
  expect(searchEvents(data, "psum").size).toBe(count);
  expect(searchEvents(data, "").size).toBe(0);
  expect(searchEvents(data, "nothing").size).toBe(0);
});

test("a view stays within the whole time", () => {
  expect(moveView({ fromNs: 0, toNs: 100 }, 1000, { by: -1 })).toEqual({ fromNs: 0, toNs: 100 });
  expect(moveView({ fromNs: 900, toNs: 1000 }, 1000, { by: 1 })).toEqual({ fromNs: 900, toNs: 1000 });
  expect(moveView({ fromNs: 400, toNs: 600 }, 1000, { zoom: 100 })).toEqual({ fromNs: 0, toNs: 1000 });
  expect(moveView({ fromNs: 0, toNs: 1000 }, 1000, { zoom: 0.5, at: 0.25 })).toEqual({ fromNs: 125, toNs: 625 });
});
