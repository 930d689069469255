// From the walk's executions to batches. What an execution of an instruction comes to is worked out once for all that have
// the same shapes, the same alignment and the same overlaps; another one only moves the places.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { at, type Diagnostic, ok, type Result } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { GpuLimits } from "../../gpu-host/gpu.ts";
import { byteRange } from "../isa/check.ts";
import { freeSize, type ResolvedOperand, type UnitName } from "../isa/define.ts";
import { instDef } from "../isa/index.ts";
import { type KnownLanes, laneUses, makeKnownLanes, useLanes } from "../isa/lanes.ts";
import { type StationaryOperands, stationaryOf } from "../isa/stationary.ts";
import type { QueueName } from "../stream.ts";
import type { Kernels } from "./kernel.ts";
import type { MemoryMap } from "./memory-map.ts";
import { placeOf } from "./operand-places.ts";
import { elementRange, wordBytes } from "./places.ts";
import { canFault, type Preparation, prepare } from "./prepare.ts";
import { type Registers, resolveArgs } from "./resolve.ts";
import { addWork, makeSchedule, type Schedule } from "./schedule.ts";
import { makeSiteState, readNumbers, type SiteState } from "./site-state.ts";
import { makeTemplate, makeTemplateMaker, type Template, type TemplateMaker } from "./template.ts";
import type { Site } from "./walk.ts";

/** Executions of an instruction that differ in nothing but how far their operands are moved. */
interface Variant {
  /** What tells it apart. */
  readonly numbers: Float64Array;
  /** Of the execution that it was made of, by operand. */
  readonly addresses: Float64Array;
  /** The addresses at which each operand lies within its memory. */
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly templates: readonly Template[];
  readonly usesLanes: boolean;
  /** What the array holds from now on. */
  readonly holds: StationaryShape | undefined;
}

/** What the array holds; one object for all of the same shape. */
interface StationaryShape {
  readonly number: number;
  readonly operands: StationaryOperands;
}

interface StationaryState {
  readonly shape: StationaryShape;
  readonly bytes: number;
}

/** What the plan knows of an instruction. */
interface KnownSite {
  readonly state: SiteState;
  readonly variants: Map<string, Variant>;
  /** Of the last execution. */
  last: Variant | undefined;
}

/** A plan as it grows; changed in place. */
export interface Plan {
  readonly preparation: Preparation;
  readonly maker: TemplateMaker;
  readonly schedule: Schedule;
  readonly sites: ReadonlyMap<Site, KnownSite>;
  readonly shapes: Map<string, StationaryShape>;
  readonly stationary: Map<QueueName, StationaryState>;
  /** Of which registers of an engine's lanes the contents are known. */
  readonly knownLanes: Map<QueueName, KnownLanes>;
  loads: number;
  executions: number;
}

/** Assumed: as many variants of an instruction as are worth their memory; with more, all are made again. */
const maxVariants = 5000;

export interface PlanOptions {
  readonly machine: Machine;
  readonly map: MemoryMap;
  readonly limits: GpuLimits;
}

export function makePlan(sites: readonly Site[], { machine, map, limits }: PlanOptions): Plan {
  const kernels: Kernels = new Map();
  const faulting = faultingSites(sites);
  const goesOn = unitsThatGoOn(sites);
  return {
    preparation: { machine, map, kernels, adapter: limits, goesOn },
    maker: makeTemplateMaker(map, machine),
    schedule: makeSchedule(kernels, limits.maxComputeWorkgroupsPerDimension),
    sites: new Map(sites.map((site) => [site, knownSite(makeSiteState(site, map, faulting.indexOf(site)))])),
    shapes: new Map(),
    stationary: new Map(),
    knownLanes: new Map(),
    loads: 0,
    executions: 0,
  };
}

/** Engines with an instruction that needs what accumulators hold. */
function unitsThatGoOn(sites: readonly Site[]): ReadonlySet<UnitName> {
  const needing = sites.filter(({ instruction: { inst, args } }) => {
    const form = instDef(inst).accumulator;
    const cmd = args.reduce_cmd?.kind === "value" ? args.reduce_cmd.value : (form?.otherwise ?? null);
    return form !== undefined && (cmd === "reduce" || cmd === "idle");
  });
  return new Set(needing.map(({ unit }) => unit));
}

/** The instructions that may report a row that a table does not have, by number. */
export function faultingSites(sites: readonly Site[]): readonly Site[] {
  return sites.filter(({ instruction }) => canFault(instruction.inst));
}

const knownSite = (state: SiteState): KnownSite => ({ state, variants: new Map(), last: undefined });

/** Plans one execution; returns what is wrong with it. */
export function planExecution(plan: Plan, site: Site, registers: Registers): readonly Diagnostic[] {
  const known = plan.sites.get(site)!;
  const found = findVariant(plan, known, registers);
  if (!found.ok) return found.error;
  const variant = found.value;
  const { addresses, row } = known.state;
  const unknown = variant.usesLanes ? checkLanes(plan, site, registers) : [];
  if (unknown.length > 0) return unknown;
  const bytes = new Float64Array(addresses.length);
  for (let index = 0; index < bytes.length; index++) bytes[index] = addresses[index]! - variant.addresses[index]!;
  const shift = { bytes, stationaryBytes: stationaryBytes(plan, known.state, variant) };
  for (const template of variant.templates) addWork(plan.schedule, template, shift);
  if (row.weights === "destroy") plan.stationary.delete(site.queue);
  plan.executions += 1;
  return [];
}

