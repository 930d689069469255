// A run as a table: a row for each execution and wait.

import { printCsv } from "../report/csv.ts";
import type { Timeline } from "./timeline.ts";

const headings = [
  ...["start_ns", "end_ns", "completion_ns", "queue", "kind", "name", "kernel"],
  ...["semaphore", "waits_for", "lines", "instruction"],
];

/** Times to a thousandth of a nanosecond. */
export function csvTrace({ events }: Timeline): string {
  const rows = events.map((event) => {
    const times = [event.startNs, event.endNs, event.completionNs].map((ns) => Math.round(ns * 1000) / 1000);
    const words = [event.queue, event.kind, event.name, event.kernel, event.semaphore, event.producer];
    return [...times, ...words, event.lines.join(" "), event.text];
  });
  return printCsv(headings, rows);
}
