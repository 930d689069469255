// Lowering: a region of elementwise ops and reductions -> a row-wise kernel. Rows lie on the partitions, columns (the
// reduced axes, or the last run of elements) along each partition; each tile is loaded, computed on and stored.
//
//     for b in batch { for p in row tiles { for f in column tiles { dma in; compute ...; dma out } } }
//
// A load is in the outermost loop that it depends on, so that a row shared by all tiles is loaded once; loops are in the order in
// which the least is loaded.

import { type Affine, addAffine, constant, type Extent, scaleAffine } from "../../../ir-spec/affine.ts";
import type { BufferId, ValueId } from "../../../ir-spec/base/ids.ts";
import { elementCount } from "../../../ir-spec/base/tensor.ts";
import { type Node, typeOf } from "../../../ir-spec/graph.ts";
import { isKind, type OpNameOf } from "../../../ir-spec/ops/index.ts";
import type { Access } from "../../../ir-spec/tile.ts";
import { improveBody } from "../body/improve.ts";
import { orderDims } from "../body/order-dims.ts";
import { reduceValue, runNodes, type TileRun } from "../compute-nodes.ts";
import { emitFrom } from "../origin.ts";
import { type Body, emitLoop, emitOp, tileExtent } from "../program-builder.ts";
import type { KernelRegion, LowerContext } from "../region.ts";
import { largestDivisorUpTo } from "../space.ts";
import { type Destination, freshTile, type TileScope, type TileValue } from "../tile-values.ts";
import type { RowsSchedule } from "./fields.ts";
import { emitPieceLoad, type KeptRows, makeKeptRows, planOfPiece } from "./kept-rows.ts";
import { levelOf, loopsOf, orderLoops } from "./loops.ts";
import { type Phase, phasesOf } from "./phases.ts";
import { type RowsPlan, type StridedOperand, type TiledRows, tileRows } from "./plan.ts";
import { combineParts } from "./spread.ts";
import { emitLoad, emitStore, isWide, type NestLevel, type TileDtype } from "./transfers.ts";

export function emitRows(context: LowerContext, plan: RowsPlan, schedule: RowsSchedule): Body {
  return tileRows(plan, schedule, context.machine).flatMap((tiled) => {
    const body: Body = [];
    emitLevels({ context, region: plan.region, schedule, plan: tiled }, body);
    return body;
  });
}

interface RowsNest {
  readonly context: LowerContext;
  readonly region: KernelRegion;
  readonly schedule: RowsSchedule;
  readonly plan: TiledRows;
}

function emitLevels(nest: RowsNest, body: Body): void {
  const { context, schedule, plan } = nest;
  const maxRows = Math.min(schedule.tile_rows, context.machine.partitions, plan.rows);
  const columnCount = elementCount(plan.columns);
  const maxColumns = plan.reduces ? columnCount : Math.min(schedule.tile_columns, columnCount);
  const loops = orderLoops(loopsOf(plan, maxRows, maxColumns), plan);
  const values = new Map<ValueId, TileValue>();
  const inPieces = pieceOf(nest) < columnCount;

  const enter = (level: NestLevel): void => {
    const scope = scopeOf(context, schedule, plan, level);
    for (const load of plan.loads) {
      if (inPieces && isWide(load, plan)) continue;
      if (levelOf(load, loops) === level.depth) values.set(load.value, emitLoad(scope, nest, load, level));
    }
    const loop = loops[level.depth];
    if (loop === undefined) {
      if (inPieces) computePieces(nest, level, clampRows(values, level.rows));
      else {
        computeAndStore(nest, level, values);
        if (plan.areGroupsInner === true) orderDims(level.body);
        const iterations = loops.reduce((product, { trips }) => product * trips, 1);
        improveBody(context, body, level.body, { isKnown: knownIn(body), iterations });
      }
      return;
    }
    const { name, trips, dim, step } = loop;
    emitLoop(context.builder, level.body, { name, trips: { max: trips } }, (inner, index) =>
      enter({
        body: inner,
        depth: level.depth + 1,
        base: level.base.with(dim, scaleAffine(index, step)),
        rows: name === "p" ? tileExtent(plan.rows, maxRows, index) : level.rows,
        columns: name === "f" ? tileExtent(columnCount, maxColumns, index) : level.columns,
      }),
    );
  };
  const base = new Array<Affine>(plan.batch.length + 1 + plan.columns.length).fill(constant(0));
  enter({ body, depth: 0, base, rows: { max: maxRows }, columns: { max: maxColumns } });
}

/** Whether a buffer is a body's own, so that statements in front of the body's loops may read it. */
function knownIn(body: Body): (buffer: BufferId) => boolean {
  const own = new Set(body.flatMap((statement) => (statement.kind === "alloc" ? [statement.buffer] : [])));
  return (buffer) => own.has(buffer);
}

