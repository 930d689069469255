// Bounds of the numbers of a tile program, held before anything counts to one of them, allocates as much, or adds them up.
// What is within these bounds may still be wrong, which verify-tile.ts finds.

import type { Affine, Extent } from "./affine.ts";
import { type Problem, problem } from "./base/result.ts";
import { elementCount, oversize } from "./base/tensor.ts";
import {
  maxExecutions,
  maxHeldElements,
  maxLoopDepth,
  maxMistakes,
  maxTileDims,
  maxTouchedElements,
  maxTrips,
  maxVerifiedIterations,
} from "./limits.ts";
import type { Access, TileBuffer, TileLoop, TileNode, TileProgram, TileStatement } from "./tile.ts";
import type { TilePart } from "./tile-parts.ts";

/** A number that is beyond its bounds, and the part of the program that has it. */
export interface UnboundedTile {
  readonly found: Problem;
  readonly part: TilePart;
}

/** What is gone through on the way. */
interface TileBounds {
  readonly program: TileProgram;
  readonly found: UnboundedTile[];
  /** The most iterations of the loops around the place, by number. */
  readonly trips: Map<number, number>;
  /** Iterations at which accesses are looked at, over all statements. */
  verifiedIterations: number;
  /** Statements and iterations, at most. */
  executions: number;
  /** Elements of operands and of fresh buffers over all iterations. */
  touchedElements: number;
}

/** Where a body is. */
interface BodyPlace {
  readonly kernel: string;
  readonly depth: number;
  /** How often it is executed at most. */
  readonly executions: number;
  /** The same where of each loop the first and the last two iterations are looked at alone. */
  readonly sampled: number;
}

function makeTileBounds(program: TileProgram): TileBounds {
  return { program, found: [], trips: new Map(), verifiedIterations: 0, executions: 0, touchedElements: 0 };
}

/** The numbers of a tile program that are beyond their bounds: none, if it may be verified. */
export function findUnboundedTile(program: TileProgram): readonly UnboundedTile[] {
  const bounds = makeTileBounds(program);
  for (const buffer of program.buffers) boundBuffer(bounds, buffer);
  boundKernels(bounds);
  return bounds.found.slice(0, maxMistakes);
}

/** Of a run with values. */
const usualLimits = { executions: maxExecutions, elements: maxTouchedElements };

/** Why a program within its bounds cannot be run with values: it holds or touches too many elements. */
export function findTooMuchTileData(program: TileProgram, limits = usualLimits): Problem | undefined {
  const held = program.buffers.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  if (!(held <= maxHeldElements)) {
    return problem("E1011", { what: "elements in its buffers", found: held, limit: maxHeldElements });
  }
  const bounds = makeTileBounds(program);
  boundKernels(bounds);
  const { executions, touchedElements: found } = bounds;
  const what = executions <= limits.executions ? "elements to move and to compute" : "statements and iterations to run";
  if (!(executions <= limits.executions))
    return problem("E1011", { what, found: executions, limit: limits.executions });
  return found <= limits.elements ? undefined : problem("E1011", { what, found, limit: limits.elements });
}

function boundKernels(bounds: TileBounds): void {
  for (const { name, body } of bounds.program.kernels) {
    boundBody(bounds, body, { kernel: name, depth: 0, executions: 1, sampled: 1 });
  }
}

const isCount = (value: number, max: number): boolean => Number.isSafeInteger(value) && value >= 0 && value <= max;

function add({ found }: TileBounds, part: TilePart, where: string, [what, wanted]: readonly [string, string]): void {
  if (found.length < maxMistakes)
    found.push({ found: problem("E0637", { where, found: what, expected: wanted }), part });
}

function boundBuffer(bounds: TileBounds, buffer: TileBuffer): void {
  const large = oversize(buffer.shape);
  const where = `buffer \`${buffer.name}\``;
  if (large !== undefined) add(bounds, buffer, where, [large.found, `at most ${large.limit}`]);
  if (buffer.slots > maxTrips) add(bounds, buffer, where, [`${buffer.slots} slots`, `at most ${maxTrips}`]);
}

function boundBody(bounds: TileBounds, body: readonly TileStatement[], place: BodyPlace): void {
  bounds.executions += place.executions * body.length;
  for (const statement of body) {
    if (statement.kind === "loop") boundLoop(bounds, statement, place);
    else if (statement.kind === "op") boundNode(bounds, statement, place);
    else {
      const buffer = bounds.program.buffers[statement.buffer];
      bounds.touchedElements += place.executions * elementCount(buffer?.shape ?? []);
    }
  }
}

