// A kernel as time-iterations.ts runs it: statements with what they take, their queues, and the rings of their buffers, all by number.

import type { Extent } from "../../ir-spec/affine.ts";
import type { BufferId, LoopId } from "../../ir-spec/base/ids.ts";
import { stageOf, type TileLoop, type TileNode, type TileStatement } from "../../ir-spec/tile.ts";
import { usesOfStatement } from "../../ir-spec/verify-tile-stages.ts";
import { queueOf, storeQueue } from "../tile/model-queues.ts";
import type { TimeEnv } from "./work.ts";

/** A size: constant + sum of scale * index(loop), from 0 to `max`. */
export interface ModelExtent {
  readonly max: number;
  readonly constant: number;
  readonly loops: readonly number[];
  readonly scales: readonly number[];
}

export interface IterationOp {
  readonly kind: "op";
  readonly stage: number;
  readonly queue: number;
  readonly isTransfer: boolean;
  readonly isArray: boolean;
  readonly issueNs: number;
  readonly busyNs: number;
  readonly latencyNs: number;
  /** Rings whose instance it needs the result of, and those that it writes. */
  readonly reads: readonly number[];
  readonly writes: readonly number[];
  /** Sizes that are not the same in every iteration, on which its time depends. */
  readonly sizes: readonly ModelExtent[];
}

export interface IterationLoop {
  readonly kind: "loop";
  readonly stage: number;
  readonly loop: number;
  readonly trips: ModelExtent;
  /** The last stage of its body. */
  readonly depth: number;
  readonly body: readonly IterationItem[];
}

export type IterationItem = IterationOp | IterationLoop;

interface ModelRing {
  /** The loop whose iterations have an instance each; -1 for what all of them share. */
  readonly owner: number;
  readonly slots: number;
  /** Its first place in tables by slot and queue. */
  readonly first: number;
}

export interface IterationModel {
  readonly body: readonly IterationItem[];
  readonly queues: number;
  readonly loops: number;
  readonly rings: readonly ModelRing[];
  readonly places: number;
  readonly hopNs: number;
}

/** Changed in place. */
interface Building extends TimeEnv {
  readonly loops: Map<LoopId, number>;
  readonly rings: Map<BufferId, { readonly number: number; readonly owner: number; readonly slots: number }>;
  readonly loads: Map<BufferId, number>;
}

export function makeIterationModel(body: readonly TileStatement[], env: TimeEnv): IterationModel {
  const building: Building = { ...env, loops: new Map(), rings: new Map(), loads: new Map() };
  const items = buildBody(building, body, { owner: -1, instances: 1 });
  const queues = storeQueue + 1 + building.loads.size;
  let places = 0;
  const rings = [...building.rings.values()].map(({ owner, slots }) => {
    const first = places;
    places += slots * queues;
    return { owner, slots, first };
  });
  return { body: items, queues, loops: building.loops.size, rings, places, hopNs: env.hopNs };
}

/** The loop around a body, and how often it runs in all. */
interface Around {
  readonly owner: number;
  readonly instances: number;
}

function buildBody(building: Building, body: readonly TileStatement[], around: Around): readonly IterationItem[] {
  return body.flatMap((statement): readonly IterationItem[] => {
    if (statement.kind === "op") return [buildOp(building, statement)];
    if (statement.kind === "loop") return [buildLoop(building, statement, around)];
    const { slots } = building.bufferInfo(statement.buffer);
    const number = building.rings.size;
    building.rings.set(statement.buffer, { number, owner: around.owner, slots: Math.min(slots, around.instances) });
    return [];
  });
}

function buildLoop(building: Building, statement: TileLoop, { instances }: Around): IterationLoop {
  const trips = extentOf(building, statement.trips);
  const loop = building.loops.size;
  building.loops.set(statement.loop, loop);
  const body = buildBody(building, statement.body, { owner: loop, instances: instances * statement.trips.max });
  const depth = Math.max(0, ...body.map(({ stage }) => stage));
  return { kind: "loop", stage: stageOf(statement), loop, trips, depth, body };
}

function buildOp(building: Building, node: TileNode): IterationOp {
  const { unit, issueNs, busyNs, latencyNs } = building.stepCost(node, building.bufferInfo);
  const [reads, writes]: [number[], number[]] = [[], []];
  for (const [buffer, { isRead, isWritten }] of usesOfStatement(node)) {
    const ring = building.rings.get(buffer);
    if (ring === undefined) continue;
    // What adds up in PSUM does not wait for itself.
    if (isRead && !(isWritten && unit === "pe")) reads.push(ring.number);
    if (isWritten) writes.push(ring.number);
  }
  const { dst } = node.operands;
  const rows = dst === undefined || unit !== "dma" ? [] : [dst.partition.size];
  const sizes = [...rows, ...(dst?.dims ?? []).map(({ size }) => size)];
  return {
    kind: "op",
    stage: stageOf(node),
    queue: queueOf(building, node, unit),
    isTransfer: unit === "dma",
    isArray: unit === "pe",
    ...{ issueNs, busyNs, latencyNs, reads, writes },
    sizes: sizes.filter(({ limit }) => limit !== undefined).map((size) => extentOf(building, size)),
  };
}

function extentOf({ loops }: Building, { max, limit }: Extent): ModelExtent {
  if (limit === undefined) return { max, constant: max, loops: [], scales: [] };
  const terms = limit.terms.flatMap(({ loop, scale }) => {
    const number = loops.get(loop);
    return number === undefined ? [] : [{ number, scale }];
  });
  return {
    max,
    constant: limit.constant,
    loops: terms.map(({ number }) => number),
    scales: terms.map(({ scale }) => scale),
  };
}