function scopeOf(context: LowerContext, schedule: RowsSchedule, plan: TiledRows, level: NestLevel): TileScope {
  const { body, rows, columns } = level;
  const { slots_in, slots_mid, slots_out } = schedule;
  const columnSlots = Math.max(slots_in, slots_mid, slots_out);
  const areSeveral = plan.columns.length < context.machine.accessDims && needsColumnSizes(plan);
  const columnSizes = areSeveral ? { columnSizes: plan.columns } : {};
  const { areGroupsInner = false } = plan;
  const groups = plan.groups === undefined ? {} : { groups: plan.groups, areGroupsInner };
  return { builder: context.builder, body, rows, columns, ...columnSizes, ...groups, slots: slots_mid, columnSlots };
}

/** Whether tiles have the dimensions of the columns: one after the other, they are as good as one where all operands go along all. */
function needsColumnSizes(plan: TiledRows): boolean {
  const { batch, columns, groups, loads, reduces, iotas } = plan;
  if (columns.length < 2) return false;
  const first = batch.length + 1;
  const isRepeated = (operand: StridedOperand): boolean =>
    isWide(operand, plan) && operand.strides.slice(first).includes(0);
  return !reduces || groups !== undefined || iotas.length > 0 || loads.some(isRepeated);
}

function computeAndStore(nest: RowsNest, level: NestLevel, values: Map<ValueId, TileValue>): void {
  const tile = tileRun(nest, level, clampRows(values, level.rows));
  runAll(nest, tile, nest.region.nodes);
  for (const store of nest.plan.stores) emitStore(tile, nest.plan, store, level);
}

function tileRun(
  { context, region, plan, schedule }: RowsNest,
  level: NestLevel,
  values: Map<ValueId, TileValue>,
): TileRun {
  return {
    context,
    scope: scopeOf(context, schedule, plan, level),
    values,
    destinationOf: (value) => ({
      name: context.graph.values[value]?.name ?? "t",
      dtype: typeOf(context.graph, value).dtype,
    }),
    isStored: (value) => region.outputs.includes(value),
    iotaOf: (value) => {
      const strides = plan.iotas.find((iota) => iota.value === value)?.strides ?? [];
      const base = addAffine(...level.base.map((index, dim) => scaleAffine(index, strides[dim] ?? 0)));
      const columns = plan.columns.map((size, dim) => ({ size, step: strides[plan.batch.length + 1 + dim] ?? 0 }));
      return { base, partitionStep: strides[plan.batch.length] ?? 0, columns };
    },
    reducedCount: (elementCount(plan.columns) / (plan.groups ?? 1)) * (plan.spread?.chunks ?? 1),
    ...combinedBy(plan),
  };
}

/** How what is folded along partitions becomes the fold of rows that are in chunks. */
function combinedBy({ spread }: TiledRows): Pick<TileRun, "combine"> {
  return spread === undefined ? {} : { combine: (scope, op, parts) => combineParts(scope, spread, op, parts) };
}

function runAll({ region, schedule }: RowsNest, tile: TileRun, nodes: readonly Node[]): void {
  const last: TileScope = { ...tile.scope, slots: schedule.slots_out };
  const isOutput = (node: Node): boolean => node.results.some((result) => region.outputs.includes(result));
  runNodes(tile, nodes, (node) => (isOutput(node) ? last : tile.scope));
}

/**
 * Columns that a kernel with reductions has in one tile: all, unless its schedule says less. Of several dimensions a piece has whole indices of the
 * first one; integers are folded by halves of whole tiles: such pieces are equal.
 */
function pieceOf({
  context: { graph },
  region,
  plan: { columns, groups, iotas, reduces },
  schedule,
}: RowsNest): number {
  const count = elementCount(columns);
  const [outer = 1, ...inner] = columns;
  const isWhole = !reduces || groups !== undefined || (columns.length > 1 && iotas.length > 0);
  if (isWhole || schedule.tile_columns >= count) return count;
  if (columns.length > 1) {
    const run = elementCount(inner);
    return run * largestDivisorUpTo(outer, Math.max(1, Math.floor(schedule.tile_columns / run)));
  }
  const foldsIntegers = region.nodes.some(
    ({ op, results }) => isKind(op, "reduce") && typeOf(graph, results[0]).dtype === "i32",
  );
  return foldsIntegers ? largestDivisorUpTo(count, schedule.tile_columns) : Math.min(schedule.tile_columns, count);
}

/** The rows of a tile in pieces, phase by phase; see phases.ts. */
function computePieces(nest: RowsNest, level: NestLevel, values: Map<ValueId, TileValue>): void {
  const { context, region, plan } = nest;
  const { before, phases } = phasesOf(context.graph, region);
  const rows = tileRun(nest, { ...level, columns: { max: 1 } }, values);
  const kept = makeKeptRows(rows.scope, nest, phases);
  const numbers = region.nodes.filter(({ op }) => op === "full");
  runAll(nest, rows, [...numbers, ...before]);
  for (const phase of phases) {
    if (phase.nodes.length > 0) emitPhase({ ...nest, kept }, level, rows, phase);
    for (const { operands } of phase.nodes) for (const operand of operands) kept.loaded.add(operand);
    runAll(nest, rows, phase.after);
  }
  for (const store of plan.stores) if (!isWide(store, plan)) emitStore(rows, plan, store, level);
}

