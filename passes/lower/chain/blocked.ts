// A tile of rows of which the columns of one segment come in blocks (see find-blocks.ts): what is carried from block to block is in
// buffers outside the loop over the blocks, each of which a block reads and writes at one place.
//
//     m = -inf; s = -max; l = 0; y = 0
//     for blocks { x; m' = max(m, max(x)); m = m'; s' = max(m', -max); r = exp(s - s'); s = s'
//                  e = exp(x - s'); l = l r + sum(e); y = y r + e v }
//     z = exp(m - m); l = l z; y = y z
//
// The least finite number stands for -inf in the shift `s`, so that e is 0 and not NaN in rows of which all elements so far are -inf.
// In rows that end like that, and in those alone, z is NaN, as exp(x - m) is.

import { type Affine, constant, type Extent, scaleAffine } from "../../../ir-spec/affine.ts";
import { dtypes } from "../../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import { type Node, typeOf } from "../../../ir-spec/graph.ts";
import type { Access } from "../../../ir-spec/tile.ts";
import { improveBody } from "../body/improve.ts";
import { emitFrom } from "../origin.ts";
import { type Body, chipAccess, emitAlloc, emitLoop, emitOp, emitWhere, run, tripsOver } from "../program-builder.ts";
import { type Destination, freshColumn, freshTile, type TileScope, type TileValue } from "../tile-values.ts";
import { columnsOf } from "./contracted.ts";
import { dealColumns } from "./dealt.ts";
import type { Accumulator } from "./find-blocks.ts";
import {
  type Chain,
  type ChainLevel,
  namedValue,
  type PlannedBlocks,
  scopeOf,
  withOwnValues,
  withRows,
} from "./level.ts";
import { loadBlock } from "./loads.ts";
import { computedColumns, openMask } from "./masked.ts";
import { columnsFrom, emitPieces, emitProduct, neutral, pieceWidth } from "./pieces.ts";
import type { PlannedSegment } from "./plan.ts";
import { emitRowNodes, emitSegment, openHeld, transposeContracted } from "./segment.ts";

/** What is carried: accumulators by their results, and shifts. */
type Carried = ReadonlyMap<ValueId, Access>;

interface Blocked {
  readonly blocks: PlannedBlocks;
  readonly carried: Carried;
  readonly shifts: Carried;
}

const leastFinite = -dtypes.f32.maxFinite;

export function emitInBlocks(chain: Chain, blocks: PlannedBlocks, level: ChainLevel): void {
  const { plan, context } = chain;
  const segment = plan.segments[blocks.segment] as PlannedSegment;
  const later = plan.segments.slice(blocks.segment + 1);
  for (const earlier of plan.segments.slice(0, blocks.segment)) emitSegment(chain, earlier, level);
  const blocked = openCarried(chain, blocks, level);
  const computed = computedColumns(chain, segment, level);
  const { width } = blocks;
  const whole = Math.floor(segment.columns / width);
  const rest = segment.columns - whole * width;
  const columnsIn = (column: Affine, columns: number): Extent =>
    computed.limit === undefined ? { max: columns } : columnsFrom(computed, column, columns);
  emitLoop(context.builder, level.body, { name: "blk", trips: { max: whole } }, (body, index) => {
    const column = scaleAffine(index, width);
    emitBlock(chain, blocked, { ...level, body, outer: level.body, column }, columnsIn(column, width));
  });
  if (rest > 0) {
    const column = constant(whole * width);
    emitBlock(chain, blocked, { ...level, outer: level.body, column }, columnsIn(column, rest));
  }
  closeCarried(chain, segment, blocked, level);
  for (const other of later) emitSegment(chain, isReader(blocks, other) ? afterProducts(chain, other) : other, level);
}

function isReader({ products }: PlannedBlocks, segment: PlannedSegment): boolean {
  return segment.products.some(({ result }) => products.some((accumulator) => accumulator.result === result));
}

/** A segment whose products are there, in rows. */
function afterProducts({ plan }: Chain, segment: PlannedSegment): PlannedSegment {
  const reduced = segment.reductions.map(({ result }) => result);
  const own = new Set<Node>([...segment.pieceNodes, ...segment.rowNodes]);
  const rowNodes = plan.region.nodes.filter((node) => own.has(node) || reduced.includes(node.results[0] as ValueId));
  return { ...segment, products: [], pieceNodes: [], reductions: [], held: [], rowNodes };
}

function openCarried(chain: Chain, blocks: PlannedBlocks, level: ChainLevel): Blocked {
  const open = (name: string, columns: number, value: number): Access => {
    const { context, tileRows } = chain;
    const shape = [tileRows, columns];
    const buffer = emitAlloc(context.builder, level.body, { name, memory: "sbuf", dtype: "f32", shape, slots: 1 });
    const access = chipAccess(buffer, level.rows, [run({ max: columns })]);
    emitOp(level.body, "memset", { dst: access }, { value });
    return access;
  };
  const columnsOfValue = (value: ValueId): number => typeOf(chain.context.graph, value).shape.at(-1) ?? 1;
  const accumulators = [...blocks.reductions, ...blocks.products];
  const carried = accumulators.map(({ result, op }): [ValueId, Access] => [
    result,
    open(namedValue(chain, result).name, columnsOfValue(result), neutral[op]),
  ]);
  const shifts = blocks.shifts.map((shift): [ValueId, Access] => [shift, open("shift", 1, leastFinite)]);
  return { blocks, carried: new Map(carried), shifts: new Map(shifts) };
}

