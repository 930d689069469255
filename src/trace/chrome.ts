// A run as a trace in Chrome's format, which Perfetto (ui.perfetto.dev) opens: a track for each queue, more where its transfers
// overlap, tracks for kernels, and counters of the memories on chip.
// Source: Trace Event Format, Google: "X" complete events with `ts` and `dur` in microseconds, which nest on their track; "C"
// counters; "M" names of processes and threads.

import { assignLanes } from "./lanes.ts";
import { memoryUse } from "./memory-use.ts";
import type { Timeline, TimelineEvent } from "./timeline.ts";

/** One of `traceEvents`. */
export interface ChromeEvent {
  readonly name: string;
  readonly ph: "X" | "C" | "M";
  readonly ts: number;
  readonly pid: number;
  readonly tid: number;
  readonly dur?: number;
  readonly cat?: string;
  readonly args: Readonly<Record<string, unknown>>;
}

const processes = { engines: 1, kernels: 2, memory: 3 } as const;

/** Microseconds, to a thousandth of a nanosecond. */
const toMicroseconds = (ns: number): number => Math.round(ns * 1000) / 1e6;

/** Tracks of one process in order. */
interface Track<T> {
  readonly name: string;
  readonly slices: readonly T[];
}

/** The text in parts, as that of a long run is longer than a string may be. */
export function* chromeTrace(timeline: Timeline): Generator<string> {
  const { profile } = timeline;
  const tracks = queueTracks(timeline);
  const kernels = kernelTracks(timeline);
  const names = [
    ...Object.entries(processes).map(([name, pid]) => metadata("process_name", pid, 0, { name })),
    ...tracks.flatMap(({ name }, tid) => threadNames(processes.engines, tid, name)),
    ...kernels.flatMap(({ name }, tid) => threadNames(processes.kernels, tid, name)),
  ];
  const slices = [
    ...tracks.flatMap(({ slices: events }, tid) => events.map((event) => engineSlice(event, tid)).filter(isVisible)),
    ...kernels.flatMap(({ slices: found }, tid) => found.map((kernel) => kernelSlice(kernel, tid))),
    ...memoryUse(timeline).flatMap(memoryCounters),
  ].sort((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0));
  const { graph: program, target, timeNs } = profile;
  const head = `"displayTimeUnit":"ns","otherData":${JSON.stringify({ program, target, timeNs })}`;
  yield `{${head},"traceEvents":[`;
  let separator = "\n";
  for (const events of [names, slices]) {
    for (const event of events) {
      yield `${separator}${JSON.stringify(event)}`;
      separator = ",\n";
    }
  }
  yield "\n]}\n";
}

function metadata(name: string, pid: number, tid: number, args: ChromeEvent["args"]): ChromeEvent {
  return { name, ph: "M", ts: 0, pid, tid, args };
}

const threadNames = (pid: number, tid: number, name: string): readonly ChromeEvent[] => [
  metadata("thread_name", pid, tid, { name }),
  metadata("thread_sort_index", pid, tid, { sort_index: tid }),
];

/** A queue's executions and waits; what overlaps is on further tracks of the queue. */
function queueTracks({ stream, events }: Timeline): readonly Track<TimelineEvent>[] {
  return stream.queues.flatMap(({ queue }) =>
    lanesOf(
      queue,
      events.filter((event) => event.queue === queue),
    ),
  );
}

function lanesOf<T extends { readonly startNs: number; readonly endNs: number }>(
  name: string,
  intervals: readonly T[],
): readonly Track<T>[] {
  const lanes: T[][] = [[]];
  for (const [index, lane] of assignLanes(intervals).entries()) {
    const own = lanes[lane] ?? [];
    lanes[lane] = own;
    own.push(intervals[index] as T);
  }
  return lanes.map((slices, lane) => ({ name: lane === 0 ? name : `${name} (${lane + 1})`, slices }));
}

type Kernel = Timeline["profile"]["kernels"][number];

function kernelTracks({ profile }: Timeline): readonly Track<Kernel>[] {
  return lanesOf(
    "kernels",
    profile.kernels.toSorted((a, b) => a.startNs - b.startNs || b.endNs - a.endNs),
  );
}

function engineSlice(event: TimelineEvent, tid: number): ChromeEvent {
  const { kind, name, kernel, startNs, endNs, text, lines, semaphore, producer } = event;
  const args = kind === "wait" ? { kernel, semaphore, "waits for": producer } : { kernel, instruction: text, lines };
  return { name, cat: kind, ...slice(startNs, endNs), pid: processes.engines, tid, args };
}

/** A wait that is shorter than a tick has no place between two slices that touch. */
const isVisible = ({ cat, dur }: ChromeEvent): boolean => cat !== "wait" || dur !== 0;

function kernelSlice({ name, ops, schedule, startNs, endNs, bound, lines = [] }: Kernel, tid: number): ChromeEvent {
  const args = { ops: ops.join(" "), schedule, bound: bound.kind, lines };
  return { name, cat: "kernel", ...slice(startNs, endNs), pid: processes.kernels, tid, args };
}

/** The least difference of two times (us). */
const tick = 1e-6;

function slice(startNs: number, endNs: number): Pick<ChromeEvent, "ph" | "ts"> & { readonly dur: number } {
  // A tick less than up to its end: viewers add doubles, some after they have subtracted the first time, and take for nested what begins
  // earlier than the sum.
  const ts = toMicroseconds(startNs);
  return { ph: "X", ts, dur: Math.max(0, Math.round((toMicroseconds(endNs) - ts - tick) * 1e6) / 1e6) };
}

function memoryCounters({
  fromNs,
  sbufBytes,
  psumBytes,
}: ReturnType<typeof memoryUse>[number]): readonly ChromeEvent[] {
  const counter = (name: string, bytes: number): ChromeEvent => ({
    ...{ name, ph: "C", ts: toMicroseconds(fromNs), pid: processes.memory, tid: 0 },
    args: { "bytes per partition": bytes },
  });
  return [counter("SBUF", sbufBytes), counter("PSUM", psumBytes)];
}