/** A reduction, and the tile with its result for each piece. */
interface PieceFold {
  readonly node: Node;
  readonly access: Access;
}

/** One pass over the pieces; then what they were folded to is folded once more. */
function emitPhase(nest: PiecesNest, level: NestLevel, rows: TileRun, phase: Phase): void {
  const { context } = nest;
  const count = elementCount(nest.plan.columns);
  const piece = pieceOf(nest);
  const { plan, step } = planOfPiece(nest.plan, piece, nest.kept);
  const columns = { max: Math.ceil(count / piece) };
  const scope: TileScope = { ...rows.scope, columns };
  const folds = phase.reductions.map((node): PieceFold => {
    const dtype = partDtype(context, node.results[0]);
    return { node, access: freshTile(scope, "pieces", dtype) };
  });
  emitLoop(context.builder, level.body, { name: "f", trips: columns }, (body, index) => {
    const base = level.base.with(plan.batch.length + 1, scaleAffine(index, step));
    const inner = { body, base, depth: level.depth + 1, rows: level.rows, columns: tileExtent(count, piece, index) };
    const at = scaleAffine(index, piece);
    emitPiece({ ...nest, plan }, inner, { phase, folds, index, at, values: new Map(rows.values) });
    improveBody(context, level.body, body, { isLeft: (loop) => index.terms.some((term) => term.loop === loop) });
  });
  for (const { node, access } of folds) {
    const result = node.results[0];
    const folded = { x: { kind: "tile", access }, added: undefined } as const;
    const to = rows.destinationOf(result);
    const emit = () => reduceValue({ ...rows, scope }, node.op as OpNameOf<"reduce">, folded, to);
    rows.values.set(result, emitFrom(context, scope.body, [result], emit));
  }
}

interface PiecesNest extends RowsNest {
  readonly kept: KeptRows;
}

interface Piece {
  readonly phase: Phase;
  readonly folds: readonly PieceFold[];
  readonly index: Affine;
  /** The first element of the piece in its row. */
  readonly at: Affine;
  /** What is known of the rows; grows. */
  readonly values: Map<ValueId, TileValue>;
}

/** Loads, computes and stores one piece, and keeps what it is folded to. */
function emitPiece(nest: PiecesNest, level: NestLevel, { phase, folds, index, at, values }: Piece): void {
  const { context, plan } = nest;
  const used = new Set(phase.nodes.flatMap(({ operands }) => operands));
  const isFolded = new Set(folds.flatMap(({ node }) => node.results));
  const tile = tileRun(nest, level, values);
  const destinationOf = (value: ValueId): Destination => {
    const to = tile.destinationOf(value);
    return isFolded.has(value) ? { ...to, dtype: partDtype(context, value) } : to;
  };
  for (const load of plan.loads) {
    if (!used.has(load.value) || !isWide(load, plan)) continue;
    values.set(load.value, emitPieceLoad(tile.scope, nest, load, { ...level, at }));
  }
  const { combine: _later, ...ofPiece } = tile;
  runAll(nest, { ...ofPiece, destinationOf }, phase.nodes.map(asSum));
  for (const store of plan.stores) if (phase.stored.includes(store.value)) emitStore(tile, plan, store, level);
  for (const { node, access } of folds) {
    const folded = values.get(node.results[0]);
    if (folded?.kind !== "column") continue;
    const part: Access = { ...access, offset: index, dims: [{ stride: 1, size: { max: 1 } }] };
    emitFrom(context, level.body, [node.results[0]], () =>
      emitOp(level.body, "tensor_copy", { dst: part, src: folded.access }),
    );
  }
}

/** Pieces are folded in f32, so that the result is rounded once. */
function partDtype({ graph }: LowerContext, value: ValueId): TileDtype {
  return typeOf(graph, value).dtype === "i32" ? "i32" : "f32";
}

/** A mean of pieces begins as their sum. */
function asSum(node: Node): Node {
  return node.op === "reduce_mean" ? { ...node, op: "reduce_sum" } : node;
}

/** Values that were loaded outside the row loop have the rows of a whole tile; inside, a border tile has fewer. */
function clampRows(values: ReadonlyMap<ValueId, TileValue>, rows: Extent): Map<ValueId, TileValue> {
  const clamped = new Map<ValueId, TileValue>();
  for (const [id, value] of values) {
    if (value.kind === "number") clamped.set(id, value);
    else
      clamped.set(id, { ...value, access: { ...value.access, partition: { ...value.access.partition, size: rows } } });
  }
  return clamped;
}
