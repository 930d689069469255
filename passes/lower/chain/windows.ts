// Windows: each row sees columns between two ends that both move along with the rows. The first tiles of rows see what is before their
// end; the others all see as many columns, the first of which moves from tile to tile, and compute no others.
//
//     tile 0  #....      tile 3  .###.
//     tile 1  ##...      tile 4  ..###
//     tile 2  ###..      from tile 2 on: three blocks, a block later in each

import { type Affine, addAffine, constant, scaleAffine } from "../../../ir-spec/affine.ts";
import { typeOf } from "../../../ir-spec/graph.ts";
import type { LowerContext } from "../region.ts";
import { contractedTile } from "./contracted.ts";
import type { Chain, ChainLevel, PlannedWindow } from "./level.ts";
import { hasOddLastTile } from "./masked.ts";
import { windowOf } from "./masks.ts";
import type { ChainPlan, ChainProduct, PlannedSegment } from "./plan.ts";

/** What share of a kernel's columns must be left out. Assumed: less is lost to a second loop over rows. */
const leastSaved = 0.1;

/** The window that a chain computes in a loop of its own, where that is worth it. */
function planWindow({ context, plan, masks, tileRows, blocks }: Chain): PlannedWindow | undefined {
  const [segment, ...others] = plan.segments.filter((candidate) => candidate.masks.length > 0);
  const [mask, ...moreMasks] = segment?.masks ?? [];
  const tiles = Math.ceil(plan.rows / tileRows);
  if (segment === undefined || mask === undefined || others.length + moreMasks.length > 0) return undefined;
  if (blocks !== undefined || hasOddLastTile(masks, tiles) || masks.get(mask.result)?.shape === undefined)
    return undefined;
  if (!areColumnsItsOwn(context, plan, segment)) return undefined;
  const { rows } = plan;
  const { columns } = segment;
  const granule = Math.max(tileRows, contractedTile(context, columns));
  const window = windowOf(mask.visible, { rows, columns, tileRows, granule });
  if (window === undefined || window.saved < leastSaved) return undefined;
  return { ...window, segment: segment.at };
}

/** Whether nothing but products of other segments has to do with single columns of a segment. */
function areColumnsItsOwn({ graph }: LowerContext, plan: ChainPlan, segment: PlannedSegment): boolean {
  const { reads, stores, products, iotas, pieceNodes, rowNodes } = segment;
  const areWhole = [...reads, ...stores].every(({ columns }) => columns === 0);
  if (!areWhole || products.length !== 1 || iotas.some(({ step }) => step !== 0)) return false;
  const made = [
    ...products.map(({ result }) => result),
    ...[...pieceNodes, ...rowNodes].flatMap(({ results }) => results),
  ];
  const typeGraph = plan.graph ?? graph;
  const wide = new Set(made.filter((value) => (typeOf(typeGraph, value).shape.at(-1) ?? 1) !== 1));
  return plan.segments.every(
    (other) =>
      other.at === segment.at ||
      [...other.pieceNodes, ...other.rowNodes].every(({ operands }) => !operands.some((operand) => wide.has(operand))),
  );
}

/** The chain in one part, or the tiles before the first whole window and those from it on: each goes through all batches by itself. */
export function partsByWindow(chain: Chain): readonly Chain[] {
  const window = planWindow(chain);
  if (window === undefined) return [chain];
  const { firstTile, columns } = window;
  const { end } = chain.tiles;
  const whole: Chain = { ...chain, tiles: { first: firstTile, end, window } };
  if (firstTile === 0) return [whole];
  const before = withColumns(chain, window.segment, columns);
  return [{ ...before, tiles: { first: 0, end: firstTile } }, whole];
}

/** The chain as the tiles see it whose windows are whole. */
export function inWindow(chain: Chain, { segment, columns }: PlannedWindow): Chain {
  const narrow = withColumns(chain, segment, columns);
  const masks = new Map(narrow.masks);
  for (const [value, placed] of masks) masks.set(value, { ...placed, shape: undefined, band: undefined });
  return { ...narrow, masks };
}

/** The chain with so many columns of a segment, all that some tiles see. */
function withColumns(chain: Chain, at: number, columns: number): Chain {
  const { plan } = chain;
  const masked = plan.segments[at] as PlannedSegment;
  const narrowed = (product: ChainProduct): ChainProduct =>
    contracts(masked, product) ? { ...product, contracted: columns } : product;
  const segments = plan.segments.map((segment) =>
    segment === masked ? { ...segment, columns } : { ...segment, products: segment.products.map(narrowed) },
  );
  const masks = new Map([...chain.masks].map(([value, placed]) => [value, { ...placed, columns }]));
  return { ...chain, plan: { ...plan, segments }, masks };
}

function contracts({ contracted }: PlannedSegment, { lhs }: ChainProduct): boolean {
  return lhs.kind === "held" && contracted.includes(lhs.value);
}

/** The first column of a tile's window. */
function startOf({ firstTile, step }: PlannedWindow, { tile }: ChainLevel): Affine {
  return scaleAffine(addAffine(tile, constant(-firstTile)), step);
}

/** The place of a segment in a tile of rows: from where its window begins. */
export function placeOf({ tiles: { window }, plan }: Chain, segment: PlannedSegment, level: ChainLevel): ChainLevel {
  const isSeen = window?.segment === segment.at && level.depth > plan.batch.length;
  return isSeen ? { ...level, column: startOf(window, level) } : level;
}

/** The first of the elements that a product contracts. */
export function firstContracted({ tiles: { window }, plan }: Chain, product: ChainProduct, level: ChainLevel): Affine {
  const masked = plan.segments[window?.segment ?? -1];
  return window !== undefined && masked !== undefined && contracts(masked, product)
    ? startOf(window, level)
    : constant(0);
}
