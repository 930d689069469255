// The work of a lowered kernel's loops, for the estimate of its time: how long each unit is busy, and what short rings, and engines
// that take turns on one tile, make a body take at least.
//
//     for v { load x (2 slots); matmul x -> acc (1 slot); copy acc -> y }
//
// With one slot of acc, matmul and copy take turns: an iteration takes at least both.

import type { Extent } from "../../ir-spec/affine.ts";
import type { BufferId, LoopId } from "../../ir-spec/base/ids.ts";
import type { StepTime } from "../../ir-spec/cost.ts";
import type { TileLoop, TileNode, TileStatement } from "../../ir-spec/tile.ts";
import type { TimeEnv } from "./kernel-source.ts";

/** The mean costs of a kernel's statements. Changed in place: known costs are kept. */
export interface Costs extends TimeEnv {
  /** The mean number of iterations of the loops that were come to. */
  readonly trips: Map<LoopId, number>;
  readonly costOf: (node: TileNode) => StepTime;
}

export function makeCosts(env: TimeEnv): Costs {
  const known = new Map<TileNode, StepTime>();
  const trips = new Map<LoopId, number>();
  const costOf = (node: TileNode): StepTime => {
    const cost = known.get(node) ?? meanCost(node, env, trips);
    known.set(node, cost);
    return cost;
  };
  return { ...env, trips, costOf };
}

/** The mean over all iterations: borders cut some of them. */
function meanCost(node: TileNode, env: TimeEnv, trips: ReadonlyMap<LoopId, number>): StepTime {
  const { busyNs, latencyNs, ...time } = env.stepCost(node, env.bufferInfo);
  const { dst } = node.operands;
  const rows = dst === undefined || time.unit !== "dma" ? [] : [dst.partition.size];
  const sizes = [...rows, ...(dst?.dims ?? []).map(({ size }) => size)];
  const share = sizes.reduce((product, size) => product * (meanExtent(size, trips) / Math.max(1, size.max)), 1);
  return { ...time, busyNs: busyNs * share, latencyNs: latencyNs - busyNs + busyNs * share };
}

/** The mean of an extent over the iterations of the loops in its limit, whose tiles cover the limit's constant. */
function meanExtent({ max, limit }: Extent, trips: ReadonlyMap<LoopId, number>): number {
  if (limit === undefined || limit.terms.length === 0) return max;
  const places = limit.terms.reduce((product, { loop }) => product * (trips.get(loop) ?? 1), 1);
  return Math.min(max, Math.max(0, limit.constant) / places);
}

const units: readonly StepTime["unit"][] = ["pe", "act", "dve", "pool", "dma"];

export type Busy = { [U in StepTime["unit"]]: number };
const idle = (): Busy => ({ pe: 0, act: 0, dve: 0, pool: 0, dma: 0 });

export const sumOf = (busy: Busy): number => units.reduce((sum, unit) => sum + busy[unit], 0);
const slowestOf = (busy: Busy): number => Math.max(...units.map((unit) => busy[unit]));
const computeOf = (busy: Busy): number => slowestOf({ ...busy, dma: 0 });

function add(to: Busy, from: Busy): void {
  for (const unit of units) to[unit] += from[unit];
}

/** What a buffer's instance goes through: the work on it by unit, and the delays from one unit to the next. */
interface Use {
  readonly busy: Busy;
  delayNs: number;
}

/** One execution of a statement, or of a list of them. */
export interface Work {
  readonly busy: Busy;
  /** What its rings, the issue of its transfers, and round trips from the array to another engine take at least. */
  leastNs: number;
  readonly uses: Map<BufferId, Use>;
  /** From its start to the last result, if its units take turns in one iteration and overlap in different ones. */
  lagNs: number;
  /** What an op of the array takes from its operands' arrival to its result, beyond its own time; the most of all. */
  arrayLagNs: number;
  /** How long the array can go on with what its innermost stream has loaded ahead; for ever without one. */
  coverNs: number;
}

const noWork = (): Work => ({
  busy: idle(),
  leastNs: 0,
  uses: new Map(),
  lagNs: 0,
  arrayLagNs: 0,
  coverNs: Number.POSITIVE_INFINITY,
});

