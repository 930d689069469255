// Turns the faults that an access found in memory into diagnostics.

import { problem } from "../../../ir-spec/base/result.ts";
import { neverWritten, writtenAtStart } from "./cell-state.ts";
import { describeSemaphore } from "./describe.ts";
import type { Events } from "./events.ts";
import type { Findings } from "./findings.ts";
import type { Program } from "./program.ts";
import type { FaultyCells } from "./shadow.ts";

export interface Reporter {
  /** Reports a fault of the operand `field`, in words for its bytes. */
  readonly fault: (faulty: FaultyCells, field: string, bytes: string) => void;
}

export function makeReporter(program: Program, events: Events, findings: Findings): Reporter {
  const { stream, sites } = program;

  const reportRace = (faulty: FaultyCells, other: number, otherWrites: boolean, bytes: string): void => {
    const { event, mode } = faulty.access;
    const later = sites[events.site(event)]?.queueName ?? "";
    const earlier = sites[events.site(other)]?.queueName ?? "";
    const isRead = mode === "read";
    const found = problem("E0828", {
      bytes,
      later,
      laterVerb: isRead ? "reads" : "writes",
      laterPlace: events.describe(event),
      earlier,
      earlierVerb: otherWrites ? "write" : "read",
      earlierPlace: events.describe(other),
    });
    const key = `race ${events.site(event)} ${events.site(other)} ${isRead} ${otherWrites}`;
    findings.add(key, found, [describeLinks(program, earlier, later)]);
  };
  const whyNot = (writer: number, tensor: number): string => {
    if (writer === neverWritten) return "nothing has written";
    const name = stream.tensors[tensor]?.name;
    const as = name === undefined ? "" : ` as tensor ${name}`;
    return writer === writtenAtStart ? `hold the start values${as}` : `${events.describe(writer)} wrote${as}`;
  };
  return {
    fault: (faulty, field, bytes) => {
      const { fault, access } = faulty;
      const place = events.describe(access.event);
      const key = `${fault.kind} ${field} ${events.site(access.event)}`;
      switch (fault.kind) {
        case "race":
          reportRace(faulty, fault.other, fault.otherWrites, bytes);
          return;
        case "unwritten":
          findings.add(key, problem("E0829", { place, field, bytes, why: "nothing has written" }));
          return;
        case "foreign":
          findings.add(key, problem("E0829", { place, field, bytes, why: whyNot(fault.writer, fault.tensor) }));
          return;
        case "not-started":
          findings.add(key, problem("E0830", { place, field, bytes, why: whyNot(fault.writer, -1) }));
          return;
        default:
          fault satisfies never;
      }
    },
  };
}

/** Which semaphores could carry the missing token. */
function describeLinks({ stream }: Program, producer: string, consumer: string): string {
  const links = stream.semaphores.flatMap((semaphore, sem) =>
    semaphore.producer === producer && semaphore.consumer === consumer ? [describeSemaphore(stream, sem)] : [],
  );
  if (links.length === 0) return `no semaphore leads from ${producer} to ${consumer}`;
  return `semaphores from ${producer} to ${consumer}: ${links.join(", ")}`;
}
