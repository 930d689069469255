// A kernel as a model of time (run-model.ts): statements with what they take, their queues, and the rings of their buffers, all by number.
// A view says how often loops run in it: all of their iterations, or a few, each for several.

import type { Extent } from "../../ir-spec/affine.ts";
import type { BufferId, LoopId } from "../../ir-spec/base/ids.ts";
import type { StepTime } from "../../ir-spec/cost.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import { type Access, stageOf, type TileLoop, type TileNode, type TileStatement } from "../../ir-spec/tile.ts";
import { usesOfStatement } from "../../ir-spec/verify-tile-stages.ts";
import type { KernelSource } from "./kernel-source.ts";
import { queueOf, storeQueue } from "./queues.ts";

export interface ModelOp {
  readonly kind: "op";
  readonly stage: number;
  readonly queue: number;
  readonly time: StepTime;
  /** Rings whose instance it needs the result of, and those that it writes. */
  readonly reads: readonly number[];
  readonly writes: readonly number[];
  /** Sizes that are not the same in every iteration. */
  readonly sizes: readonly ModelSize[];
}

/** A size: constant + sum of scale * index(loop), from 0 to `max`; loops by their numbers in the model. */
export interface ModelSize {
  readonly max: number;
  readonly constant: number;
  readonly loops: readonly number[];
  readonly scales: readonly number[];
  /** Whether the statement takes as long as this is large; else it is only left out where this is 0. */
  readonly isTime: boolean;
}

export interface ModelLoop {
  readonly kind: "loop";
  readonly stage: number;
  readonly id: LoopId;
  /** Its number in the model. */
  readonly loop: number;
  readonly trips: number;
  readonly sizes: readonly ModelSize[];
  readonly body: readonly ModelItem[];
  /** The last stage of its body. */
  readonly depth: number;
}

export type ModelItem = ModelOp | ModelLoop;

export interface ModelRing {
  readonly buffer: BufferId;
  /** The loop whose iterations have an instance each; -1 for what all of them share. */
  readonly owner: number;
  /** The queues that use it. */
  readonly users: readonly number[];
}

export interface KernelModel {
  readonly body: readonly ModelItem[];
  readonly queues: number;
  /** How often the body of each loop runs in the model, borders counting as whole. */
  readonly iterations: readonly number[];
  readonly rings: readonly ModelRing[];
  readonly machine: Machine;
}

export interface ModelView {
  /** Iterations of a loop in the model. */
  readonly tripsOf: (loop: TileLoop) => number;
  /** Whether these stand for all of them, equally many each; such a loop is like one statement if one queue runs it. */
  readonly isShort: (loop: TileLoop) => boolean;
}

/** Changed in place. */
interface Building extends KernelSource, ModelView {
  readonly rings: Omit<ModelRing, "users">[];
  readonly numbers: Map<BufferId, number>;
  readonly loads: Map<BufferId, number>;
  /** Loops of the kernel by their numbers in the model, and the iterations that one of the model's stands for. */
  readonly loops: Map<LoopId, { readonly loop: number; readonly step: number }>;
}

export const wholeView: ModelView = { tripsOf: ({ trips }) => trips.max, isShort: () => false };