/** The work of a body that runs `times` times. */
export function workOf(costs: Costs, body: readonly TileStatement[], times: number): Work {
  const all = noWork();
  /** How long an instance of a buffer is in use in one iteration. */
  const lives = new Map<BufferId, number>();
  let onArrayNs = 0;
  let loadNs = 0;
  for (const statement of body) {
    if (statement.kind === "alloc") continue;
    const work = statement.kind === "op" ? workOfNode(costs, statement) : workOfLoop(costs, statement);
    addWork(all, work);
    if (work.busy.pe > 0) onArrayNs += Math.max(work.leastNs, roundTripNs(work));
    else loadNs += work.busy.dma;
    for (const [buffer, use] of work.uses) {
      lives.set(buffer, (lives.get(buffer) ?? 0) + slowestOf(use.busy) + use.delayNs);
    }
  }
  all.leastNs = Math.max(all.leastNs, onArrayNs);
  // Transfers are served in order: a load for the next iteration that is longer than what the stream has ahead stops it.
  if (times > 1) all.leastNs = Math.max(all.leastNs, all.busy.pe) + Math.max(0, loadNs - all.coverNs);
  for (const statement of body) {
    if (statement.kind === "alloc")
      closeBuffer(costs, all, statement.buffer, { times, lifeNs: lives.get(statement.buffer) ?? 0 });
  }
  return times === 1 ? all : repeated(all, times);
}

function addWork(all: Work, work: Work): void {
  add(all.busy, work.busy);
  all.leastNs = Math.max(all.leastNs, work.leastNs);
  all.arrayLagNs = Math.max(all.arrayLagNs, work.arrayLagNs);
  all.coverNs = Math.min(all.coverNs, work.coverNs);
  // Loads are ahead of what needs them.
  if (work.busy.dma === 0) all.lagNs += work.lagNs;
  for (const [buffer, { busy, delayNs }] of work.uses) {
    const known = all.uses.get(buffer) ?? { busy: idle(), delayNs: 0 };
    add(known.busy, busy);
    known.delayNs += delayNs;
    all.uses.set(buffer, known);
  }
}

/** At the end of the body that owns a buffer: no more of its instances are in use at a time than it has slots. */
function closeBuffer(
  { bufferInfo }: Costs,
  all: Work,
  buffer: BufferId,
  { times, lifeNs }: { readonly times: number; readonly lifeNs: number },
): void {
  const { slots } = bufferInfo(buffer);
  const { dma, pe } = all.uses.get(buffer)?.busy ?? idle();
  if (times > slots) all.leastNs = Math.max(all.leastNs, lifeNs / slots);
  if (times > 1 && dma > 0 && pe > 0) all.coverNs = Math.min(all.coverNs, slots * slowestOf(all.busy));
  all.uses.delete(buffer);
}

/** The array's time in a statement; where another engine works on its results there, what follows waits for that, too. */
function roundTripNs({ busy, lagNs, arrayLagNs }: Work): number {
  return busy.act + busy.dve + busy.pool === 0 ? busy.pe : Math.max(busy.pe, lagNs) + arrayLagNs;
}

/** Iterations overlap, so delays count once. */
function repeated({ busy, leastNs, uses, lagNs, ...same }: Work, times: number): Work {
  const scaled = (from: Busy): Busy => {
    const to = idle();
    for (const unit of units) to[unit] = from[unit] * times;
    return to;
  };
  return {
    ...same,
    busy: scaled(busy),
    leastNs: leastNs * times,
    uses: new Map([...uses].map(([buffer, use]) => [buffer, { ...use, busy: scaled(use.busy) }])),
    lagNs: lagNs + Math.max(0, times - 1) * computeOf(busy),
  };
}

function workOfLoop(costs: Costs, { loop, trips, body }: TileLoop): Work {
  const times = meanExtent(trips, costs.trips);
  costs.trips.set(loop, times);
  return workOf(costs, body, times);
}

function workOfNode({ costOf, bufferInfo, machine }: Costs, node: TileNode): Work {
  const { unit, issueNs, busyNs, latencyNs } = costOf(node);
  const work = noWork();
  work.busy[unit] = busyNs;
  work.leastNs = unit === "dma" ? issueNs : 0;
  work.lagNs = latencyNs + machine.semaphoreHopNs;
  const delayNs = Math.max(0, latencyNs - busyNs);
  work.arrayLagNs = unit === "pe" ? delayNs : 0;
  for (const { buffer } of Object.values(node.operands)) {
    if (bufferInfo(buffer).memory !== "hbm")
      work.uses.set(buffer, { busy: work.busy, delayNs: delayNs + work.leastNs });
  }
  return work;
}
