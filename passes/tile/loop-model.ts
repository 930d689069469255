// A kernel as a model of time, for the choice of stages (pipeline.ts): statements with what they take, queues, and buffers with their
// slots. One loop is looked at; the loops around it run a few times, what is inside of it is simplified.

import type { Extent } from "../../ir-spec/affine.ts";
import type { BufferId, LoopId } from "../../ir-spec/base/ids.ts";
import type { StepCost, StepTime } from "../../ir-spec/cost.ts";
import { stageOf, type TileBuffer, type TileLoop, type TileNode, type TileStatement } from "../../ir-spec/tile.ts";
import { isTransfer } from "../../ir-spec/tile-ops/index.ts";
import { usesOfStatement } from "../../ir-spec/verify-tile-stages.ts";
import { queueOf, storeQueue } from "./model-queues.ts";

export interface ModelOp {
  readonly kind: "op";
  readonly stage: number;
  readonly queue: number;
  readonly time: StepTime;
  /** Buffers, by their number in the model. */
  readonly reads: readonly number[];
  readonly writes: readonly number[];
  /** Sizes that are not the same in every iteration. */
  readonly sizes: readonly ModelSize[];
}

/** A size: constant + sum of scale * index(loop), at most `max`; loops by their numbers in the model. */
export interface ModelSize {
  readonly max: number;
  readonly constant: number;
  readonly terms: readonly { readonly loop: number; readonly scale: number }[];
}

export interface ModelLoop {
  readonly kind: "loop";
  readonly stage: number;
  /** Its number in the model. */
  readonly loop: number;
  /** For the loop in question, those without the ones in which its later stages end. */
  readonly trips: number;
  readonly sizes: readonly ModelSize[];
  readonly body: readonly ModelItem[];
  /** The stages of its body, and the order of its text. */
  readonly stages: readonly number[];
  readonly order: readonly number[];
}

export type ModelItem = ModelOp | ModelLoop;

export interface ModelBuffer {
  readonly id: BufferId;
  /** The loop that each iteration has an instance of; -1 for what all iterations share. */
  readonly owner: number;
}

/** Times of a kernel's queues around one of its loops. */
export interface LoopModel {
  readonly body: readonly ModelItem[];
  readonly queues: number;
  readonly loops: number;
  /** How often the body of each loop runs in the model. */
  readonly iterations: readonly number[];
  readonly buffers: readonly ModelBuffer[];
  /** The queues that use each buffer. */
  readonly users: readonly (readonly number[])[];
  readonly longestTransferNs: number;
  /** The loop in question, and how often it and the loop around it run in all. */
  readonly target: ModelLoop;
  readonly targetTrips: number;
  readonly parentTrips: number;
  /** Of those of the loop around it, how many one execution of that has. */
  readonly repeats: number;
  /** Whether nothing comes after it in the loop around it, and only loads before it: then one execution continues into the next. */
  readonly isRepeated: boolean;
  /** Whether its iterations differ in size; where they are repeated, so do the sizes, with each execution. */
  readonly isRagged: boolean;
}

/** What the model needs to know of a kernel. */
export interface ModelSource {
  readonly body: readonly TileStatement[];
  readonly bufferInfo: (buffer: BufferId) => TileBuffer;
  readonly stepCost: StepCost;
}

/** Loops inside the one in question run at most so often, their times scaled. */
const maxInnerTrips = 8;

/** Iterations of the loop in question in which its queues fill, and after which they take equally long. Assumed. */
export const fillTrips = 8;

/**
 * Iterations that are measured after that, a multiple of most numbers of slots, with which waits come and go; and where the loop is run again
 * and again.
 */
const measuredTrips = { once: 12, repeated: 24 };

interface Building extends ModelSource {
  /** The loops around the one in question, and it. */
  readonly path: readonly TileLoop[];
  readonly buffers: ModelBuffer[];
  readonly numbers: Map<BufferId, number>;
  readonly loads: Map<BufferId, number>;
  /** Loops of the kernel by their numbers in the model, and the iterations that one of the model's represents. */
  readonly indices: Map<LoopId, { readonly loop: number; readonly step: number }>;
  loops: number;
  target: ModelLoop | undefined;
}

