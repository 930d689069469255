// The form of a row in THE TABLE OF LINTS: an optimisation of the vendor's guides that a run would gain from, and how much.

import type { Machine } from "../../../ir-spec/machine.ts";
import type { TimedStream } from "../../driver/profile.ts";

/** What a lint saw in a run. */
export interface Seen {
  /** The figures: `rows of 64 B`. */
  readonly text: string;
  /**
   * The machine on which the cost would be gone, on which the same stream is simulated, or what is saved where the run says it itself (ns).
   */
  readonly without: Partial<Machine> | number;
  /** Part of what is saved so that every program pays (ns). */
  readonly unavoidableNs?: number;
}

/** A program and the schedule and machine of its run; the tests run it. */
export interface LintExample {
  readonly program: string;
  readonly target: string;
  readonly fuse?: "off";
}

export interface LintRow {
  readonly code: string;
  readonly title: string;
  /** What is wrong, why it costs time, and how the price is found. */
  readonly detail: string;
  readonly advice: string;
  readonly source: string;
  /** Undefined where it has nothing to say. */
  readonly see: (timed: TimedStream, machine: Machine) => Seen | undefined;
  /** One that it speaks of, and one that it does not. */
  readonly failing: LintExample;
  readonly passing: LintExample;
}