export function makeKernelModel(source: KernelSource, view: ModelView): KernelModel {
  const building: Building = {
    ...{ ...source, ...view },
    ...{ rings: [], numbers: new Map(), loads: new Map(), loops: new Map() },
  };
  const body = buildBody(building, source.body, { owner: -1, scale: 1 });
  const users = usersOf(body, building.rings.length);
  return {
    body,
    queues: storeQueue + 1 + building.loads.size,
    iterations: iterationsOf(body, building.loops.size),
    rings: building.rings.map((ring, number) => ({ ...ring, users: users[number] ?? [] })),
    machine: source.machine,
  };
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

function usersOf(body: readonly ModelItem[], rings: number): readonly (readonly number[])[] {
  const users = Array.from({ length: rings }, () => new Set<number>());
  const visit = (item: ModelItem): void => {
    if (item.kind === "loop") item.body.forEach(visit);
    else for (const ring of [...item.reads, ...item.writes]) users[ring]?.add(item.queue);
  };
  body.forEach(visit);
  return users.map((queues) => [...queues]);
}

/** The loop around a body, and the executions of it that one in the model stands for. */
interface Around {
  readonly owner: number;
  readonly scale: number;
}

function buildBody(building: Building, body: readonly TileStatement[], around: Around): readonly ModelItem[] {
  for (const statement of body) {
    if (statement.kind === "alloc") addRing(building, statement.buffer, around.owner);
  }
  return body.flatMap((statement): readonly ModelItem[] => {
    if (statement.kind === "alloc") return [];
    return [statement.kind === "op" ? buildOp(building, statement, around) : buildLoop(building, statement, around)];
  });
}

function addRing({ rings, numbers }: Building, buffer: BufferId, owner: number): number {
  numbers.set(buffer, rings.length);
  return rings.push({ buffer, owner }) - 1;
}

function buildLoop(building: Building, statement: TileLoop, { scale }: Around): ModelItem {
  const trips = building.tripsOf(statement);
  const loop = building.loops.size;
  const isShort = building.isShort(statement);
  const step = isShort ? statement.trips.max / trips : 1;
  const sizes = sizesOf(building, [statement.trips], true);
  building.loops.set(statement.loop, { loop, step });
  const body = buildBody(building, statement.body, { owner: loop, scale: scale * step });
  const depth = Math.max(0, ...body.map(({ stage }) => stage));
  const { loop: id } = statement;
  const built: ModelLoop = { kind: "loop", stage: stageOf(statement), id, loop, trips, sizes, body, depth };
  return isShort ? (mergedLoop(built, building) ?? built) : built;
}

function buildOp(building: Building, node: TileNode, { scale }: Around): ModelOp {
  const time = building.stepCost(node, building.bufferInfo);
  const [reads, writes]: [number[], number[]] = [[], []];
  for (const [id, { isRead, isWritten }] of usesOfStatement(node)) {
    const ring = building.numbers.get(id) ?? addRing(building, id, -1);
    // What adds up in PSUM does not wait for itself.
    if (isRead && !(isWritten && time.unit === "pe")) reads.push(ring);
    if (isWritten) writes.push(ring);
  }
  const queue = queueOf(building, node, time.unit);
  const sizes = sizesOfOp(building, node, time.unit);
  return { kind: "op", stage: stageOf(node), queue, time: scaled(time, scale), reads, writes, sizes };
}

/** A statement takes as long as the widest of its operands has columns, a transfer as it has elements. */
function sizesOfOp(building: Building, { operands }: TileNode, unit: StepTime["unit"]): readonly ModelSize[] {
  const accesses = Object.values(operands);
  const [first] = accesses;
  if (first === undefined) return [];
  const widest = accesses.reduce((best, access) => (columnsOf(access) > columnsOf(best) ? access : best), first);
  const columns = widest.dims.map(({ size }) => size);
  const ofTime = unit === "dma" ? [widest.partition.size, ...columns] : columns;
  const all = accesses.flatMap(({ partition, dims }) => [partition.size, ...dims.map(({ size }) => size)]);
  const timed = sizesOf(building, ofTime, true);
  const known = new Set(timed.map(keyOf));
  const others = sizesOf(building, all, false).filter((size) => {
    const isNew = !known.has(keyOf(size));
    known.add(keyOf(size));
    return isNew;
  });
  return [...timed, ...others];
}

const columnsOf = ({ dims }: Access): number => dims.reduce((product, { size }) => product * size.max, 1);

const keyOf = ({ max, constant, loops, scales }: ModelSize): string => [max, constant, loops, scales].join(" ");

/** Those of some sizes that vary. */
function sizesOf({ loops }: Building, extents: readonly Extent[], isTime: boolean): readonly ModelSize[] {
  return extents.flatMap(({ max, limit }) => {
    if (limit === undefined || max === 0) return [];
    const terms = limit.terms.flatMap(({ loop, scale }) => {
      const index = loops.get(loop);
      return index === undefined ? [] : [{ loop: index.loop, scale: scale * index.step }];
    });
    const numbers = { loops: terms.map(({ loop }) => loop), scales: terms.map(({ scale }) => scale) };
    return [{ max, constant: limit.constant, ...numbers, isTime }];
  });
}

function scaled(time: StepTime, scale: number): StepTime {
  const { issueNs, busyNs, latencyNs } = time;
  if (scale === 1) return time;
  const more = (scale - 1) * Math.max(issueNs, busyNs);
  return { ...time, issueNs: issueNs * scale, busyNs: busyNs * scale, latencyNs: latencyNs + more };
}

/** A loop of one queue as one statement. */
function mergedLoop(
  { stage, loop, trips, sizes, body }: ModelLoop,
  { rings }: Pick<Building, "rings">,
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
    ...new Set(ops.flatMap(used).filter((ring) => rings[ring]?.owner !== loop)),
  ];
  const time: StepTime = { ...first.time, issueNs, busyNs, latencyNs };
  const [reads, writes] = [outside((op) => op.reads), outside((op) => op.writes)];
  const ofAll = first.sizes.filter(({ loops }) => !loops.includes(loop));
  return { kind: "op", stage, queue: first.queue, time, reads, writes, sizes: [...sizes, ...ofAll] };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, x) => total + x, 0);
