// What a run reports: time, traffic, and what each engine did with every nanosecond. Stage 6b.
// Invariants: for each queue busyNs + waitingNs + idleNs = timeNs and none is negative; timeNs is at least each floor.

import type { Instruction, QueueName } from "../stream.ts";

/** The units that reports are about; `dma` is all DMA queues together. */
export const reportUnits = ["pe", "act", "dve", "pool", "sp", "dma"] as const;
export type ReportUnit = (typeof reportUnits)[number];

/** Time that a queue waited for one semaphore. */
export interface Wait {
  /** Index into `Stream.semaphores`. */
  readonly semaphore: number;
  readonly name: string;
  /** The queue that it waited for. */
  readonly producer: QueueName;
  readonly ns: number;
}

export interface QueueReport {
  readonly queue: QueueName;
  /** Instructions issued, tokens and drains not counted. */
  readonly instructions: number;
  /** Compute: issuing. DMA: at least one transfer under way, its start and finish latencies included. */
  readonly busyNs: number;
  readonly waitingNs: number;
  /** Before the program's start, after its end, and pipeline tails, those that a drain waits for included. */
  readonly idleNs: number;
  readonly waits: readonly Wait[];
}

/** One unit, over the whole run or within one kernel's time. */
export interface EngineReport {
  /** DMA: bytes are moving in at least one of the engines. */
  readonly busyNs: number;
  /** DMA: 0; its queues' waits are in `RunReport.queues`. */
  readonly waitingNs: number;
  readonly idleNs: number;
  readonly activePercent: number;
  readonly instructions: number;
}

export interface TrafficReport {
  readonly readBytes: number;
  readonly writeBytes: number;
}

/** What the DMA engines move, on chip and in HBM. */
export interface DmaReport {
  readonly descriptors: number;
  readonly bytes: number;
  /** Bytes of a descriptor, on average. */
  readonly averageRowBytes: number;
}

/** The least time that each unit needs for its own instructions, whatever the others do. */
export interface BoundReport {
  /** The unit with the largest floor. */
  readonly kind: ReportUnit;
  readonly floorNs: Readonly<Record<ReportUnit, number>>;
}

/** What distinguishes multiply-adds: the dtype of the moving operand, 8-bit floats as one. */
export const macKinds = ["f32", "bf16", "f16", "f8"] as const;
export type MacKind = (typeof macKinds)[number];

/** What was done, counted as energy is (`ir-spec/machine-energy.ts`): each operand once, transposes as no products. */
export interface ActionReport {
  readonly sbufBytes: number;
  readonly psumBytes: number;
  readonly macs: Readonly<Record<MacKind, number>>;
}

interface Activity {
  readonly timeNs: number;
  /** Arithmetic operations of the systolic array; a multiply-add counts 2, transposes count nothing. */
  readonly flops: number;
  /** `flops` as a share of what the array could do with bf16 in `timeNs`. */
  readonly mfuPercent: number;
  /** Elements that the other engines worked on, an instruction's operand with the most of them counted once. */
  readonly elementOps: number;
  readonly actions: ActionReport;
  readonly hbm: TrafficReport;
  readonly dma: DmaReport;
  readonly engines: Readonly<Record<ReportUnit, EngineReport>>;
  readonly bound: BoundReport;
}

/** A kernel's part: from the start of its first instruction to the completion of its last. Kernels may overlap. */
export interface KernelReport extends Activity {
  readonly name: string;
  readonly ops: readonly string[];
  readonly schedule: string;
  readonly startNs: number;
  readonly endNs: number;
}

export interface TensorTraffic extends TrafficReport {
  readonly name: string;
  readonly role: string;
}

/** One execution or wait, when a trace is asked for. */
export interface TraceEvent {
  readonly queue: QueueName;
  readonly inst: string;
  /** Of an execution. */
  readonly item?: Instruction;
  /** Of a wait: an index into `Stream.semaphores`. A DMA queue may wait while transfers are under way, and is busy then. */
  readonly semaphore?: number;
  readonly kernel: number;
  readonly startNs: number;
  /** Compute: until the next may issue. DMA: completion. Waits: until the tokens are there. */
  readonly endNs: number;
  /** When it and all before it in its queue are complete. */
  readonly completionNs: number;
}

export interface RunReport extends Activity {
  readonly machine: string;
  /** `timeNs` in cycles of the systolic array's clock. */
  readonly cycles: number;
  readonly queues: readonly QueueReport[];
  readonly tensors: readonly TensorTraffic[];
  readonly sbuf: { readonly peakBytesPerPartition: number; readonly capacityBytesPerPartition: number };
  readonly psum: { readonly peakBanks: number; readonly capacityBanks: number };
  readonly kernels: readonly KernelReport[];
  /** In order of the starts; empty where none was asked for, or it would be longer than asked for. */
  readonly trace: readonly TraceEvent[];
}
