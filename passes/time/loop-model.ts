// A kernel around one of its loops, for the choice of that loop's stages: the loops around it run a few times, those inside of it a few
// times for all, and it runs until its iterations take equally long.

import type { Extent } from "../../ir-spec/affine.ts";
import type { LoopId } from "../../ir-spec/base/ids.ts";
import type { TileLoop, TileStatement } from "../../ir-spec/tile.ts";
import { isTransfer } from "../../ir-spec/tile-ops/index.ts";
import { type KernelModel, type ModelItem, type ModelLoop, makeKernelModel } from "./kernel-model.ts";
import type { KernelSource } from "./kernel-source.ts";

export interface LoopModel extends KernelModel {
  /** The loop in question, and how often it and the loops around it run in all. */
  readonly target: ModelLoop;
  readonly targetTrips: number;
  readonly parentTrips: number;
  /** Of those of the loops around it, how many one execution of the next one has. */
  readonly repeats: number;
  /** Whether nothing comes after it in the loop around it, and only loads before it: then one execution continues into the next. */
  readonly isRepeated: boolean;
  /** Whether its iterations differ in size; where they are repeated, so do the sizes, with each execution. */
  readonly isRagged: boolean;
}

/** Loops inside the one in question run at most so often, their times scaled. */
const maxInnerTrips = 8;
/** They run less often where it runs more statements. Assumed: of thousands each matters less, and going through them takes seconds. */
const fewStatements = 10_000;

/** Iterations of the loop in question in which its queues fill, and after which they take equally long. Assumed. */
export const fillTrips = 8;

/**
 * Iterations that are measured after that, a multiple of most numbers of slots, with which waits come and go; and where the loop is run again
 * and again.
 */
const measuredTrips = { once: 12, repeated: 24 };

/** `path` has the loops around the one in question, and it. */
export function makeLoopModel(source: KernelSource, path: readonly TileLoop[]): LoopModel | undefined {
  const loop = path.at(-1);
  if (loop === undefined) return undefined;
  const isRepeated = isAfterLoads(path);
  const isRagged = areSizesOf(loop);
  const { model, target } = simplified(source, { path, isRepeated, isRagged });
  if (target === undefined) return undefined;
  const around = path.slice(0, -1).map(({ trips }) => trips.max);
  const parentTrips = around.reduce((product, trips) => product * trips, 1);
  const own = { target, targetTrips: loop.trips.max, parentTrips, repeats: around.at(-1) ?? 1 };
  return { ...model, ...own, isRepeated, isRagged };
}

/** With the most iterations of inner loops with which it runs few statements, or the fewest. */
function simplified(source: KernelSource, kind: Omit<LoopKind, "innerTrips">): SimplifiedKernel {
  const [loop] = kind.path.slice(-1);
  const withTrips = (innerTrips: number): SimplifiedKernel => {
    const model = makeKernelModel(source, {
      tripsOf: (each) => tripsOf(each, { ...kind, innerTrips }),
      isShort: (each) => !kind.path.includes(each),
    });
    return { model, target: loop === undefined ? undefined : loopIn(model.body, loop.loop) };
  };
  let made = withTrips(maxInnerTrips);
  for (let trips = maxInnerTrips / 2; trips > 1 && statementsIn(made.target) > fewStatements; trips /= 2) {
    made = withTrips(trips);
  }
  return made;
}

interface SimplifiedKernel {
  readonly model: KernelModel;
  readonly target: ModelLoop | undefined;
}

/** How many statements an item runs. */
function statementsIn(item: ModelItem | undefined): number {
  if (item === undefined || item.kind === "op") return item === undefined ? 0 : 1;
  return item.trips * item.body.reduce((sum, child) => sum + statementsIn(child), 0);
}

function loopIn(body: readonly ModelItem[], id: LoopId): ModelLoop | undefined {
  for (const item of body) {
    if (item.kind === "op") continue;
    const found = item.id === id ? item : loopIn(item.body, id);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Loads have queues of their own. */
function isAfterLoads(path: readonly TileLoop[]): boolean {
  const [parent, loop] = path.slice(-2);
  if (parent === undefined || loop === undefined || parent.trips.limit !== undefined) return false;
  const steps = parent.body.filter(({ kind }) => kind !== "alloc");
  const isLoad = (step: TileStatement): boolean => step.kind === "op" && isTransfer(step.op);
  return steps.at(-1) === loop && loop.trips.limit === undefined && steps.slice(0, -1).every(isLoad);
}

interface LoopKind {
  readonly path: readonly TileLoop[];
  readonly isRepeated: boolean;
  readonly isRagged: boolean;
  /** The most iterations of a loop inside of it. */
  readonly innerTrips: number;
}

/** A few iterations of the loop in question, two of the one around it, one of those around that; or all of them as if of one. */
function tripsOf(loop: TileLoop, { path, isRepeated, isRagged, innerTrips }: LoopKind): number {
  const depth = path.indexOf(loop);
  const { trips } = loop;
  if (depth < 0) return Math.max(1, Math.min(trips.max, innerTrips));
  if (depth < path.length - 1) return depth === path.length - 2 && !isRepeated ? Math.min(trips.max, 2) : 1;
  if (!isRepeated) return Math.min(trips.max, fillTrips + measuredTrips.once);
  // Whole executions, the first of which fills the queues, where iterations differ.
  const few = fillTrips + measuredTrips.repeated;
  const isLong = trips.max * 2 > few && trips.max <= few && isRagged;
  return Math.min(trips.max * (path.at(-2)?.trips.max ?? 1), isLong ? 2 * trips.max : few);
}

/** Whether sizes in a loop depend on its index. */
function areSizesOf(loop: TileLoop): boolean {
  const depends = ({ limit }: Extent): boolean => limit?.terms.some((term) => term.loop === loop.loop) === true;
  const visit = (statement: TileStatement): boolean => {
    if (statement.kind === "loop") return depends(statement.trips) || statement.body.some(visit);
    if (statement.kind === "alloc") return false;
    return Object.values(statement.operands).some(
      ({ partition, dims }) => depends(partition.size) || dims.some(({ size }) => depends(size)),
    );
  };
  return loop.body.some(visit);
}
