// The events of a run in columns, as the page's timeline reads them.

import type { Timeline, TimelineEvent } from "../trace/timeline.ts";
import type { TimelineData } from "./page-data.ts";

/** A list of words, each once, and where a word is in it. */
interface Words {
  readonly all: string[];
  readonly indexOf: (word: string) => number;
}

function makeWords(): Words {
  const all: string[] = [];
  const known = new Map<string, number>();
  const indexOf = (word: string): number => {
    const index = known.get(word) ?? all.push(word) - 1;
    known.set(word, index);
    return index;
  };
  return { all, indexOf };
}

export function timelineData({ profile, stream, events }: Timeline): TimelineData {
  const queues = stream.queues.map(({ queue }) => queue);
  const kernels = profile.kernels.map(({ name }) => name);
  const kernelOf = new Map(kernels.map((name, index) => [name, index]));
  const [names, texts] = [makeWords(), makeWords()];
  const lines: (readonly number[])[] = [];
  const textOf = ({ kind, text, lines: own }: TimelineEvent): number => {
    if (kind === "wait") return -1;
    const index = texts.indexOf(text);
    lines[index] = own;
    return index;
  };
  return {
    queue: Uint8Array.from(events, ({ queue }) => queues.indexOf(queue)),
    kernel: Int32Array.from(events, ({ kernel }) => kernelOf.get(kernel) ?? -1),
    name: Int32Array.from(events, ({ name }) => names.indexOf(name)),
    text: Int32Array.from(events, textOf),
    startNs: Float64Array.from(events, ({ startNs }) => startNs),
    endNs: Float64Array.from(events, ({ endNs }) => endNs),
    ...{ queues, kernels, names: names.all, texts: texts.all, lines, timeNs: profile.timeNs },
  };
}