function boundLoop(bounds: TileBounds, loop: TileLoop, { kernel, depth, executions, sampled }: BodyPlace): void {
  const { max } = loop.trips;
  const where = `${kernel}: loop ${bounds.program.loops[loop.loop] ?? loop.loop}`;
  if (depth >= maxLoopDepth) {
    add(bounds, loop, where, [`${depth} loops around it`, `less than ${maxLoopDepth}`]);
    return;
  }
  if (!isCount(max, maxTrips)) add(bounds, loop, where, [`${max} iterations`, `an integer of at most ${maxTrips}`]);
  boundReach(bounds, loop, where, extentReach(loop.trips, bounds));
  const before = bounds.trips.get(loop.loop);
  bounds.trips.set(loop.loop, max);
  const trips = Math.max(0, max);
  bounds.executions += executions * trips;
  boundBody(bounds, loop.body, {
    kernel,
    depth: depth + 1,
    executions: executions * trips,
    sampled: sampled * Math.min(trips, sampledIterations),
  });
  if (before === undefined) bounds.trips.delete(loop.loop);
  else bounds.trips.set(loop.loop, before);
}

/** Of a loop of more iterations the first and the last two are looked at. */
const sampledIterations = 4;

function boundNode(bounds: TileBounds, node: TileNode, { kernel, executions, sampled }: BodyPlace): void {
  const where = `${kernel}: ${node.op}`;
  const before = bounds.verifiedIterations;
  bounds.verifiedIterations += Math.min(sampled, executions);
  if (before <= maxVerifiedIterations && bounds.verifiedIterations > maxVerifiedIterations) {
    const found = `a nest in which more than ${maxVerifiedIterations} iterations must be looked at`;
    add(bounds, node, where, [found, "fewer loops within loops"]);
  }
  let elements = 0;
  for (const [name, access] of Object.entries(node.operands)) {
    elements += boundAccess(bounds, node, `${where}: operand \`${name}\``, access);
  }
  if (node.base !== undefined) boundReach(bounds, node, where, affineReach(node.base, bounds));
  const contracted = node.op === "matmul" ? (node.operands.stationary?.partition.size.max ?? 1) : 1;
  bounds.touchedElements += executions * elements * Math.max(1, contracted);
}

/** Returns the most elements of the access. */
function boundAccess(bounds: TileBounds, node: TileNode, where: string, { offset, partition, dims }: Access): number {
  const sizes = [partition.size, ...dims.map(({ size }) => size)];
  const odd = sizes.find(({ max }) => !isCount(max, maxTrips));
  if (odd !== undefined) add(bounds, node, where, [`a size of ${odd.max}`, `an integer of at most ${maxTrips}`]);
  if (dims.length > maxTileDims) add(bounds, node, where, [`${dims.length} dimensions`, `at most ${maxTileDims}`]);
  let reach =
    affineReach(offset, bounds) + magnitude(partition.start) + magnitude(partition.stride) * partition.size.max;
  for (const { stride, size } of dims) reach += magnitude(stride) * Math.max(1, size.max);
  boundReach(bounds, node, where, reach);
  for (const size of sizes) boundReach(bounds, node, where, extentReach(size, bounds));
  return sizes.reduce((product, { max }) => product * Math.max(0, max), 1);
}

/** Sums are exact as long as no part of one is larger than this. */
function boundReach(bounds: TileBounds, part: TilePart, where: string, reach: number): void {
  if (reach <= Number.MAX_SAFE_INTEGER) return;
  const found = Number.isNaN(reach) ? "a number that is not whole, or not exact" : `numbers that add up to ${reach}`;
  add(bounds, part, where, [found, `integers, at most ${Number.MAX_SAFE_INTEGER}`]);
}

/** NaN for numbers that are not whole, which no bound is above. */
const magnitude = (value: number): number => (Number.isSafeInteger(value) ? Math.abs(value) : Number.NaN);

function affineReach({ constant, terms }: Affine, { trips }: TileBounds): number {
  return terms.reduce(
    (sum, { loop, scale }) => sum + magnitude(scale) * Math.max(1, trips.get(loop) ?? 1),
    magnitude(constant),
  );
}

function extentReach({ max, limit }: Extent, bounds: TileBounds): number {
  return limit === undefined ? magnitude(max) : affineReach(limit, bounds);
}
