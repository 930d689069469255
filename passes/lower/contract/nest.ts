// The loop nest of a contraction as its schedule says it: three block loops, then three tile loops. Everything that the
// lowering asks about the nest (what a position fixes, how much of a dimension lies inside it) is computed here.
//
// Inside the lowering a contraction is out[s, v] = sum over k: `s` is the stationary operand's own dimension (rows of
// the accumulator), `v` the moving one's (its columns).

import { type Affine, addAffine, clampedExtent, constant, type Extent, scaleAffine } from "../../../ir-spec/affine.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { psumBankColumns } from "../../../ir-spec/machine.ts";
import { type ContractSchedule, type LoadPlace, loadPlaces } from "./fields.ts";

export type Dim = "s" | "v" | "k";

export interface DimTiling {
  /** Elements. */
  readonly size: number;
  /** Elements of one tile. */
  readonly tile: number;
  /** Tiles. */
  readonly tiles: number;
  /** Tiles of one block. */
  readonly block: number;
}

export interface NestLoop {
  readonly dim: Dim;
  readonly level: "block" | "tile";
}

export interface Nest {
  readonly dims: { readonly [D in Dim]: DimTiling };
  /** Elements of k between neighbouring partitions of a tile, and between the same partition of neighbouring tiles. */
  readonly kStep: { readonly partition: number; readonly tile: number };
  /** Outermost first: three block loops, three tile loops. */
  readonly loops: readonly NestLoop[];
  /** Position of the stationary and of the moving operand's load: the number of loops around it. */
  readonly loadAt: { readonly s: number; readonly v: number };
  /** The number of loops around the accumulation group in PSUM. */
  readonly groupAt: number;
  /** The number of loops around the results that are stored together, where these are of several accumulation groups. */
  readonly storeAt: number | undefined;
  /** The number of loops around the accumulator in SBUF, where the schedule asks for one and there are several blocks. */
  readonly sbufAt: number | undefined;
}

