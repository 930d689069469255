// Lowering: a matmul with its epilogue -> a tiled product on the systolic array, as the schedule says.
//
//     for batch { block and tile loops {
//         dma operands (transposed on the array where the contracted dimension is not on the partitions)
//         matmul into PSUM, over k
//       evict: epilogue, dma out } }

import { type Affine, addAffine, type Extent, scaleAffine } from "../../../ir-spec/affine.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import { psumBankColumns } from "../../../ir-spec/machine.ts";
import type { Access } from "../../../ir-spec/tile.ts";
import { type Body, chipAccess, emitAlloc, emitLoop, emitOp, run } from "../program-builder.ts";
import type { LowerContext } from "../region.ts";
import { emitBatched } from "./batched.ts";
import { emitColumns, emitEpilogue } from "./epilogue.ts";
import type { ContractSchedule } from "./fields.ts";
import { emitOperandLoad, type LoadedOperand, operandTile } from "./load.ts";
import { firstTile, startOfNest, tileElements, tilesInside, tileTrips, tripsOf, withIndex } from "./nest.ts";
import type { ContractPlan } from "./plan.ts";
import { openResults, type Results, storeResults, storeUnit } from "./results.ts";
import {
  type Accumulator,
  accumulatorTile,
  localTile,
  type NestPosition,
  type TiledContract,
  tileContract,
} from "./tiled.ts";

export function emitContract(context: LowerContext, plan: ContractPlan, schedule: ContractSchedule): Body {
  const body: Body = [];
  emitBatch(tileContract(context, plan, schedule), body, []);
  return body;
}

function emitBatch(tiled: TiledContract, body: Body, batch: readonly Affine[]): void {
  if (tiled.batches > 1 && batch.length === tiled.batch.length - 1) {
    emitBatched(tiled, body, batch);
    return;
  }
  const size = tiled.batch[batch.length];
  if (size === undefined) {
    const columns = emitColumns(tiled, body, batch);
    emitNest(tiled, { body, depth: 0, index: startOfNest, batch, columns, groupLoops: [] }, {});
    return;
  }
  emitLoop(tiled.context.builder, body, { name: "b", trips: { max: size } }, (inner, index) =>
    emitBatch(tiled, inner, [...batch, index]),
  );
}

/** Buffers that are live at the current position. */
interface OpenBuffers {
  readonly stationary?: LoadedOperand;
  readonly moving?: LoadedOperand;
  readonly group?: Accumulator;
  readonly total?: Accumulator;
  /** Those of several accumulation groups that are stored together. */
  readonly results?: Results;
}

function emitNest(tiled: TiledContract, position: NestPosition, open: OpenBuffers): void {
  const { nest, context } = tiled;
  const loop = nest.loops[position.depth];
  let now = open;
  if (position.depth === nest.storeAt)
    now = { ...now, results: openResults(tiled, position, storeUnit(tiled, position)) };
  if (position.depth === nest.sbufAt) now = { ...now, total: openTotal(tiled, position) };
  if (position.depth === nest.loadAt.s) now = { ...now, stationary: emitOperandLoad(tiled, position, "s") };
  if (position.depth === nest.loadAt.v) now = { ...now, moving: emitOperandLoad(tiled, position, "v") };
  if (position.depth === nest.groupAt) now = { ...now, group: openGroup(tiled, position) };
  if (loop === undefined) {
    emitMatmul(tiled, position, now);
  } else {
    const trips = tripsOf(nest, loop, position.index.block[loop.dim]);
    const names = { block: { s: "sb", v: "vb", k: "kb" }, tile: { s: "s", v: "v", k: "k" } } as const;
    emitLoop(context.builder, position.body, { name: names[loop.level][loop.dim], trips }, (body, index) => {
      const inGroup = loop.dim === "k" && position.depth >= nest.groupAt;
      const groupLoops = inGroup ? [...position.groupLoops, ...index.terms.map((t) => t.loop)] : position.groupLoops;
      emitNest(
        tiled,
        { ...position, body, depth: position.depth + 1, index: withIndex(position.index, loop, index), groupLoops },
        now,
      );
    });
  }
  if (position.depth === nest.groupAt && now.group !== undefined) closeGroup(tiled, position, now.group, now);
  if (position.depth === nest.sbufAt && now.total !== undefined)
    emitEpilogue(tiled, position, { from: now.total, memory: "sbuf", gathered: now.results });
  if (position.depth === nest.storeAt && now.results !== undefined) storeResults(tiled, now.results);
}

