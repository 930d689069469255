// A tile program on its way to a stream: the same loops, with instructions in place of tile ops and addresses in place of
// buffers. `sync` hangs tokens before and after its nodes; `project` takes out each queue's own program.

import type { Extent } from "../../../ir-spec/affine.ts";
import type { BufferId, LoopId, RingId } from "../../../ir-spec/base/ids.ts";
import type { Instruction, QueueName } from "../stream.ts";

/** How an instruction, or all instructions of a subtree in one queue, touch a buffer. */
export interface Touch {
  readonly reads: boolean;
  readonly writes: boolean;
}

/** Elements of a buffer's rows: from `start` on, up to before `end`. */
export interface ElementRange {
  readonly start: number;
  readonly end: number;
}

export interface PlacedInst {
  readonly kind: "inst";
  /** In the body of a loop: by how many iterations a queue runs it later than its statements of stage 0. */
  readonly stage: number;
  readonly queue: QueueName;
  readonly inst: Instruction;
  readonly reads: readonly BufferId[];
  readonly writes: readonly BufferId[];
  /** What it touches of each buffer, in every iteration. */
  readonly ranges: ReadonlyMap<BufferId, ElementRange>;
}

export interface PlacedLoop {
  readonly kind: "loop";
  /** In the body around it, as an instruction's. */
  readonly stage: number;
  readonly loop: LoopId;
  readonly trips: Extent;
  /** Ring registers that step at the end of each iteration. */
  readonly advance: readonly RingId[];
  /** Buffers on chip whose instances belong to one iteration. */
  readonly owns: readonly BufferId[];
  readonly body: readonly PlacedNode[];
}

export type PlacedNode = PlacedInst | PlacedLoop;

export interface PlacedKernel {
  readonly name: string;
  /** Buffers on chip that live as long as the kernel. */
  readonly owns: readonly BufferId[];
  /** Buffers on chip share bytes: what is to come first in the text of a body does so in every queue. */
  readonly sharesBytes: boolean;
  readonly body: readonly PlacedNode[];
}
