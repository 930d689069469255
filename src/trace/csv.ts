// A run as a table: a row for each execution and wait.

import { printCsvRow } from "../report/csv.ts";
import type { Timeline } from "./timeline.ts";

const headings = [
  ...["start_ns", "end_ns", "completion_ns", "queue", "kind", "name", "kernel"],
  ...["semaphore", "waits_for", "lines", "instruction"],
];

/** A line at a time; times to a thousandth of a nanosecond. */
export function* csvTrace({ events }: Timeline): Generator<string> {
  yield printCsvRow(headings);
  for (const event of events) {
    const times = [event.startNs, event.endNs, event.completionNs].map((ns) => Math.round(ns * 1000) / 1000);
    const words = [event.queue, event.kind, event.name, event.kernel, event.semaphore, event.producer];
    yield printCsvRow([...times, ...words, event.lines.join(" "), event.text]);
  }
}