function openGroup(tiled: TiledContract, position: NestPosition): Accumulator {
  const { nest, context, schedule } = tiled;
  const tilesS = tilesInside(nest, "s", position.depth);
  const tilesV = tilesInside(nest, "v", position.depth);
  const columns = paddedColumns(tiled);
  const buffer = emitAlloc(context.builder, position.body, {
    name: "acc",
    memory: "psum",
    dtype: "f32",
    shape: [nest.dims.s.tile, tilesS * tilesV * columns],
    slots: schedule.slots_psum,
  });
  return { buffer, depth: position.depth, index: position.index, strideS: tilesV * columns, strideV: columns };
}

/** Columns between tiles in PSUM, so that no tile crosses a bank: the smallest divisor of a bank that holds a tile. */
function paddedColumns(tiled: TiledContract): number {
  const bank = psumBankColumns(tiled.context.machine);
  let columns = tiled.nest.dims.v.tile;
  while (bank % columns !== 0) columns++;
  return columns;
}

function openTotal(tiled: TiledContract, position: NestPosition): Accumulator {
  const { nest, context, schedule } = tiled;
  const tilesS = tilesInside(nest, "s", position.depth);
  const columns = tilesInside(nest, "v", position.depth) * nest.dims.v.tile;
  const shape = [nest.dims.s.tile, tilesS * columns];
  const buffer = emitAlloc(context.builder, position.body, {
    name: "total",
    memory: "sbuf",
    dtype: "f32",
    shape,
    slots: schedule.slots_sbuf,
  });
  const all = chipAccess(buffer, { max: nest.dims.s.tile }, [run({ max: tilesS * columns })]);
  emitOp(position.body, "memset", { dst: all }, { value: 0 });
  return { buffer, depth: position.depth, index: position.index, strideS: columns, strideV: nest.dims.v.tile };
}

function emitMatmul(tiled: TiledContract, position: NestPosition, open: OpenBuffers): void {
  const { nest } = tiled;
  const { stationary, moving, group } = open;
  invariant(stationary !== undefined && moving !== undefined && group !== undefined, "a matmul before its operands");
  const tile = (dim: "s" | "v" | "k"): Extent => tileElements(nest, dim, firstTile(nest, dim, position.index));
  const operand = (loaded: LoadedOperand, dim: "s" | "v"): Access => {
    const kTile = localTile(nest, "k", position.index, loaded.index);
    const first = scaleAffine(localTile(nest, dim, position.index, loaded.index), nest.dims[dim].tile);
    return operandTile(loaded, kTile, tile("k"), { first, size: tile(dim) });
  };
  const local = {
    s: localTile(nest, "s", position.index, group.index),
    v: localTile(nest, "v", position.index, group.index),
  };
  const accumulate = position.groupLoops.length === 0 ? false : { notFirst: position.groupLoops };
  emitOp(
    position.body,
    "matmul",
    {
      dst: accumulatorTile(group, local, tile("s"), tile("v")),
      stationary: operand(stationary, "s"),
      moving: operand(moving, "v"),
    },
    {},
    { accumulate },
  );
}

/** Partial sums leave PSUM: to the epilogue, or into the accumulator in SBUF. */
function closeGroup(
  tiled: TiledContract,
  position: NestPosition,
  group: Accumulator,
  { total, results: gathered }: OpenBuffers,
): void {
  if (total === undefined) {
    emitEpilogue(tiled, position, { from: group, memory: "psum", gathered });
    return;
  }
  const { nest, context } = tiled;
  const { builder } = context;
  emitLoop(
    builder,
    position.body,
    { name: "s", trips: tileTrips(nest, "s", position.depth, position.index) },
    (rowsBody, s) => {
      emitLoop(
        builder,
        rowsBody,
        { name: "v", trips: tileTrips(nest, "v", position.depth, position.index) },
        (body, v) => {
          const at = {
            s: addAffine(firstTile(nest, "s", position.index), s),
            v: addAffine(firstTile(nest, "v", position.index), v),
          };
          const rows = tileElements(nest, "s", at.s);
          const columns = tileElements(nest, "v", at.v);
          const first = { s: firstTile(nest, "s", total.index), v: firstTile(nest, "v", total.index) };
          const inTotal = {
            s: addAffine(at.s, scaleAffine(first.s, -1)),
            v: addAffine(at.v, scaleAffine(first.v, -1)),
          };
          const sum = accumulatorTile(total, inTotal, rows, columns);
          const partial = accumulatorTile(group, { s, v }, rows, columns);
          emitOp(body, "tensor_tensor", { dst: sum, lhs: sum, rhs: partial }, { op: "add" });
        },
      );
    },
  );
}