/** `columns`: those of the block that are computed, if any are. */
function emitBlock(chain: Chain, blocked: Blocked, level: ChainLevel, columns: Extent): void {
  const { context, plan } = chain;
  const whole = plan.segments[blocked.blocks.segment] as PlannedSegment;
  const segment: PlannedSegment = { ...whole, columns: columns.max };
  const isAny: Extent = columns.limit === undefined ? { max: 1 } : { max: 1, limit: columns.limit };
  emitWhere(context.builder, level.body, isAny, (into) => {
    const body: Body = [];
    const inner: ChainLevel = { ...level, body, depth: level.depth + 1 };
    const own = withBlock(chain, segment, inner);
    for (const mask of segment.masks) emitFrom(context, body, mask.values, () => openMask(own, segment, mask, inner));
    emitColumns(own, segment, blocked, { level: inner, columns });
    improveBody(context, level.outer, body);
    into.push(...body);
  });
}

/** The chain with what a block loads. Its own columns may be dealt out where all right operands are loaded for each block. */
function withBlock(chain: Chain, segment: PlannedSegment, level: ChainLevel): Chain {
  const { schedule, plan, context } = chain;
  const own = withOwnValues(chain);
  const isStreamed = schedule.load_rhs_per === "piece";
  const segments = plan.segments.map((other) => (other.at === segment.at ? segment : other));
  const inBlock = isStreamed
    ? { ...own, dealt: dealColumns(context, segments, { ...schedule, load_rhs_per: "batch" }) }
    : own;
  loadBlock(inBlock, segment, level);
  return inBlock;
}

interface BlockPlace {
  readonly level: ChainLevel;
  readonly columns: Extent;
}

function emitColumns(chain: Chain, segment: PlannedSegment, blocked: Blocked, { level, columns }: BlockPlace): void {
  const { blocks, carried } = blocked;
  const scope: TileScope = { ...scopeOf(chain, level, { max: segment.columns }), columns };
  openHeld(chain, segment, scopeOf(chain, level, { max: segment.columns }));
  if (segment.products.length > 0) emitPieces(chain, segment, level, columns);
  const inPieces = new Set(segment.reductions.map(({ result }) => result));
  const runPhase = (nodes: readonly Node[]): void =>
    emitRowNodes(chain, segment, level, {
      scope,
      nodes: nodes.filter(({ results }) => !results.some((result) => inPieces.has(result))),
      destinationOf: (value) => destinationOf(chain, carried, value),
    });
  runPhase(blocks.before);
  for (const accumulator of blocks.reductions)
    if (accumulator.shift === undefined) joinStatistic(chain, blocked, accumulator, scope);
  runPhase(blocks.between);
  const factors = new Map(blocks.shifts.map((shift) => [shift, shiftTo(chain, blocked, shift, scope)]));
  runPhase(blocks.after);
  for (const { result, shift } of blocks.reductions) {
    const factor = shift === undefined ? undefined : factors.get(shift);
    if (factor !== undefined) addScaled(scope, carried.get(result), columnOf(chain, result), factor);
  }
  transposeContracted(chain, segment, level, columns);
  emitContracting(chain, blocked, { level, columns: segment.columns, factors });
}

/** Statistics are in f32 until whole rows are through. */
function destinationOf(chain: Chain, carried: Carried, value: ValueId): Destination | undefined {
  return carried.has(value) ? { name: namedValue(chain, value).name, dtype: "f32" } : undefined;
}

function columnOf({ values }: Chain, value: ValueId): Access {
  const found = values.get(value);
  invariant(found !== undefined && found.kind !== "number", "a statistic is a column");
  return found.access;
}

/** The statistic of all blocks so far, and of a block. */
function joinStatistic(chain: Chain, { carried }: Blocked, { result, op }: Accumulator, scope: TileScope): void {
  const total = carried.get(result);
  invariant(total !== undefined, "a statistic is carried");
  const dst = freshColumn(scope, namedValue(chain, result).name, "f32");
  emitOp(scope.body, "tensor_tensor", { dst, lhs: total, rhs: columnOf(chain, result) }, { op });
  emitOp(scope.body, "tensor_copy", { dst: total, src: dst });
  chain.values.set(result, { kind: "column", access: dst });
}

