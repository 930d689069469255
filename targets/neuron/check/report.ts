// Turns the faults that an access found in memory into diagnostics.

import { problem } from "../../../ir-spec/base/result.ts";
import type { Stream } from "../stream.ts";
import { type Fault, neverWritten, writtenAtStart } from "./cell-state.ts";
import { describeSemaphore } from "./describe.ts";
import type { Events } from "./events.ts";
import type { Findings, Sinks } from "./findings.ts";
import type { Program } from "./program.ts";
import type { FaultyCells } from "./shadow.ts";
import { noteUnread } from "./unread.ts";

export interface Reporter {
  /** Reports a fault of the operand `field`, in words for its bytes. */
  readonly fault: (faulty: FaultyCells, field: string, bytes: string) => void;
}

export function makeReporter(program: Program, events: Events, sinks: Sinks): Reporter {
  const { mistakes, groupMistakes } = sinks;
  return {
    fault: (faulty, field, bytes) => {
      const { fault, access } = faulty;
      const place = events.describe(access.event);
      const part = program.sites[events.site(access.event)]?.instruction;
      const key = `${fault.kind} ${field} ${events.site(access.event)}`;
      const why = (writer: number, tensor: number) => describeWriter(writer, tensor, program, events);
      switch (fault.kind) {
        case "race":
          mistakes.add(...describeRace(faulty, fault, bytes, program, events));
          return;
        case "unwritten":
          mistakes.add(key, problem("E0829", { place, field, bytes, why: why(neverWritten, -1) }), part);
          return;
        case "foreign":
          mistakes.add(key, problem("E0829", { place, field, bytes, why: why(fault.writer, fault.tensor) }), part);
          return;
        case "not-started":
          mistakes.add(key, problem("E0830", { place, field, bytes, why: why(fault.writer, -1) }), part);
          return;
        case "sum-unread":
          groupMistakes.add(
            key,
            problem("E0833", { place, field, bytes, writer: events.describe(fault.writer) }),
            part,
          );
          return;
        case "sum-read":
          groupMistakes.add(
            key,
            problem("E0834", { place, field, bytes, why: describeReader(fault.reader, events) }),
            part,
          );
          return;
        case "value-unread":
          noteUnread(fault.writer, bytes, program, events, sinks.notes);
          return;
        default:
          fault satisfies never;
      }
    },
  };
}

/** The key, the problem and the notes of a race; one for each pair of instructions and kind of conflict. */
function describeRace(
  { access }: FaultyCells,
  { other, otherWrites }: Extract<Fault, { kind: "race" }>,
  bytes: string,
  { sites, stream }: Program,
  events: Events,
): Parameters<Findings["add"]> {
  const laterSite = sites[events.site(access.event)];
  const earlierSite = sites[events.site(other)];
  const later = laterSite?.queueName ?? "";
  const earlier = earlierSite?.queueName ?? "";
  const isRead = access.mode === "read";
  const found = problem("E0828", {
    bytes,
    later,
    laterVerb: isRead ? "reads" : "writes",
    laterPlace: events.describe(access.event),
    earlier,
    earlierVerb: otherWrites ? "write" : "read",
    earlierPlace: events.describe(other),
  });
  const key = `race ${events.site(access.event)} ${events.site(other)} ${isRead} ${otherWrites}`;
  const otherText = `${earlier} may still ${found.args.earlierVerb} here`;
  const otherPlace = { text: otherText, part: earlierSite?.instruction, isPlaceOnly: true } as const;
  return [
    key,
    found,
    laterSite?.instruction,
    [otherPlace, { text: describeLinks(stream, earlier, later), part: undefined }],
  ];
}

/** Who wrote the bytes last, to end the sentence "it reads bytes, which". */
function describeWriter(writer: number, tensor: number, { stream }: Program, events: Events): string {
  if (writer === neverWritten) return "nothing has written";
  const name = stream.tensors[tensor]?.name;
  const asTensor = name === undefined ? "" : ` as tensor ${name}`;
  return writer === writtenAtStart ? `hold the start values${asTensor}` : `${events.describe(writer)} wrote${asTensor}`;
}

/** Who read the sum, to end the sentence "it adds to bytes, whose sum". */
function describeReader(reader: number | undefined, events: Events): string {
  return reader === undefined ? "has been read" : `${events.describe(reader)} has read`;
}

/** Which semaphores could carry the missing token. */
function describeLinks(stream: Stream, producer: string, consumer: string): string {
  const links = stream.semaphores.flatMap((semaphore, sem) =>
    semaphore.producer === producer && semaphore.consumer === consumer ? [describeSemaphore(stream, sem)] : [],
  );
  if (links.length === 0) return `no semaphore leads from ${producer} to ${consumer}`;
  return `semaphores from ${producer} to ${consumer}: ${links.join(", ")}`;
}