export function makeLoopModel(source: ModelSource, path: readonly TileLoop[]): LoopModel | undefined {
  const building: Building = {
    ...source,
    ...{ path, buffers: [], numbers: new Map(), loads: new Map(), indices: new Map(), loops: 0, target: undefined },
  };
  const body = buildBody(building, source.body, -1, 1);
  const { target, buffers, loops, loads } = building;
  if (target === undefined) return undefined;
  const targetTrips = path.at(-1)?.trips.max ?? 1;
  const parentTrips = path.slice(0, -1).reduce((product, { trips }) => product * trips.max, 1);
  const queues = storeQueue + 1 + loads.size;
  const isRepeated = isAfterLoads(path);
  const users = usersOf(body, buffers.length);
  const iterations = iterationsOf(body, loops);
  const isRagged = areSizesOf(path.at(-1));
  const longestTransferNs = Math.max(0, ...body.map(longestTransferIn));
  const repeats = path.at(-2)?.trips.max ?? 1;
  const trips = { target, targetTrips, parentTrips, repeats, isRepeated, isRagged };
  return { body, queues, loops, iterations, buffers, users, longestTransferNs, ...trips };
}

function iterationsOf(body: readonly ModelItem[], loops: number): readonly number[] {
  const iterations = new Array<number>(loops).fill(0);
  const visit = (item: ModelItem, times: number): void => {
    if (item.kind !== "loop") return;
    iterations[item.loop] = (iterations[item.loop] ?? 0) + times * item.trips;
    for (const child of item.body) visit(child, times * item.trips);
  };
  for (const item of body) visit(item, 1);
  return iterations;
}

function longestTransferIn(item: ModelItem): number {
  if (item.kind === "loop") return Math.max(0, ...item.body.map(longestTransferIn));
  return item.time.unit === "dma" ? item.time.busyNs : 0;
}

function usersOf(body: readonly ModelItem[], buffers: number): readonly (readonly number[])[] {
  const users = Array.from({ length: buffers }, () => new Set<number>());
  const visit = (item: ModelItem): void => {
    if (item.kind === "loop") item.body.forEach(visit);
    else for (const buffer of [...item.reads, ...item.writes]) users[buffer]?.add(item.queue);
  };
  body.forEach(visit);
  return users.map((queues) => [...queues]);
}

/** Loads have queues of their own. */
function isAfterLoads(path: readonly TileLoop[]): boolean {
  const [parent, loop] = path.slice(-2);
  if (parent === undefined || loop === undefined || parent.trips.limit !== undefined) return false;
  const steps = parent.body.filter(({ kind }) => kind !== "alloc");
  const isLoad = (step: TileStatement): boolean => step.kind === "op" && isTransfer(step.op);
  return steps.at(-1) === loop && loop.trips.limit === undefined && steps.slice(0, -1).every(isLoad);
}

/** `owner` is the loop of the body, `scale` what one execution represents. */
function buildBody(
  building: Building,
  body: readonly TileStatement[],
  owner: number,
  scale: number,
): readonly ModelItem[] {
  for (const statement of body) {
    if (statement.kind === "alloc") addBuffer(building, statement.buffer, owner);
  }
  return body.flatMap((statement): readonly ModelItem[] => {
    if (statement.kind === "alloc") return [];
    return [statement.kind === "op" ? buildOp(building, statement, scale) : buildLoop(building, statement, scale)];
  });
}

function addBuffer({ buffers, numbers }: Building, id: BufferId, owner: number): number {
  numbers.set(id, buffers.length);
  return buffers.push({ id, owner }) - 1;
}

function buildOp(building: Building, node: TileNode, scale: number): ModelOp {
  const time = building.stepCost(node, building.bufferInfo);
  const [reads, writes]: [number[], number[]] = [[], []];
  for (const [id, { isRead, isWritten }] of usesOfStatement(node)) {
    const buffer = building.numbers.get(id) ?? addBuffer(building, id, -1);
    if (isRead) reads.push(buffer);
    if (isWritten) writes.push(buffer);
  }
  const queue = queueOf(building, node, time.unit);
  const extents = Object.values(node.operands).map(({ partition, dims }) => [
    partition.size,
    ...dims.map(({ size }) => size),
  ]);
  const largest = extents.find((own) => own.some(({ limit }) => limit !== undefined)) ?? [];
  const sizes = sizesOf(building, largest);
  return { kind: "op", stage: stageOf(node), queue, time: scaled(time, scale), reads, writes, sizes };
}

