// Stage 4: `TileProgram`, kernels as loop nests over buffers in named memories. A buffer on chip lives in the loop body
// in which its `alloc` is: every iteration has a fresh instance (unwritten), of which `slots` may be alive at a time.
// Invariants (verified by verify-tile.ts): an access is in bounds for every iteration; a buffer is used only inside the
// body of its `alloc`; operands are in the memories that the tile op's row allows; stages keep the order of what conflicts.

import type { Affine, Extent, Flag } from "./affine.ts";
import type { LooseAttrs } from "./base/attr.ts";
import type { Dtype } from "./base/dtype.ts";
import type { BufferId, LoopId, NodeId } from "./base/ids.ts";
import type { Memory } from "./base/memory.ts";
import {
  type ForTileOperands,
  type GivenTileAttrs,
  isTransfer,
  type TileOpName,
  type TransferName,
} from "./tile-ops/index.ts";

/** What a tensor in HBM is for. `temp` passes between kernels; `constant` comes with its data. */
export type TensorRole = "input" | "weight" | "state" | "output" | "temp" | "constant";

export interface TileBuffer {
  readonly name: string;
  readonly memory: Memory;
  readonly dtype: Dtype;
  /** In HBM the tensor's shape, row-major. On chip [partitions, ...free], each partition row-major by itself. */
  readonly shape: readonly number[];
  /** Instances that may be alive at the same time (ring depth); 1 in HBM. */
  readonly slots: number;
  /** For tensors in HBM. */
  readonly role?: TensorRole;
  /** For constants: the elements, or one number for all of them. */
  readonly data?: readonly number[];
}

/** One free dimension of an access: `size` elements, `stride` elements apart (0 repeats the element). */
export interface AccessDim {
  readonly stride: number;
  readonly size: Extent;
}

/**
 * Which elements of a buffer an operand means: a partition dimension and free dimensions, outermost first.
 * On chip element [p, i, j] is in partition `partition.start + p` at `offset + i*stride0 + j*stride1`;
 * in HBM it is at `offset + p*partition.stride + i*stride0 + j*stride1` of the flat tensor.
 */
export interface Access {
  readonly buffer: BufferId;
  /** In elements. */
  readonly offset: Affine;
  readonly partition: {
    /** First partition; 0 in HBM. */
    readonly start: number;
    /** Elements between rows in HBM (0 repeats the row: a broadcast over partitions); 1 on chip. */
    readonly stride: number;
    readonly size: Extent;
  };
  readonly dims: readonly AccessDim[];
}

/**
 * Statements of a loop body may be of different stages (software pipelining): each queue runs a statement of stage j for iteration
 * i - j when it runs those of stage 0 for iteration i, in the order of the text. The meaning is that of the plain loop, in which the
 * statements of an iteration run by their stages, and in the order of the text within a stage.
 */
interface Staged {
  /** Absent: 0. */
  readonly stage?: number;
}

export interface TileLoop extends Staged {
  readonly kind: "loop";
  readonly loop: LoopId;
  readonly trips: Extent;
  readonly body: readonly TileStatement[];
}

export interface TileAlloc {
  readonly kind: "alloc";
  readonly buffer: BufferId;
}

/** The engines that can be asked for by name; `select` decides where none is given. */
export type EngineHint = "act" | "dve" | "pool";

/** One of some tile ops with what it is applied to, by the names of its row: a test of `op` narrows them. */
export type TileCallOf<N extends TileOpName> = {
  readonly [M in N]: {
    readonly op: M;
    readonly operands: ForTileOperands<M, Access>;
    readonly attrs: GivenTileAttrs<M>;
  };
}[N];

export type TileCall = TileCallOf<TileOpName>;

/** What a statement has besides. */
export interface TileNodeMore extends Staged {
  /** For `matmul`: add to what the accumulator holds instead of overwriting it. */
  readonly accumulate?: Flag;
  /** For ops that count elements: the first number. */
  readonly base?: Affine;
  readonly engine?: EngineHint;
  /** The nodes of the graph that it comes from, through fusion; ascending. Texts leave them out. */
  readonly origin?: readonly NodeId[];
}

/** A statement whose op is one of N. */
export type TileNodeOf<N extends TileOpName> = TileCallOf<N> & TileNodeMore & { readonly kind: "op" };
export type TileNode = TileNodeOf<TileOpName>;

/** Whether the DMA engines run a statement. */
export function isTransferNode<C extends { readonly op: TileOpName }>(
  call: C,
): call is C & { readonly op: TransferName } {
  return isTransfer(call.op);
}

/** The operands by name, for code that treats all ops alike. */
export function namedAccesses({ operands }: TileCall): Readonly<Record<string, Access | undefined>> {
  return operands;
}

/** The attributes by name, likewise. */
export function tileAttrsOf({ attrs }: TileCall): LooseAttrs {
  return attrs;
}

/** The statement with other accesses in the place of its own. */
export function withAccesses<C extends TileCall>(call: C, change: (access: Access, name: string) => Access): C {
  const given = Object.entries<Access>(call.operands);
  const changed = given.map(([name, access]) => [name, change(access, name)] as const);
  if (changed.every(([, access], at) => access === given[at]?.[1])) return call;
  return { ...call, operands: Object.fromEntries(changed) };
}

export type TileStatement = TileLoop | TileAlloc | TileNode;

export function stageOf(statement: TileStatement): number {
  return statement.kind === "alloc" || statement.stage === undefined ? 0 : statement.stage;
}

/** The statements of a body in the order in which those of one iteration mean something: by stage. */
export function inStageOrder<T>(body: readonly T[], stageOfOne: (statement: T) => number): readonly T[] {
  return body.some((statement) => stageOfOne(statement) !== 0)
    ? body.toSorted((a, b) => stageOfOne(a) - stageOfOne(b))
    : body;
}

export interface TileKernel {
  readonly name: string;
  /** The ops of the graph that it computes, for reports. */
  readonly ops: readonly string[];
  /** The schedule as data, in text form, for reports. */
  readonly schedule: string;
  readonly body: readonly TileStatement[];
}

export interface TileProgram {
  readonly name: string;
  /** Indexed by BufferId. */
  readonly buffers: readonly TileBuffer[];
  /** Names of the loops, indexed by LoopId. */
  readonly loops: readonly string[];
  readonly kernels: readonly TileKernel[];
}

/** Elements of one partition of a buffer on chip. */
export function freeElements(buffer: TileBuffer): number {
  let count = 1;
  for (const size of buffer.shape.slice(1)) count *= size;
  return count;
}
