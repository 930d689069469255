// A mapping as fields of a contraction's schedule. The outermost memory is HBM, the next one that holds a tensor SBUF, and what is inside runs
// on the array as far as one instruction multiplies it; what is left of the loops are block loops and tile loops, at most one of each for m, n
// and k. An operand is loaded where its tile on chip begins, or further out, as long as it stays the same. What
// stays in the array is the machine's own matter, as its two operands have different sizes: the left one. Other fields are open.

import { at, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import { showName } from "../../ir-spec/base/shown-text.ts";
import { type Machine, psumBankColumns } from "../../ir-spec/machine.ts";
import type { KernelSchedule } from "../../ir-spec/schedule.ts";
import {
  isOver,
  type MappedTensor,
  type Mapping,
  type MappingLoop,
  type ProductDim,
  productSizes,
  tripsOf,
} from "./mapping.ts";

export type MappedFields = KernelSchedule["fields"];

/** A loop of the nest around what one instruction multiplies. */
interface OuterLoop {
  readonly dim: ProductDim;
  readonly trips: number;
}

/** How many temporal loops of a mapping are in each of a nest's loops, and what an instruction multiplies. */
interface Cut {
  readonly loops: readonly OuterLoop[];
  /** For each number of the mapping's temporal loops, outermost first, the nest's loops that they are. */
  readonly depths: readonly number[];
  readonly tile: Readonly<Record<ProductDim, number>>;
}

const productDims = ["m", "n", "k"] as const;

export function mappingFields(mapping: Mapping, machine: Machine): Result<MappedFields> {
  const temporal = mapping.lhs.levels.flatMap(({ loops }) => loops.filter(({ isSpatial }) => !isSpatial));
  const limits = tileLimits(machine);
  // Loops over one dimension on both sides of where a tile begins are two, unless that is one too many.
  const cuts = [new Set(tileStarts(mapping)), new Set<number>()].map((apart) =>
    cutNest({ mapping, temporal, apart }, limits),
  );
  const cut = cuts.find(({ loops }) => splitLoops(loops) !== undefined);
  const blocks = cut && splitLoops(cut.loops);
  if (cut === undefined || blocks === undefined) {
    return fail([at(problem("E1607", { why: whyTooDeep(cuts[0] as Cut) }), mapping.span)]);
  }
  const [outer, inner] = [cut.loops.slice(0, blocks), cut.loops.slice(blocks)];
  const tilesOf = (dim: ProductDim): number => inner.find((loop) => loop.dim === dim)?.trips ?? 1;
  const place = (tensor: MappedTensor): string => loadPlace(loadDepth(mapping, tensor, cut), blocks);
  const isKept = sumsFitPsum({ outer, inner }, machine);
  return ok({
    tile_m: cut.tile.m,
    tile_n: cut.tile.n,
    tile_k: cut.tile.k,
    block_m: tilesOf("m"),
    block_n: tilesOf("n"),
    block_k: tilesOf("k"),
    block_order: completeOrder(outer),
    tile_order: completeOrder(inner),
    load_lhs: place(mapping.lhs),
    load_rhs: place(mapping.rhs),
    stationary: "lhs",
    accumulate: isKept ? "psum" : "sbuf",
  });
}

/** The numbers of temporal loops around the operands' tiles on chip. */
function tileStarts({ lhs, rhs }: Mapping): readonly number[] {
  return [lhs, rhs].map(
    ({ levels }) =>
      (levels.length > 1 ? (levels[0]?.loops ?? []) : levels.flatMap(({ loops }) => loops)).filter(
        ({ isSpatial }) => !isSpatial,
      ).length,
  );
}

/** What one instruction multiplies at most, as in passes/lower/contract/nest.ts, with the left operand stationary. */
function tileLimits(machine: Machine): Readonly<Record<ProductDim, number>> {
  const columns = Math.min(machine.peMovingColumns, psumBankColumns(machine));
  return { m: machine.peColumns, n: columns, k: machine.peRows };
}

/** The largest divisor of a number of iterations that is at most a limit. */
function largestDivisor(trips: number, limit: number): number {
  let largest = 1;
  for (let divisor = 1; divisor * divisor <= trips; divisor++) {
    if (trips % divisor !== 0) continue;
    for (const each of [divisor, trips / divisor]) if (each <= limit && each > largest) largest = each;
  }
  return largest;
}

interface CutMapping {
  readonly mapping: Mapping;
  readonly temporal: readonly MappingLoop[];
  /** The loops that are not joined with the one around them. */
  readonly apart: ReadonlySet<number>;
}

/** Takes loops into what one instruction multiplies, from the innermost outwards, as long as they fit whole; the rest is the nest. */
function cutNest({ mapping, temporal, apart }: CutMapping, limits: Cut["tile"]): Cut {
  const dimOf = (loop: MappingLoop): ProductDim => mapping.dims.get(loop.dim) ?? "k";
  const spatial = mapping.lhs.levels.flatMap(({ loops }) => loops.filter(({ isSpatial }) => isSpatial));
  const tile = { m: 1, n: 1, k: 1 };
  const left: OuterLoop[] = [];
  const take = (dim: ProductDim, trips: number): number => {
    const taken = largestDivisor(trips, Math.floor(limits[dim] / tile[dim]));
    tile[dim] *= taken;
    return trips / taken;
  };
  for (const dim of productDims) {
    const rest = take(dim, tripsOf(spatial.filter((loop) => dimOf(loop) === dim)));
    if (rest > 1) left.push({ dim, trips: rest });
  }
  let taken = temporal.length;
  // What is outside of a tile on chip is another tile.
  const innermostStart = Math.max(...tileStarts(mapping));
  while (taken > innermostStart && left.length === 0) {
    const loop = temporal[taken - 1] as MappingLoop;
    const rest = take(dimOf(loop), loop.trips);
    if (rest > 1) left.push({ dim: dimOf(loop), trips: rest });
    taken -= 1;
  }
  const loops: OuterLoop[] = [];
  const depths = [0];
  for (const [index, loop] of temporal.slice(0, taken).entries()) {
    const own = { dim: dimOf(loop), trips: loop.trips };
    if (apart.has(index)) loops.push(own);
    else pushLoop(loops, own);
    depths.push(loops.length);
  }
  const kept = loops.length;
  for (const loop of left) pushLoop(loops, loop);
  return { loops, depths: [...depths, ...temporal.slice(taken).map(() => Math.max(kept, loops.length))], tile };
}

/** Neighbouring loops over one dimension are one. */
function pushLoop(loops: OuterLoop[], loop: OuterLoop): void {
  const last = loops.at(-1);
  if (last?.dim === loop.dim) loops[loops.length - 1] = { dim: loop.dim, trips: last.trips * loop.trips };
  else loops.push(loop);
}

/** How many loops are block loops, as many as can be; undefined where a dimension has more than one of both kinds. */
function splitLoops(loops: readonly OuterLoop[]): number | undefined {
  const areDistinct = (part: readonly OuterLoop[]): boolean => new Set(part.map(({ dim }) => dim)).size === part.length;
  const splits = Array.from({ length: loops.length + 1 }, (_, at) => loops.length - at);
  return splits.find((at) => areDistinct(loops.slice(0, at)) && areDistinct(loops.slice(at)));
}

function whyTooDeep({ loops }: Cut): string {
  const text = loops.map(({ dim, trips }) => `${dim} ${trips}`).join(", ");
  return `its loops around what one instruction multiplies are ${text}, outermost first, which block loops and tile loops of m, n and k cannot be`;
}

/** The number of the nest's loops around an operand's load: those around its tile on chip, without the last ones that come to the same tile. */
function loadDepth(mapping: Mapping, tensor: MappedTensor, { loops, depths }: Cut): number {
  const own = (tensor.levels[0]?.loops ?? []).filter(({ isSpatial }) => !isSpatial);
  const around = tensor.levels.length > 1 ? (depths[own.length] ?? loops.length) : loops.length;
  const dims = new Set(
    [...mapping.dims].filter(([dim]) => isOver(tensor)({ dim, trips: 1, isSpatial: false })).map(([, dim]) => dim),
  );
  return loops.slice(0, around).findLastIndex(({ dim }) => dims.has(dim)) + 1;
}

function loadPlace(depth: number, blocks: number): string {
  if (depth === 0) return "kernel";
  return depth <= blocks ? `block_${depth - 1}` : `tile_${depth - blocks - 1}`;
}

/** Loops that there are first, in their order. */
function completeOrder(loops: readonly OuterLoop[]): readonly ProductDim[] {
  const named = loops.map(({ dim }) => dim);
  return [...named, ...productDims.filter((dim) => !named.includes(dim))];
}

/** Whether all partial sums that are open at once are in PSUM; a tile of them fills a bank. */
function sumsFitPsum(
  { outer, inner }: { readonly outer: readonly OuterLoop[]; readonly inner: readonly OuterLoop[] },
  { psumBanks }: Machine,
): boolean {
  const isSum = ({ dim }: OuterLoop): boolean => dim !== "k";
  const block = outer.findIndex(({ dim }) => dim === "k");
  const tiles = (loops: readonly OuterLoop[]): number => loops.filter(isSum).reduce((all, { trips }) => all * trips, 1);
  if (block < 0) return true;
  return tiles(outer.slice(block + 1)) * tiles(inner) <= psumBanks;
}

/** The same mapping with its operands exchanged: the problem's first one is the graph's right one. */
export function exchangeOperands(mapping: Mapping): Mapping {
  const other = { m: "n", n: "m", k: "k" } as const;
  const dims = new Map([...mapping.dims].map(([name, dim]) => [name, other[dim]]));
  return { ...mapping, dims, lhs: mapping.rhs, rhs: mapping.lhs };
}

/** The mapping with the operands of a graph's product, by their sizes. */
export function fitProduct(
  mapping: Mapping,
  file: string,
  wanted: Readonly<Record<ProductDim, number>>,
): Result<Mapping> {
  const fits = (candidate: Mapping): boolean => {
    const sizes = productSizes(candidate);
    return productDims.every((dim) => sizes[dim] === wanted[dim]);
  };
  const found = [mapping, exchangeOperands(mapping)].find(fits);
  if (found !== undefined) return ok(found);
  const text = (sizes: Readonly<Record<ProductDim, number>>): string =>
    productDims.map((dim) => `${dim} ${sizes[dim]}`).join(", ");
  const args = { file: showName(file), found: text(productSizes(mapping)), expected: text(wanted) };
  return fail([at(problem("E1608", args), mapping.span)]);
}
