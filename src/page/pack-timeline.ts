// The events of a timeline as a short text, so that a page can hold a million of them: queue by queue, column by column, times as
// differences in hundredths of nanoseconds, numbers as LEB128, all deflated. What loops repeat costs next to nothing.

import { deflateSync, inflateSync } from "fflate";
import type { PackedTimeline, TimelineColumns, TimelineData } from "./page-data.ts";

/** Units of a nanosecond. */
const scale = 100;
/** Whole characters are made of so many bytes at once (a call has a limited number of arguments). */
const chunkBytes = 3 * 8192;

/** Bytes that grow, and how numbers are written to them. */
interface Writer {
  bytes: Uint8Array;
  length: number;
}

function write(writer: Writer, value: number): void {
  if (writer.length + 10 > writer.bytes.length) {
    const larger = new Uint8Array(2 * writer.bytes.length);
    larger.set(writer.bytes);
    writer.bytes = larger;
  }
  let rest = value;
  // By division: times of long runs have more than 32 bits.
  for (; rest >= 128; rest = Math.floor(rest / 128)) writer.bytes[writer.length++] = (rest % 128) | 128;
  writer.bytes[writer.length++] = rest;
}

/** The events of each queue, in order of their starts, as indices. */
function eventsByQueue({ queues, queue }: TimelineData): readonly (readonly number[])[] {
  const lists: number[][] = queues.map(() => []);
  for (let event = 0; event < queue.length; event++) lists[queue[event] as number]?.push(event);
  return lists;
}

export function packTimeline(data: TimelineData): PackedTimeline {
  const { queue, kernel, name, text, startNs, endNs, ...words } = data;
  const writer: Writer = { bytes: new Uint8Array(1 << 16), length: 0 };
  const lists = eventsByQueue(data);
  const order = lists.flat();
  const units = (ns: number): number => Math.round(ns * scale);
  for (const list of lists) write(writer, list.length);
  for (const column of [kernel, name]) for (const event of order) write(writer, column[event] as number);
  for (const event of order) write(writer, (text[event] as number) + 1);
  for (const list of lists) {
    let before = 0;
    for (const event of list) {
      const start = units(startNs[event] as number);
      write(writer, start - before);
      before = start;
    }
  }
  for (const event of order) write(writer, units(endNs[event] as number) - units(startNs[event] as number));
  return { ...words, packed: toBase64(deflateSync(writer.bytes.subarray(0, writer.length))), events: queue.length };
}

/** The events queue by queue, each queue's in order of their starts. */
export function unpackTimeline({ packed, events, ...words }: PackedTimeline): TimelineData {
  const bytes = inflateSync(fromBase64(packed));
  let place = 0;
  const read = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[place++] ?? 0;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  const counts = words.queues.map(read);
  const queue = new Uint8Array(events);
  let first = 0;
  for (const [index, count] of counts.entries()) {
    queue.fill(index, first, first + count);
    first += count;
  }
  const column = <A extends Int32Array | Float64Array>(made: A, value: (index: number) => number): A => {
    for (let index = 0; index < events; index++) made[index] = value(index);
    return made;
  };
  const kernel = column(new Int32Array(events), read);
  const name = column(new Int32Array(events), read);
  const text = column(new Int32Array(events), () => read() - 1);
  let start = 0;
  const startNs = column(new Float64Array(events), (index) => {
    start = read() + (index > 0 && queue[index] === queue[index - 1] ? start : 0);
    return start / scale;
  });
  const endNs = column(new Float64Array(events), (index) => {
    return (Math.round((startNs[index] as number) * scale) + read()) / scale;
  });
  return { ...words, ...({ queue, kernel, name, text, startNs, endNs } satisfies TimelineColumns) };
}

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let from = 0; from < bytes.length; from += chunkBytes) {
    text += btoa(String.fromCharCode(...bytes.subarray(from, from + chunkBytes)));
  }
  return text;
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
