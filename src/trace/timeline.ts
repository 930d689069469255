// The recorded run of a stream as readers of traces want it: every execution and wait with its words.

import { positionOf } from "../../ir-spec/base/span.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import { printInstruction } from "../../targets/neuron/asm/print-stream.ts";
import type { TraceEvent } from "../../targets/neuron/sim/report.ts";
import type { Instruction, QueueName, Stream } from "../../targets/neuron/stream.ts";
import type { Profile, TimedStream } from "../driver/profile.ts";

/** The most events of a trace that a page or a string holds. Assumed: browsers show so many in seconds. */
export const maxTraceEvents = 1_000_000;

/** The most events of a trace that is written to a file. Assumed: a gigabyte, the most that viewers in a browser have memory for. */
export const maxFileEvents = 4_000_000;

export interface TimelineEvent {
  readonly queue: QueueName;
  readonly kind: "execution" | "wait";
  /** The instruction's name; for a wait, whom and what it waits for. */
  readonly name: string;
  readonly kernel: string;
  readonly startNs: number;
  readonly endNs: number;
  /** When it and all before it in its queue are complete. */
  readonly completionNs: number;
  /** The instruction as the assembler writes it; empty for a wait. */
  readonly text: string;
  /** Lines of the program that it comes from. */
  readonly lines: readonly number[];
  readonly semaphore?: string;
  readonly producer?: QueueName;
}

export interface Timeline {
  readonly profile: Profile;
  readonly stream: Stream;
  /** In order of the starts; of equal ones the longer first. */
  readonly events: readonly TimelineEvent[];
}

export function makeTimeline({ profile, stream, trace, graph }: TimedStream): Timeline {
  const wordsOf = makeWords(stream, graph);
  const events = trace.map((event) => timelineEvent(stream, event, wordsOf));
  return { profile, stream, events: events.sort((a, b) => a.startNs - b.startNs || b.endNs - a.endNs) };
}

interface Words {
  readonly text: string;
  readonly lines: readonly number[];
}

/** Of an instruction, made once however often it is executed. */
function makeWords(stream: Stream, graph: Graph | undefined): (item: Instruction) => Words {
  const made = new Map<Instruction, Words>();
  return (item) => {
    const known = made.get(item);
    if (known !== undefined) return known;
    const words = { text: printInstruction(stream, item), lines: linesOf(item, graph) };
    made.set(item, words);
    return words;
  };
}

export function linesOf({ origin = [] }: Instruction, graph: Graph | undefined): readonly number[] {
  const spans = origin.flatMap((node) => graph?.nodes[node]?.span ?? []);
  const lines = spans.map(({ source, start }) => positionOf(source, start).line);
  return [...new Set(lines)].sort((a, b) => a - b);
}

function timelineEvent(stream: Stream, event: TraceEvent, wordsOf: (item: Instruction) => Words): TimelineEvent {
  const { queue, inst, item, startNs, endNs, completionNs } = event;
  const times = { startNs, endNs, completionNs };
  const kernel = stream.kernels[event.kernel]?.name ?? "";
  if (item !== undefined) return { queue, kind: "execution", name: inst, kernel, ...times, ...wordsOf(item) };
  const semaphore = stream.semaphores[event.semaphore ?? -1];
  const { name: sem = "", producer } = semaphore ?? {};
  const wait = { queue, kind: "wait", kernel, ...times, text: "", lines: [], semaphore: sem } as const;
  return { ...wait, name: `wait for ${producer ?? "?"}: ${sem}`, ...(producer && { producer }) };
}
