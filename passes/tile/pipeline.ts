// Software pipelining: gives the statements of loops their stages, so that a queue that meets the same tile twice works on the next one
// while another queue has this one.
//
//     for i { load; max; exp; scale; store }   ->   for i { load; max; exp stage 1; scale stage 1; store stage 1 }
//
// Method: a body is cut in front of the statement where it helps most by a model of time (passes/time/loop-time.ts), and again, as long as it pays;
// then buffers get the slots that keep producers ahead. Modulo scheduling (B. R. Rau, "Iterative modulo scheduling", 1996) differs in
// that it places statements in time; here queues keep their own time, and only the order within each is chosen.

import type { BufferId } from "../../ir-spec/base/ids.ts";
import type { StepCost } from "../../ir-spec/cost.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import { stageOf, type TileBuffer, type TileLoop, type TileStatement } from "../../ir-spec/tile.ts";
import { slotBytes } from "../../ir-spec/tile-size.ts";
import { makeLoopModel } from "../time/loop-model.ts";
import { revisits } from "./revisits.ts";
import { type Step, type StepOrder, stepsOf } from "./stage-rules.ts";
import { type ChosenStages, chooseStages } from "./stage-search.ts";

export interface PipelineEnv {
  readonly machine: Machine;
  readonly stepCost: StepCost;
  readonly bufferInfo: (buffer: BufferId) => TileBuffer;
  /** The most stages of a loop. */
  readonly maxStages: number;
}

/** Where a kernel's statements are in time, whatever its names and places: by loop and by buffer, in the order of the text. */
export interface PipelinePlan {
  readonly loops: readonly (StepOrder | undefined)[];
  readonly slots: readonly number[];
}

/** Chooses stages for the loops of a kernel that have none, inner ones first; undefined where none helps. */
export function planPipeline(body: readonly TileStatement[], env: PipelineEnv): PipelinePlan | undefined {
  const slots = new Map<BufferId, number>();
  const bufferInfo = (buffer: BufferId): TileBuffer => {
    const info = env.bufferInfo(buffer);
    return { ...info, slots: slots.get(buffer) ?? info.slots };
  };
  const chosen = new Map<string, StepOrder>();
  let staged = body;
  for (const place of loopPlaces(body)) {
    const own = planLoop(staged, pathTo(staged, place), { ...env, bufferInfo });
    if (own === undefined) continue;
    for (const [buffer, count] of own.slots) slots.set(buffer, count);
    chosen.set(place.join(), own);
    staged = withOrder(staged, place, own);
  }
  if (chosen.size === 0) return undefined;
  const loops = loopPlaces(body).map((place) => chosen.get(place.join()));
  return { loops, slots: allocsOf(body).map((buffer) => bufferInfo(buffer).slots) };
}

function planLoop(
  body: readonly TileStatement[],
  path: readonly TileLoop[],
  env: PipelineEnv,
): ChosenStages | undefined {
  const { stepCost, bufferInfo, machine } = env;
  const loop = path.at(-1);
  if (loop === undefined || loop.trips.max < 2 || loop.body.some((statement) => stageOf(statement) !== 0))
    return undefined;
  if (!revisits(loop, stepCost, bufferInfo)) return undefined;
  const model = makeLoopModel({ body, bufferInfo, stepCost, machine }, path);
  if (model === undefined) return undefined;
  return chooseStages(model, loop, { ...env, freeBytes: freeBytes(body, bufferInfo, machine) });
}

/** The statements of an equal kernel with the stages of a plan; `resize` sets the slots of a buffer. */
export function applyPipeline(
  body: readonly TileStatement[],
  { loops, slots }: PipelinePlan,
  resize: (buffer: BufferId, slots: number) => void,
): readonly TileStatement[] {
  for (const [index, buffer] of allocsOf(body).entries()) resize(buffer, slots[index] ?? 1);
  let staged = body;
  for (const [index, place] of loopPlaces(body).entries()) {
    const own = loops[index];
    if (own !== undefined) staged = withOrder(staged, place, own);
  }
  return staged;
}

/** Loops by the indices of the statements on the way to them, inner ones before those around them. */
function loopPlaces(body: readonly TileStatement[], before: readonly number[] = []): readonly (readonly number[])[] {
  return body.flatMap((statement, at) => {
    if (statement.kind !== "loop") return [];
    const place = [...before, at];
    return [...loopPlaces(statement.body, place), place];
  });
}

/** The loops around and at a place. */
function pathTo(body: readonly TileStatement[], [at, ...rest]: readonly number[]): readonly TileLoop[] {
  const statement = at === undefined ? undefined : body[at];
  return statement?.kind === "loop" ? [statement, ...pathTo(statement.body, rest)] : [];
}

function withOrder(
  body: readonly TileStatement[],
  [at, ...rest]: readonly number[],
  own: StepOrder,
): readonly TileStatement[] {
  return body.map((statement, index) => {
    if (index !== at || statement.kind !== "loop") return statement;
    const inner = rest.length > 0 ? withOrder(statement.body, rest, own) : ordered(statement, own);
    return { ...statement, body: inner };
  });
}

/** Buffers are declared first where statements change places. */
function ordered(loop: TileLoop, { stages, order }: StepOrder): readonly TileStatement[] {
  const steps = stepsOf(loop).map((step, at): Step => {
    const stage = stages[at] ?? 0;
    return stage === 0 ? step : { ...step, stage };
  });
  if (order.every((step, place) => step === place)) {
    let next = 0;
    return loop.body.map((statement) => (statement.kind === "alloc" ? statement : (steps[next++] ?? statement)));
  }
  const allocs = loop.body.filter(({ kind }) => kind === "alloc");
  return [...allocs, ...order.flatMap((step) => steps[step] ?? [])];
}

function allocsOf(body: readonly TileStatement[]): readonly BufferId[] {
  return body.flatMap((statement) => {
    if (statement.kind === "alloc") return [statement.buffer];
    return statement.kind === "loop" ? allocsOf(statement.body) : [];
  });
}

/** Bytes that the buffers of a kernel leave free in each partition, by memory. */
function freeBytes(
  body: readonly TileStatement[],
  bufferInfo: (buffer: BufferId) => TileBuffer,
  machine: Machine,
): { readonly sbuf: number; readonly psum: number } {
  const free = { sbuf: machine.sbufBytesPerPartition, psum: machine.psumBanks * machine.psumBankBytesPerPartition };
  const visit = (statements: readonly TileStatement[], instances: number): void => {
    for (const statement of statements) {
      if (statement.kind === "loop") visit(statement.body, instances * statement.trips.max);
      if (statement.kind !== "alloc") continue;
      const buffer = bufferInfo(statement.buffer);
      if (buffer.memory === "hbm") continue;
      free[buffer.memory] -= Math.min(buffer.slots, instances) * slotBytes(buffer, machine);
    }
  };
  visit(body, 1);
  return free;
}