/** Replaces a shift by the one that holds for all blocks so far, in f32; gives the factor of what was carried. */
function shiftTo(chain: Chain, { shifts }: Blocked, shift: ValueId, scope: TileScope): Access {
  const before = shifts.get(shift);
  invariant(before !== undefined, "a shift is carried");
  const [now, difference, factor] = ["shift", "difference", "factor"].map((name) =>
    freshColumn(scope, name, "f32"),
  ) as [Access, Access, Access];
  const { body } = scope;
  emitOp(body, "tensor_scalar", { dst: now, src: columnOf(chain, shift) }, { op0: "max", imm0: leastFinite });
  emitOp(body, "tensor_tensor", { dst: difference, lhs: before, rhs: now }, { op: "subtract" });
  emitOp(body, "tensor_copy", { dst: before, src: now });
  emitOp(body, "activation", { dst: factor, src: difference }, { func: "exp" });
  chain.values.set(shift, { kind: "column", access: now });
  return factor;
}

/** total = total factor + part */
function addScaled({ body }: Pick<TileScope, "body">, total: Access | undefined, part: Access, factor: Access): void {
  invariant(total !== undefined, "a sum is carried");
  emitOp(
    body,
    "scalar_tensor_tensor",
    { dst: total, src: total, scalar0: factor, rhs: part },
    { op0: "multiply", op1: "add" },
  );
}

interface Contracting {
  readonly level: ChainLevel;
  /** Columns of the block. */
  readonly columns: number;
  readonly factors: ReadonlyMap<ValueId, Access>;
}

/** Adds what products contract of a block. */
function emitContracting(chain: Chain, { blocks, carried }: Blocked, { level, columns, factors }: Contracting): void {
  const { plan, context } = chain;
  for (const reader of plan.segments.slice(blocks.segment + 1)) {
    if (!isReader(blocks, reader)) continue;
    const width = pieceWidth(chain, reader);
    emitLoop(context.builder, level.body, { name: "n", trips: tripsOver(reader.columns, width) }, (body, index) => {
      const at = scaleAffine(index, width);
      const piece = { body, at, columns: columnsFrom({ max: reader.columns }, at, width) };
      for (const product of reader.products) {
        const part = emitProduct(chain, reader, {
          product: { ...product, contracted: columns },
          ...{ level, piece, width, origin: { columns: constant(0), contracted: level.column } },
        });
        const shift = blocks.products.find(({ result }) => result === product.result)?.shift;
        const factor = shift === undefined ? undefined : factors.get(shift);
        const total = pieceOf(carried, product.result, { at, columns: piece.columns, level });
        if (factor !== undefined) addScaled({ body }, total, part, factor);
        else emitOp(body, "tensor_tensor", { dst: total, lhs: total, rhs: part }, { op: "add" });
      }
    });
  }
}

function pieceOf(
  carried: Carried,
  value: ValueId,
  { at, columns, level }: { readonly at: Affine; readonly columns: Extent; readonly level: ChainLevel },
): Access {
  const total = carried.get(value);
  invariant(total !== undefined, "a product is carried");
  return columnsOf(withRows(total, level.rows), at, columns);
}

/** What whole rows give: statistics, then what is made of them. */
function closeCarried(chain: Chain, segment: PlannedSegment, { blocks, carried }: Blocked, level: ChainLevel): void {
  const scope = scopeOf(chain, level, { max: 1 });
  const all = [...blocks.reductions, ...blocks.products];
  const close = (accumulators: readonly Accumulator[]): void => {
    for (const { result } of accumulators) chain.values.set(result, rounded(chain, level, result, carried.get(result)));
  };
  close(all.filter(({ shift }) => shift === undefined));
  emitRowNodes(chain, segment, level, { scope, nodes: blocks.between });
  for (const shift of blocks.shifts) {
    const [difference, one] = ["difference", "one"].map((name) => freshColumn(scope, name, "f32")) as [Access, Access];
    const column = columnOf(chain, shift);
    emitOp(level.body, "tensor_tensor", { dst: difference, lhs: column, rhs: column }, { op: "subtract" });
    emitOp(level.body, "activation", { dst: one, src: difference }, { func: "exp" });
    for (const accumulator of all) {
      const total = carried.get(accumulator.result);
      if (accumulator.shift !== shift || total === undefined) continue;
      emitOp(level.body, "tensor_scalar", { dst: total, src: total, scalar0: one }, { op0: "multiply" });
    }
  }
  close(all.filter(({ shift }) => shift !== undefined));
  const rest = { ...segment, products: [], pieceNodes: [], reductions: [], held: [], contracted: [], columns: 1 };
  emitSegment(chain, { ...rest, rowNodes: blocks.last.filter((node) => !blocks.between.includes(node)) }, level);
}

/** A result in the graph's dtype; of a product only where whole rows of it are kept. */
function rounded(chain: Chain, level: ChainLevel, value: ValueId, total: Access | undefined): TileValue {
  invariant(total !== undefined, "a result is carried");
  const { name, dtype } = namedValue(chain, value);
  const columns = typeOf(chain.context.graph, value).shape.at(-1) ?? 1;
  const kind = columns === 1 ? "column" : "tile";
  const isPassing = columns > 1 && !chain.plan.segments.some(({ held }) => held.includes(value));
  if (dtype === "f32" || isPassing) return { kind, access: total };
  const dst = freshTile(scopeOf(chain, level, { max: columns }), name, dtype);
  emitOp(level.body, "tensor_copy", { dst, src: total });
  return { kind, access: dst };
}
