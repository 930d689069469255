// Collects the parts of a tile program while kernels are lowered. The only mutable state of a lowering; it is dropped
// when the program is finished.

import { type Affine, clampedExtent, constant, type Extent, term } from "../../ir-spec/affine.ts";
import type { Dtype } from "../../ir-spec/base/dtype.ts";
import { type BufferId, bufferId, type LoopId, loopId } from "../../ir-spec/base/ids.ts";
import type {
  Access,
  AccessDim,
  TileBuffer,
  TileKernel,
  TileNode,
  TileNodeMore,
  TileProgram,
  TileStatement,
} from "../../ir-spec/tile.ts";
import type { ForTileOperands, GivenTileAttrs, TileOpName } from "../../ir-spec/tile-ops/index.ts";

/** The statements of one loop body while it grows. */
export type Body = TileStatement[];

/** What the statements of a kernel refer to. */
export interface BodyBuilder {
  readonly buffer: (buffer: TileBuffer) => BufferId;
  readonly bufferInfo: (buffer: BufferId) => TileBuffer;
  readonly loop: (name: string) => LoopId;
  /** Whether nobody keeps the statements. */
  readonly isTrial: boolean;
}

export interface ProgramBuilder extends BodyBuilder {
  readonly kernel: (kernel: TileKernel) => void;
  readonly finish: () => TileProgram;
}

export function makeProgramBuilder(name: string): ProgramBuilder {
  const buffers: TileBuffer[] = [];
  const loops: string[] = [];
  const kernels: TileKernel[] = [];
  return {
    buffer: (buffer) => bufferId(buffers.push(buffer) - 1),
    bufferInfo: (buffer) => buffers[buffer] as TileBuffer,
    loop: (loopName) => loopId(loops.push(loopName) - 1),
    isTrial: false,
    kernel: (kernel) => {
      kernels.push(kernel);
    },
    finish: () => ({ name, buffers, loops, kernels }),
  };
}

/** A builder for statements that nobody keeps: it knows the other one's buffers, which stays as it is. */
export function makeTrialBuilder(base: BodyBuilder): BodyBuilder {
  const buffers = new Map<BufferId, TileBuffer>();
  let loopCount = 0;
  return {
    buffer: (buffer) => {
      // Ids beyond those of any program.
      const id = bufferId(firstTrialBuffer + buffers.size);
      buffers.set(id, buffer);
      return id;
    },
    bufferInfo: (buffer) => buffers.get(buffer) ?? base.bufferInfo(buffer),
    loop: () => loopId(loopCount++),
    isTrial: true,
  };
}

const firstTrialBuffer = 2 ** 40;

/**
 * Appends a loop of `trips` iterations whose body `emit` fills; a loop of one iteration vanishes. Returns what `emit` does.
 */
export function emitLoop(
  builder: BodyBuilder,
  into: Body,
  loop: { readonly name: string; readonly trips: Extent },
  emit: (body: Body, index: Affine) => void,
): void {
  if (loop.trips.max === 1) {
    emit(into, constant(0));
    return;
  }
  const id = builder.loop(loop.name);
  const body: Body = [];
  emit(body, term(id, 1));
  into.push({ kind: "loop", loop: id, trips: loop.trips, body });
}

/** Statements for those iterations of the loops around them in which `trips` is 1 and not 0. */
export function emitWhere(builder: BodyBuilder, into: Body, trips: Extent, emit: (body: Body) => void): void {
  if (trips.limit === undefined) {
    if (trips.max > 0) emit(into);
    return;
  }
  const loop = builder.loop("w");
  const body: Body = [];
  emit(body);
  into.push({ kind: "loop", loop, trips, body });
}

export interface ChipBuffer {
  readonly name: string;
  readonly memory: "sbuf" | "psum";
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly slots: number;
}

/** Declares a buffer on chip in the body. */
export function emitAlloc(builder: BodyBuilder, into: Body, buffer: ChipBuffer): BufferId {
  const id = builder.buffer(buffer);
  into.push({ kind: "alloc", buffer: id });
  return id;
}

export function emitOp<N extends TileOpName>(
  into: Body,
  op: N,
  operands: OrUndefined<ForTileOperands<N, Access>>,
  ...[attrs, more = {}]: AttrsAndMore<N>
): void {
  const named = operands as unknown as Readonly<Record<string, Access | undefined>>;
  const given = Object.entries(named).filter(([, access]) => access !== undefined);
  into.push({ kind: "op", op, operands: Object.fromEntries(given), attrs: attrs ?? {}, ...more } as TileNode);
}

/** Operands that may be absent may be given as undefined. */
type OrUndefined<T> = { readonly [K in keyof T]: T[K] | (undefined extends T[K] ? undefined : never) };

/** Attributes may be left out where all of them have a default. */
type AttrsAndMore<N extends TileOpName> =
  Record<never, never> extends GivenTileAttrs<N>
    ? readonly [attrs?: GivenTileAttrs<N>, more?: TileNodeMore]
    : readonly [attrs: GivenTileAttrs<N>, more?: TileNodeMore];

/** An access to a buffer on chip: `partitions` rows from partition 0, elements from `offset` on. */
export function chipAccess(
  buffer: BufferId,
  partitions: Extent,
  dims: readonly AccessDim[],
  offset: Affine = constant(0),
): Access {
  return { buffer, offset, partition: { start: 0, stride: 1, size: partitions }, dims };
}

/** An access to a tensor in HBM: rows `rowStride` elements apart. */
export function hbmAccess(
  buffer: BufferId,
  offset: Affine,
  rows: { readonly stride: number; readonly size: Extent },
  dims: readonly AccessDim[],
): Access {
  return { buffer, offset, partition: { start: 0, stride: rows.stride, size: rows.size }, dims };
}

/** `size` elements in a run. */
export function run(size: Extent): AccessDim {
  return { stride: 1, size };
}

/** Iterations that cover `size` in steps of `step`. */
export function tripsOver(size: number, step: number): Extent {
  return { max: Math.ceil(size / step) };
}

/** What is left of `size` at tile `index`, at most `step`. */
export function tileExtent(size: number, step: number, index: Affine): Extent {
  if (size % step === 0) return { max: Math.min(size, step) };
  const left = {
    constant: size - step * index.constant,
    terms: index.terms.map((t) => ({ ...t, scale: -step * t.scale })),
  };
  return clampedExtent(Math.min(size, step), left);
}