/** Whether what it uses is known depends on what ran before, so that each execution is looked at. */
function checkLanes({ preparation, knownLanes }: Plan, site: Site, registers: Registers): readonly Diagnostic[] {
  const { instruction, queue, unit } = site;
  const known = knownLanes.get(queue) ?? makeKnownLanes(preparation.machine);
  knownLanes.set(queue, known);
  const uses = laneUses(instDef(instruction.inst), resolveArgs(instruction, registers), unit);
  const wrong = useLanes(known, instruction.inst, uses);
  return wrong.map((found) => at(found, undefined));
}

/** The start of the slot that the execution fills or uses. */
function stationaryBytes(plan: Plan, { row, site }: SiteState, { holds }: Variant): number {
  if (row.weights !== "load" || holds === undefined) return plan.stationary.get(site.queue)?.bytes ?? 0;
  const { slots, slotWords } = plan.preparation.map.stationary;
  const bytes = (plan.loads % slots) * slotWords * wordBytes;
  plan.loads += 1;
  plan.stationary.set(site.queue, { shape: holds, bytes });
  return bytes;
}

function findVariant(plan: Plan, site: KnownSite, registers: Registers): Result<Variant> {
  const { state, last, variants } = site;
  const { row, numbers } = state;
  const stationary = row.weights === "use" ? plan.stationary.get(state.site.queue) : undefined;
  readNumbers(state, registers, stationary?.shape.number ?? -1);
  const isLast = last !== undefined && isSame(last.numbers, numbers);
  const known = isLast ? last : variants.get(numbers.join());
  if (known !== undefined && isInside(known, state.addresses)) {
    site.last = known;
    return ok(known);
  }
  const made = makeVariant(plan, state, registers);
  if (!made.ok) return made;
  if (variants.size >= maxVariants) variants.clear();
  variants.set(numbers.join(), made.value);
  site.last = made.value;
  return made;
}

function isSame(left: Float64Array, right: Float64Array): boolean {
  for (let index = 0; index < left.length; index++) if (left[index] !== right[index]) return false;
  return true;
}

function isInside({ min, max }: Variant, addresses: Float64Array): boolean {
  for (let index = 0; index < addresses.length; index++) {
    if (addresses[index]! < min[index]! || addresses[index]! > max[index]!) return false;
  }
  return true;
}

function makeVariant(plan: Plan, state: SiteState, registers: Registers): Result<Variant> {
  const { site, row, names, addresses, numbers, fault } = state;
  const { inst } = site.instruction;
  const args = resolveArgs(site.instruction, registers);
  const stationary = plan.stationary.get(site.queue)?.shape.operands;
  const work = prepare(plan.preparation, { inst, unit: site.unit, args, stationary, fault });
  if (!work.ok) return { ok: false, error: work.error.map((found) => at(found, undefined)) };
  const limits = names.map((name) => addressLimits(name, args.operands[name]!, plan.preparation));
  return ok({
    numbers: numbers.slice(),
    addresses: addresses.slice(),
    min: Float64Array.from(limits, ([min]) => min),
    max: Float64Array.from(limits, ([, max]) => max),
    templates: work.value.map((piece) => makeTemplate(plan.maker, piece, names)),
    usesLanes: laneUses(row, args, site.unit).length > 0,
    holds: row.weights === "load" ? shapeOf(plan, stationaryOf(args)) : undefined,
  });
}

/** The least and the greatest address (B) with which an operand, right where it is, lies within its memory. */
function addressLimits(
  name: string,
  operand: ResolvedOperand,
  { map, machine }: Preparation,
): readonly [number, number] {
  const { memory, addressBytes, dtype } = operand;
  if (memory === "sbuf") {
    const [first, end] = byteRange(operand);
    return [addressBytes - first, machine.sbufBytesPerPartition - (end - addressBytes)];
  }
  if (memory === "psum") return [addressBytes, addressBytes];
  if (operand.partitions <= 0 || freeSize(operand) <= 0) return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const { offsetBytes, bytes } = map.tensors[operand.tensor]!;
  const size = dtypeBytes(dtype);
  const [first, end] = elementRange(placeOf(name, operand, map)).map((element) => element * size - offsetBytes);
  return [addressBytes - first!, addressBytes + bytes - end!];
}

function shapeOf({ shapes }: Plan, operands: StationaryOperands): StationaryShape {
  const ofOne = ([name, { dtype, startPartition, partitions, sizes }]: [string, ResolvedOperand]) => {
    return [name, dtype, startPartition, partitions, sizes];
  };
  const key = JSON.stringify(Object.entries(operands).map(ofOne));
  const shape = shapes.get(key) ?? { number: shapes.size, operands };
  shapes.set(key, shape);
  return shape;
}
