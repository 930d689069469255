// The figures of two programs: simulated time, traffic, the most memory in use, and instructions.

import type { Result } from "../../ir-spec/base/result.ts";
import type { TimedStream } from "../driver/profile.ts";
import type { Figure } from "./report.ts";

export interface Timing {
  readonly figures: readonly Figure[];
  /** Why there are none. */
  readonly withoutFigures?: string;
}

export function compareFigures(before: Result<TimedStream>, after: Result<TimedStream>): Timing {
  if (!before.ok || !after.ok) {
    const which = before.ok ? "after" : after.ok ? "before" : "before and the one after";
    return { figures: [], withoutFigures: `the program ${which} cannot be simulated on this machine` };
  }
  const [a, b] = [before.value.profile, after.value.profile];
  const figure = (name: string, unit: Figure["unit"], of: (profile: typeof a) => number): Figure => ({
    name,
    unit,
    before: of(a),
    after: of(b),
  });
  return {
    figures: [
      figure("time", "ns", ({ timeNs }) => timeNs),
      figure("HBM read", "B", ({ hbm }) => hbm.readBytes),
      figure("HBM written", "B", ({ hbm }) => hbm.writeBytes),
      figure("SBUF at most, per partition", "B", ({ sbuf }) => sbuf.peakBytesPerPartition),
      figure("PSUM banks at most", "", ({ psum }) => psum.peakBanks),
      figure("instructions", "", ({ queues }) => queues.reduce((sum, { instructions }) => sum + instructions, 0)),
    ],
  };
}
