// Independent iterations of a loop side by side along the free dimensions of tiles, so that one instruction works on all of them where
// instructions would be short.
//
//     for u in 0..4 {                                              psum t: f32[128, 4*77]
//       psum t: f32[128, 77]                                       for u in 0..4 { matmul t[77*u; 128; 77:1] <- ... }
//       matmul t[0; 128; 77:1] <- ...                        ->    sbuf y: bf16[128, 4*77]
//       sbuf y: bf16[128, 77]                                      activation y[0; 128; 308:1] <- t[0; 128; 308:1], func=exp
//       activation y[0; 128; 77:1] <- t[0; 128; 77:1], func=exp }
//
// What no instruction does for several iterations, such as a product, stays in a loop of its own. Each of the body's buffers has a place
// for each iteration; one that is too large for that stays in a loop, with the statements from its first use to its last.

import { type Affine, addAffine, type Extent, scaleAffine, term } from "../../../ir-spec/affine.ts";
import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import type { BufferId, LoopId } from "../../../ir-spec/base/ids.ts";
import { freeElements, type TileLoop, type TileNode, type TileStatement, withAccesses } from "../../../ir-spec/tile.ts";
import type { Body } from "../program-builder.ts";
import type { LowerContext } from "../region.ts";
import { accessesOf, type BodyUses, usesOf } from "./uses.ts";
import { type Place, scaleOf, usesLoop, type WideScope, withoutLoop } from "./wide-scope.ts";
import { widened } from "./widened.ts";

type Statements = readonly TileStatement[];

/** Iterations that are done side by side. */
export interface SideLoop {
  readonly loop: LoopId;
  readonly count: number;
  /** Banks of PSUM that the places of one buffer may fill. */
  readonly banks: number;
  /** Whether functions that add a number for each row, or add up rows, are divided into steps that are done for all iterations. */
  readonly areTogether: boolean;
  /** What is done to a body once the iterations are side by side in it; `original` is the body that it was. */
  readonly finish: (original: Statements, outer: Body, body: Body) => void;
}

/** The statements that do what all iterations of a body do. */
export function sideBySide(context: LowerContext, side: SideLoop, body: Statements): Body {
  const places = new Map<BufferId, Place>();
  const varying = varyingBuffers(side.loop, body);
  const { loop, count, areTogether } = side;
  const scope = { context, loop, count, areTogether, places, varying };
  return inBody({ scope, side, places, loose: new Set() }, body);
}

interface Sides {
  readonly scope: Omit<WideScope, "uses">;
  readonly side: SideLoop;
  /** The buffers that have a place for each iteration; grows. */
  readonly places: Map<BufferId, Place>;
  /** Those that differ from iteration to iteration and have none; grows. */
  readonly loose: Set<BufferId>;
}

function inBody(sides: Sides, body: Statements): Body {
  const { scope } = sides;
  for (const statement of body) if (statement.kind === "alloc") givePlace(sides, statement.buffer);
  const uses = usesOf(body);
  const wide = body.map((statement) => (statement.kind === "op" ? ofAll(sides, uses, statement) : undefined));
  const ranges = oneByOne(sides, body, wide);
  const out: Body = [];
  for (let at = 0; at < body.length; at++) {
    const statement = body[at] as TileStatement;
    const range = ranges.find(({ first }) => first === at);
    if (range !== undefined) {
      const own = body.slice(at, range.last + 1);
      out.push(...own.flatMap((inner) => allocOf(sides, inner)), inLoop(sides, own));
      at = range.last;
    } else if (statement.kind === "loop") {
      const inner = isVarying(scope, statement) ? inBody(sides, statement.body) : [...statement.body];
      sides.side.finish(statement.body, out, inner);
      out.push({ ...statement, body: inner });
    } else if (statement.kind === "op") out.push(...(wide[at] ?? []));
    else out.push(...allocOf(sides, statement));
  }
  return out;
}

/** A body's own buffer, with a place for each iteration where it has them. */
function allocOf({ places, loose }: Sides, statement: TileStatement): Statements {
  if (statement.kind !== "alloc" || loose.has(statement.buffer)) return [];
  return [{ kind: "alloc", buffer: places.get(statement.buffer)?.buffer ?? statement.buffer }];
}

/** A statement that does what one does in all iterations; undefined where there is none. */
function ofAll({ scope, loose }: Sides, uses: BodyUses, node: TileNode): Statements | undefined {
  if (!isVarying(scope, node)) return [node];
  return buffersOf(node).some((buffer) => loose.has(buffer)) ? undefined : widened({ ...scope, uses }, node);
}

/** Buffers of a body, and of loops in it, whose contents depend on the iteration. */
function varyingBuffers(loop: LoopId, body: Statements): Set<BufferId> {
  const varying = new Set<BufferId>();
  const visit = (statement: TileStatement, isAround: boolean): void => {
    if (statement.kind === "loop") {
      const isOwn = isAround || usesExtent(statement.trips, loop);
      for (const inner of statement.body) visit(inner, isOwn);
    }
    if (statement.kind !== "op") return;
    const isOwn = isAround || usesLoop(statement, loop) || buffersOf(statement).some((buffer) => varying.has(buffer));
    if (!isOwn) return;
    for (const [{ buffer }, role] of accessesOf(statement)) if (role !== "read") varying.add(buffer);
  };
  for (let size = -1; size !== varying.size; ) {
    size = varying.size;
    for (const statement of body) visit(statement, false);
  }
  return varying;
}

