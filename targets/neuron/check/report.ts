// Turns the faults that an access found in memory into diagnostics.

import { problem } from "../../../ir-spec/base/result.ts";
import type { Stream } from "../stream.ts";
import { describeSemaphore } from "./describe.ts";
import { describeEvent, type Event, isExecution, neverWritten } from "./events.ts";
import type { Findings, Sinks } from "./findings.ts";
import type { Fault } from "./granule-state.ts";
import type { CheckProgram } from "./program.ts";
import type { FaultyGranules } from "./shadow.ts";
import { noteUnread } from "./unread.ts";

export interface Reporter {
  /** Reports a fault of the operand `field`, in words for its bytes. */
  readonly fault: (faulty: FaultyGranules, field: string, bytes: string) => void;
}

export function makeReporter(program: CheckProgram, sinks: Sinks): Reporter {
  const { mistakes, groupMistakes } = sinks;
  return {
    fault: (faulty, field, bytes) => {
      const { fault, access } = faulty;
      const { event } = access;
      const place = describeEvent(program, event);
      const part = program.sites[event.site]?.instruction;
      const key = `${fault.kind} ${field} ${event.site}`;
      const why = (writer: Event, tensor: number) => describeWriter(writer, tensor, program);
      switch (fault.kind) {
        case "race":
          mistakes.add(...describeRace(faulty, fault, bytes, program));
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
            problem("E0833", { place, field, bytes, writer: describeEvent(program, fault.writer) }),
            part,
          );
          return;
        case "sum-read":
          groupMistakes.add(
            key,
            problem("E0834", { place, field, bytes, why: describeReader(fault.reader, program) }),
            part,
          );
          return;
        case "value-unread":
          noteUnread(fault.writer, bytes, program, sinks.notes);
          return;
        default:
          fault satisfies never;
      }
    },
  };
}

/** The key, the problem and the notes of a race; one for each pair of instructions and kind of conflict. */
function describeRace(
  { access }: FaultyGranules,
  { other, otherWrites }: Extract<Fault, { kind: "race" }>,
  bytes: string,
  program: CheckProgram,
): Parameters<Findings["add"]> {
  const { sites, stream } = program;
  const laterSite = sites[access.event.site];
  const earlierSite = sites[other.site];
  const later = laterSite?.queueName ?? "";
  const earlier = earlierSite?.queueName ?? "";
  const isRead = access.mode === "read";
  const found = problem("E0828", {
    bytes,
    later,
    laterVerb: isRead ? "reads" : "writes",
    laterPlace: describeEvent(program, access.event),
    earlier,
    earlierVerb: otherWrites ? "write" : "read",
    earlierPlace: describeEvent(program, other),
  });
  const key = `race ${access.event.site} ${other.site} ${isRead} ${otherWrites}`;
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
function describeWriter(writer: Event, tensor: number, program: CheckProgram): string {
  if (writer === neverWritten) return "nothing has written";
  const name = program.stream.tensors[tensor]?.name;
  const asTensor = name === undefined ? "" : ` as tensor ${name}`;
  return isExecution(writer)
    ? `${describeEvent(program, writer)} wrote${asTensor}`
    : `hold the start values${asTensor}`;
}

/** Who read the sum, to end the sentence "it adds to bytes, whose sum". */
function describeReader(reader: Event | undefined, program: CheckProgram): string {
  return reader === undefined ? "has been read" : `${describeEvent(program, reader)} has read`;
}

/** Which semaphores could carry the missing token. */
function describeLinks(stream: Stream, producer: string, consumer: string): string {
  const links = stream.semaphores.flatMap((semaphore, sem) =>
    semaphore.producer === producer && semaphore.consumer === consumer ? [describeSemaphore(stream, sem)] : [],
  );
  if (links.length === 0) return `no semaphore leads from ${producer} to ${consumer}`;
  return `semaphores from ${producer} to ${consumer}: ${links.join(", ")}`;
}