/** Those of some sizes that vary. */
function sizesOf({ indices }: Building, extents: readonly Extent[]): readonly ModelSize[] {
  return extents.flatMap(({ max, limit }) => {
    if (limit === undefined || max === 0) return [];
    const terms = limit.terms.flatMap(({ loop, scale }) => {
      const index = indices.get(loop);
      return index === undefined ? [] : [{ loop: index.loop, scale: scale * index.step }];
    });
    return [{ max, constant: limit.constant, terms }];
  });
}

function scaled(time: StepTime, scale: number): StepTime {
  const { issueNs, busyNs, latencyNs } = time;
  if (scale === 1) return time;
  const more = (scale - 1) * Math.max(issueNs, busyNs);
  return { ...time, issueNs: issueNs * scale, busyNs: busyNs * scale, latencyNs: latencyNs + more };
}

function buildLoop(building: Building, statement: TileLoop, scale: number): ModelItem {
  const { path } = building;
  const depth = path.indexOf(statement);
  const trips = tripsOf(statement, depth, building);
  const loop = building.loops++;
  const step = depth >= 0 ? 1 : statement.trips.max / trips;
  const inner = scale * step;
  const sizes = sizesOf(building, [statement.trips]);
  building.indices.set(statement.loop, { loop, step });
  const body = buildBody(building, statement.body, loop, inner);
  const order = { stages: body.map(({ stage }) => stage), order: [...body.keys()] };
  const built: ModelLoop = { kind: "loop", stage: stageOf(statement), loop, trips, sizes, body, ...order };
  if (depth === path.length - 1) building.target = built;
  return depth < 0 ? (mergedLoop(built, building.buffers) ?? built) : built;
}

/** A few iterations of the loop in question, two of the one around it, one of those around that; or all of them as if of one. */
function tripsOf({ trips }: TileLoop, depth: number, { path }: Building): number {
  const isRepeated = isAfterLoads(path);
  if (depth < 0) return Math.max(1, Math.min(trips.max, maxInnerTrips));
  if (depth < path.length - 1) return depth === path.length - 2 && !isRepeated ? Math.min(trips.max, 2) : 1;
  if (!isRepeated) return Math.min(trips.max, fillTrips + measuredTrips.once);
  // Whole executions, the first of which fills the queues, where iterations differ.
  const few = fillTrips + measuredTrips.repeated;
  const isLong = trips.max * 2 > few && trips.max <= few && areSizesOf(path.at(-1));
  return Math.min(trips.max * (path.at(-2)?.trips.max ?? 1), isLong ? 2 * trips.max : few);
}

/** Whether sizes in a loop depend on its index. */
function areSizesOf(loop: TileLoop | undefined): boolean {
  if (loop === undefined) return false;
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

/** A loop of one queue is like one statement. */
function mergedLoop(
  { stage, loop, trips, sizes, body }: ModelLoop,
  buffers: readonly ModelBuffer[],
): ModelOp | undefined {
  const ops = body.flatMap((item) => (item.kind === "op" ? [item] : []));
  const [first] = ops;
  if (first === undefined || ops.length < body.length || ops.some(({ queue }) => queue !== first.queue))
    return undefined;
  const issueNs = trips * sum(ops.map(({ time }) => time.issueNs));
  const busyNs = trips * sum(ops.map(({ time }) => time.busyNs));
  const last = ops.at(-1) ?? first;
  const latencyNs = last.time.latencyNs + Math.max(issueNs - last.time.issueNs, busyNs - last.time.busyNs);
  const outside = (used: (op: ModelOp) => readonly number[]): readonly number[] => [
    ...new Set(ops.flatMap(used).filter((buffer) => buffers[buffer]?.owner !== loop)),
  ];
  const time: StepTime = { ...first.time, issueNs, busyNs, latencyNs };
  const [reads, writes] = [outside((op) => op.reads), outside((op) => op.writes)];
  const ofAll = first.sizes.filter(({ terms }) => terms.every((term) => term.loop !== loop));
  return { kind: "op", stage, queue: first.queue, time, reads, writes, sizes: [...sizes, ...ofAll] };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, x) => total + x, 0);