function usesExtent({ limit }: Extent, loop: LoopId): boolean {
  return limit !== undefined && scaleOf(limit, loop) !== 0;
}

function isVarying(scope: Sides["scope"], statement: TileStatement): boolean {
  if (statement.kind === "alloc") return scope.varying.has(statement.buffer);
  if (statement.kind === "loop")
    return usesExtent(statement.trips, scope.loop) || statement.body.some((inner) => isVarying(scope, inner));
  return usesLoop(statement, scope.loop) || buffersOf(statement).some((buffer) => scope.varying.has(buffer));
}

function buffersOf(statement: TileStatement): readonly BufferId[] {
  if (statement.kind === "alloc") return [statement.buffer];
  if (statement.kind === "loop") return statement.body.flatMap(buffersOf);
  return accessesOf(statement).map(([{ buffer }]) => buffer);
}

/** Places side by side: dense in SBUF; in PSUM each within a bank. */
function givePlace({ scope, side, places, loose }: Sides, buffer: BufferId): void {
  const { builder, machine } = scope.context;
  if (!scope.varying.has(buffer)) return;
  const info = builder.bufferInfo(buffer);
  const elements = freeElements(info);
  let [step, free] = [elements, elements * side.count];
  if (info.memory === "psum") {
    const inBank = Math.floor(machine.psumBankBytesPerPartition / dtypeBytes(info.dtype));
    while (free > inBank && inBank % step !== 0) step++;
    free = step * side.count;
    if (elements > inBank || free > side.banks * inBank) {
      loose.add(buffer);
      return;
    }
  }
  const shape = [info.shape[0] as number, free];
  places.set(buffer, { buffer: builder.buffer({ ...info, shape }), step });
}

interface Range {
  readonly first: number;
  readonly last: number;
}

/** Which statements stay in loops over the iterations: in ranges that have nothing in common. */
function oneByOne(sides: Sides, body: Statements, wide: readonly (Statements | undefined)[]): readonly Range[] {
  const { scope, loose } = sides;
  const ranges: Range[] = [];
  for (const [at, statement] of body.entries()) {
    if (statement.kind === "alloc") {
      if (!loose.has(statement.buffer)) continue;
      const uses = body.flatMap((other, index) =>
        other.kind !== "alloc" && buffersOf(other).includes(statement.buffer) ? [index] : [],
      );
      if (uses.length > 0) ranges.push({ first: Math.min(...uses), last: Math.max(...uses) });
    } else if (statement.kind === "op" ? wide[at] === undefined : isOneByOne(scope, statement))
      ranges.push({ first: at, last: at });
  }
  const apart: Range[] = [];
  for (const range of ranges.toSorted((a, b) => a.first - b.first)) {
    const last = apart.at(-1);
    if (last === undefined || range.first > last.last) apart.push(range);
    else apart.splice(-1, 1, { first: last.first, last: Math.max(last.last, range.last) });
  }
  return apart;
}

/** A loop that each iteration goes through by itself: one whose length depends on it, or that has no values of its own. */
function isOneByOne(scope: Sides["scope"], loop: TileLoop): boolean {
  if (!isVarying(scope, loop)) return false;
  return usesExtent(loop.trips, scope.loop) || !hasAllocs(loop);
}

function hasAllocs({ body }: TileLoop): boolean {
  return body.some((statement) => statement.kind === "alloc" || (statement.kind === "loop" && hasAllocs(statement)));
}

/** Statements for one iteration after the other. */
function inLoop({ scope, side, places, loose }: Sides, statements: Statements): TileStatement {
  const loop = scope.context.builder.loop("u");
  const renamed = (affine: Affine): Affine => {
    const scale = scaleOf(affine, scope.loop);
    return scale === 0 ? affine : addAffine(withoutLoop(affine, scope.loop), term(loop, scale));
  };
  const size = (extent: Extent): Extent =>
    extent.limit === undefined ? extent : { max: extent.max, limit: renamed(extent.limit) };
  const placed = (node: TileNode): TileNode => {
    const moved = withAccesses(node, (access) => {
      const place = places.get(access.buffer);
      const offset = renamed(access.offset);
      return {
        buffer: place?.buffer ?? access.buffer,
        offset: place === undefined ? offset : addAffine(offset, scaleAffine(term(loop, 1), place.step)),
        partition: { ...access.partition, size: size(access.partition.size) },
        dims: access.dims.map((dim) => ({ stride: dim.stride, size: size(dim.size) })),
      };
    });
    return node.base === undefined ? moved : { ...moved, base: renamed(node.base) };
  };
  const visit = (statement: TileStatement): Statements => {
    if (statement.kind === "op") return [placed(statement)];
    if (statement.kind === "loop")
      return [{ ...statement, trips: size(statement.trips), body: statement.body.flatMap(visit) }];
    // Buffers of loops in the range stay where they are.
    return [statement];
  };
  const own = new Set(statements.flatMap(buffersOf).filter((buffer) => loose.has(buffer)));
  const allocs = [...own].map((buffer): TileStatement => ({ kind: "alloc", buffer }));
  const body = [...allocs, ...statements.filter(({ kind }) => kind !== "alloc").flatMap(visit)];
  return { kind: "loop", loop, trips: { max: side.count }, body };
}