export interface ContractSizes {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** Sizes are cut to what the problem has and the machine can do in one instruction. */
export function makeNest(sizes: ContractSizes, schedule: ContractSchedule, machine: Machine): Nest {
  const isSwapped = schedule.stationary === "rhs";
  const dimOf = (name: "m" | "n" | "k"): Dim => (name === "k" ? "k" : (name === "m") === isSwapped ? "v" : "s");
  const tiling = (size: number, tile: number, max: number, block: number): DimTiling => {
    const tileSize = Math.min(size, tile, max);
    const tiles = Math.ceil(size / tileSize);
    return { size, tile: tileSize, tiles, block: Math.min(block, tiles) };
  };
  const columns = Math.min(machine.peMovingColumns, psumBankColumns(machine));
  const m = tiling(sizes.m, schedule.tile_m, isSwapped ? columns : machine.peColumns, schedule.block_m);
  const n = tiling(sizes.n, schedule.tile_n, isSwapped ? machine.peColumns : columns, schedule.block_n);
  const k = tiling(sizes.k, schedule.tile_k, machine.peRows, schedule.block_k);
  const loops: readonly NestLoop[] = [
    ...schedule.block_order.map((name) => ({ dim: dimOf(name), level: "block" as const })),
    ...schedule.tile_order.map((name) => ({ dim: dimOf(name), level: "tile" as const })),
  ];
  const [s, v] = isSwapped ? [n, m] : [m, n];
  const [loadS, loadV] = isSwapped ? [schedule.load_rhs, schedule.load_lhs] : [schedule.load_lhs, schedule.load_rhs];
  const dims = { s, v, k };
  const blockAt = loops.findIndex((loop) => loop.dim === "k" && loop.level === "block");
  const tileAt = loops.findIndex((loop) => loop.dim === "k" && loop.level === "tile");
  const hasBlocks = k.tiles > k.block;
  const inSbuf = hasBlocks && schedule.accumulate === "sbuf";
  const groupAt = hasBlocks && !inSbuf ? blockAt : tileAt;
  const sbufAt = inSbuf ? blockAt : undefined;
  const isInterleaved = schedule.k_tiles === "interleaved" && k.size % k.tile === 0;
  return {
    dims,
    kStep: isInterleaved ? { partition: k.tiles, tile: 1 } : { partition: 1, tile: k.tile },
    loops,
    loadAt: { s: placeOf(loadS), v: placeOf(loadV) },
    groupAt,
    storeAt: storePlace(schedule.store_per, { dims, loops, before: sbufAt ?? groupAt }),
    sbufAt,
  };
}

/** Outside of the tile loops over what is stored together, where groups lie inside these. */
function storePlace(
  per: ContractSchedule["store_per"],
  { dims, loops, before }: Pick<Nest, "dims" | "loops"> & { readonly before: number },
): number | undefined {
  const [s, v] = (["s", "v"] as const).map((dim) =>
    loops.findIndex((loop) => loop.dim === dim && loop.level === "tile"),
  ) as [number, number];
  const isEven = dims.s.tiles % dims.s.block === 0 && dims.s.size % dims.s.tile === 0;
  if (per === "block" && isEven && Math.max(s, v) < before) return Math.min(s, v);
  return (per === "row" || per === "block") && s < v && v < before ? v : undefined;
}

function placeOf(place: LoadPlace): number {
  return loadPlaces.indexOf(place);
}

/** How often a place inside `depth` loops is come to. */
export function placeTrips(nest: Nest, depth: number): number {
  return nest.loops.slice(0, depth).reduce((trips, loop) => trips * tripsOf(nest, loop, constant(0)).max, 1);
}

/** Iterations of a loop, given the index of its block loop. */
export function tripsOf(nest: Nest, loop: NestLoop, blockIndex: Affine): Extent {
  const { tiles, block } = nest.dims[loop.dim];
  if (loop.level === "block") return { max: Math.ceil(tiles / block) };
  if (tiles % block === 0) return { max: block };
  return clampedExtent(block, addAffine(constant(tiles), scaleAffine(blockIndex, -block)));
}

/** Indices of the loops around a position, by dimension; a loop that is not around it counts 0. */
export interface NestIndex {
  readonly block: { readonly [D in Dim]: Affine };
  readonly tile: { readonly [D in Dim]: Affine };
}

export const startOfNest: NestIndex = {
  block: { s: constant(0), v: constant(0), k: constant(0) },
  tile: { s: constant(0), v: constant(0), k: constant(0) },
};

export function withIndex(index: NestIndex, loop: NestLoop, value: Affine): NestIndex {
  return { ...index, [loop.level]: { ...index[loop.level], [loop.dim]: value } };
}

function isFixed(nest: Nest, dim: Dim, level: "block" | "tile", depth: number): boolean {
  return nest.loops.findIndex((loop) => loop.dim === dim && loop.level === level) < depth;
}

/** How many tiles of a dimension lie inside a position (at most), which is how many a buffer there must hold. */
export function tilesInside(nest: Nest, dim: Dim, depth: number): number {
  if (!isFixed(nest, dim, "block", depth)) return nest.dims[dim].tiles;
  return isFixed(nest, dim, "tile", depth) ? 1 : nest.dims[dim].block;
}

/** The first tile of a dimension inside a position, as an affine function of the loops around it. */
export function firstTile(nest: Nest, dim: Dim, index: NestIndex): Affine {
  return addAffine(scaleAffine(index.block[dim], nest.dims[dim].block), index.tile[dim]);
}

/** Elements of a dimension inside a position, cut at the border. */
export function elementsInside(nest: Nest, dim: Dim, depth: number, index: NestIndex): Extent {
  const { size, tile } = nest.dims[dim];
  const max = Math.min(size, tilesInside(nest, dim, depth) * tile);
  if (size % max === 0) return { max };
  return clampedExtent(max, addAffine(constant(size), scaleAffine(firstTile(nest, dim, index), -tile)));
}

/** Tiles of a dimension inside a position, cut at the border. */
export function tileTrips(nest: Nest, dim: Dim, depth: number, index: NestIndex): Extent {
  const { tiles } = nest.dims[dim];
  const max = tilesInside(nest, dim, depth);
  if (tiles % max === 0) return { max };
  return clampedExtent(max, addAffine(constant(tiles), scaleAffine(firstTile(nest, dim, index), -1)));
}

/** Elements of the tile at `tileIndex` of a dimension. */
export function tileElements(nest: Nest, dim: Dim, tileIndex: Affine): Extent {
  const { size, tile } = nest.dims[dim];
  if (size % tile === 0) return { max: tile };
  return clampedExtent(tile, addAffine(constant(size), scaleAffine(tileIndex, -tile)));
}
