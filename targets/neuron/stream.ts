// Stage 5: `Stream`, the programs of the queues of one core. Each queue runs its program in order and asynchronously to
// the others. A program is a tree of instructions and counted loops, so its length does not depend on the sizes.
// A semaphore has one queue that releases and one that acquires, and counts tokens; so behaviour does not depend on timing.
// A ring register counts modulo its depth and steps at the end of each iteration of the loops that list it.

import type { Affine, Extent, Flag } from "../../ir-spec/affine.ts";
import type { AttrValue } from "../../ir-spec/base/attr.ts";
import type { Dtype } from "../../ir-spec/base/dtype.ts";
import type { LoopId, NodeId, RingId, SemId, TensorId } from "../../ir-spec/base/ids.ts";
import type { TensorRole } from "../../ir-spec/tile.ts";
import type { InstName } from "./isa/index.ts";

/** The compute engines' queues and the DMA queues (`dma0`, `dma1`, ...). */
export type EngineName = "pe" | "act" | "dve" | "pool" | "sp";
export type QueueName = EngineName | `dma${number}`;

/** The number of slot bytes that a ring register adds to an address: scale * register. */
export interface RingTerm {
  readonly ring: RingId;
  readonly scale: number;
}

/** A byte address within each partition (on chip) or within a tensor (HBM), affine in loops and ring registers. */
export interface Address {
  readonly base: Affine;
  readonly rings: readonly RingTerm[];
}

export interface OperandDim {
  /** Between neighbouring elements, in elements of the operand's dtype; 0 repeats the element. */
  readonly stride: number;
  readonly size: Extent;
}

/** An on-chip operand: the same pattern of addresses in each of its partitions. */
export interface ChipOperand {
  readonly memory: "sbuf" | "psum";
  readonly dtype: Dtype;
  readonly startPartition: number;
  readonly partitions: Extent;
  readonly address: Address;
  /** Free dimensions, outermost first. */
  readonly dims: readonly OperandDim[];
}

/** An HBM operand: a pattern within one tensor; the first dimension stands for the partition side. */
export interface HbmOperand {
  readonly memory: "hbm";
  readonly dtype: Dtype;
  readonly tensor: TensorId;
  readonly address: Address;
  readonly dims: readonly OperandDim[];
}

export type Operand = ChipOperand | HbmOperand;

/** An argument of an instruction, by field: an operand, an immediate, a flag, a semaphore, or an affine number. */
export type Argument =
  | { readonly kind: "operand"; readonly operand: Operand }
  | { readonly kind: "value"; readonly value: AttrValue }
  | { readonly kind: "flag"; readonly flag: Flag }
  | { readonly kind: "sem"; readonly sem: SemId }
  | { readonly kind: "affine"; readonly affine: Affine };

export interface Instruction {
  readonly kind: "inst";
  readonly inst: InstName;
  readonly args: Readonly<Record<string, Argument>>;
  /** The kernel of the tile program that it came from, an index into `Stream.kernels`. */
  readonly kernel: number;
  /** The nodes of the graph that its statement comes from; texts and images leave them out, and tokens come from none. */
  readonly origin?: readonly NodeId[];
}

export interface StreamLoop {
  readonly kind: "loop";
  readonly loop: LoopId;
  readonly trips: Extent;
  /** Ring registers that step at the end of each iteration. */
  readonly advance: readonly RingId[];
  readonly body: readonly StreamItem[];
}

export type StreamItem = Instruction | StreamLoop;

export interface QueueProgram {
  readonly queue: QueueName;
  readonly body: readonly StreamItem[];
}

export interface Semaphore {
  /** The buffer or reason that it guards, for people. */
  readonly name: string;
  readonly producer: QueueName;
  readonly consumer: QueueName;
  /** Tokens at the start. */
  readonly initial: number;
}

export interface Ring {
  readonly name: string;
  /** Slots; the register counts 0 .. slots-1 and starts again. Every queue has its own copy. */
  readonly slots: number;
}

export interface StreamTensor {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly role: TensorRole;
  /** Byte address in HBM. */
  readonly addressBytes: number;
  /** For constants: the elements, or one number for all of them. */
  readonly data?: readonly number[];
}

/** A place in SBUF or PSUM, for maps and reports; the operands carry the addresses themselves. */
export interface Placement {
  readonly name: string;
  readonly memory: "sbuf" | "psum";
  readonly kernel: number;
  readonly partitions: number;
  readonly addressBytes: number;
  readonly slotBytes: number;
  readonly slots: number;
}

export interface StreamKernel {
  readonly name: string;
  readonly ops: readonly string[];
  readonly schedule: string;
}

export interface Stream {
  readonly name: string;
  /** Name of the machine file that it was made for. */
  readonly machine: string;
  /** Indexed by TensorId. */
  readonly tensors: readonly StreamTensor[];
  readonly loops: readonly string[];
  readonly semaphores: readonly Semaphore[];
  readonly rings: readonly Ring[];
  readonly kernels: readonly StreamKernel[];
  readonly placements: readonly Placement[];
  readonly queues: readonly QueueProgram[];
}
