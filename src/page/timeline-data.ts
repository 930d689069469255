// The events of a run in columns, as the page's timeline reads them.

import type { Timeline, TimelineEvent } from "../trace/timeline.ts";
import type { TimelineData } from "./page-data.ts";

/** The most events of a page; what comes later is left out. Assumed: a page of a few megabytes. */
export const maxPageEvents = 60_000;

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

const roundNs = (ns: number): number => Math.round(ns * 100) / 100;

export function timelineData({ profile, stream, events }: Timeline): TimelineData {
  const shown = events.slice(0, maxPageEvents);
  const queues = stream.queues.map(({ queue }) => queue);
  const kernels = profile.kernels.map(({ name }) => name);
  const [names, texts] = [makeWords(), makeWords()];
  const lines: (readonly number[])[] = [];
  const textOf = ({ kind, text, lines: own }: TimelineEvent): number => {
    if (kind === "wait") return -1;
    const index = texts.indexOf(text);
    lines[index] = own;
    return index;
  };
  const timeNs = profile.timeNs;
  return {
    queue: shown.map(({ queue }) => queues.indexOf(queue)),
    kernel: shown.map(({ kernel }) => kernels.indexOf(kernel)),
    name: shown.map(({ name }) => names.indexOf(name)),
    text: shown.map(textOf),
    startNs: shown.map(({ startNs }) => roundNs(startNs)),
    endNs: shown.map(({ endNs }) => roundNs(endNs)),
    ...{ queues, kernels, names: names.all, texts: texts.all, lines },
    ...{ timeNs, shownNs: shown.length < events.length ? (shown.at(-1)?.startNs ?? 0) : timeNs },
    leftOut: events.length - shown.length,
  };
}
