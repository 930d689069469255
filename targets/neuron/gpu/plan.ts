// From the walk's executions to batches. What an execution of an instruction comes to is worked out once for all that have
// the same shapes, the same alignment and the same overlaps; another one only moves the places.

import { type Affine, type Extent, evalAffine, evalExtent, evalFlag, type Flag } from "../../../ir-spec/affine.ts";
import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { at, type Diagnostic, ok, type Result } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { byteRange } from "../isa/check.ts";
import { freeSize, type InstRow, type ResolvedOperand } from "../isa/define.ts";
import { instDef } from "../isa/index.ts";
import type { Operand, QueueName } from "../stream.ts";
import { leastCellBytes } from "./cells.ts";
import type { Kernels } from "./kernel.ts";
import type { MemoryMap } from "./memory-map.ts";
import { placeOf } from "./operand-places.ts";
import { elementRange, wordBytes } from "./places.ts";
import { canFault, type Preparation, prepare } from "./prepare.ts";
import { addressOf, type Registers, resolveArgs } from "./resolve.ts";
import { addWork, makeSchedule, type Schedule } from "./schedule.ts";
import { makeTemplate, makeTemplateMaker, type Template, type TemplateMaker } from "./template.ts";
import type { Site } from "./walk.ts";

/** Executions of an instruction that differ in nothing but how far their operands are moved. */
interface Variant {
  /** What tells it apart. */
  readonly numbers: Float64Array;
  /** Of the execution that it was made of, by operand. */
  readonly addresses: Float64Array;
  /** The addresses at which each operand lies within its memory. */
  readonly least: Float64Array;
  readonly most: Float64Array;
  readonly templates: readonly Template[];
  /** What the array holds from now on. */
  readonly holds: HeldShape | undefined;
}

/** An operand that the array holds; one object for all of the same shape. */
interface HeldShape {
  readonly number: number;
  readonly operand: ResolvedOperand;
}

interface Held {
  readonly shape: HeldShape;
  readonly bytes: number;
}

/** Two operands of one memory, of which one is written. */
interface Pair {
  readonly left: number;
  readonly right: number;
  readonly span: readonly [left: Span, right: Span];
}

/** First byte and one past the last, from the address on. */
type Span = readonly [first: number, end: number];

/** What the plan knows of an instruction; the arrays and `last` are changed in place. */
interface SiteState {
  readonly site: Site;
  readonly row: InstRow;
  readonly names: readonly string[];
  readonly operands: readonly Operand[];
  readonly extents: readonly Extent[];
  readonly flags: readonly Flag[];
  readonly affines: readonly Affine[];
  readonly pairs: readonly Pair[];
  /** Its number among those that may report a row. */
  readonly fault: number;
  readonly addresses: Float64Array;
  readonly numbers: Float64Array;
  readonly shift: { readonly bytes: Float64Array; heldBytes: number };
  readonly variants: Map<string, Variant>;
  last: Variant | undefined;
}

/** A plan as it grows; changed in place. */
export interface Plan {
  readonly preparation: Preparation;
  readonly maker: TemplateMaker;
  readonly schedule: Schedule;
  readonly sites: ReadonlyMap<Site, SiteState>;
  readonly shapes: Map<string, HeldShape>;
  readonly held: Map<QueueName, Held>;
  loads: number;
  executions: number;
}

/** Assumed: as many variants of an instruction as are worth their memory; with more, all are made anew. */
const mostVariants = 4096;

/** In place of the distance of operands that do not meet. */
const apart = Number.POSITIVE_INFINITY;

export interface PlanOptions {
  readonly machine: Machine;
  readonly map: MemoryMap;
  /** Most members of a batch. */
  readonly most: number;
}

export function makePlan(sites: readonly Site[], { machine, map, most }: PlanOptions): Plan {
  const kernels: Kernels = new Map();
  const faulting = faultingSites(sites);
  return {
    preparation: { machine, map, kernels },
    maker: makeTemplateMaker(map, machine),
    schedule: makeSchedule(kernels, most),
    sites: new Map(sites.map((site) => [site, makeSiteState(site, map, faulting.indexOf(site))])),
    shapes: new Map(),
    held: new Map(),
    loads: 0,
    executions: 0,
  };
}

/** The instructions that may report a row that a table does not have, by number. */
export function faultingSites(sites: readonly Site[]): readonly Site[] {
  return sites.filter(({ instruction }) => canFault(instruction.inst));
}

/** Plans one execution; returns what is wrong with it. */
export function planExecution(plan: Plan, site: Site, registers: Registers): readonly Diagnostic[] {
  const state = plan.sites.get(site)!;
  const found = findVariant(plan, state, registers);
  if (!found.ok) return found.error;
  const variant = found.value;
  const { shift, addresses, row } = state;
  for (let index = 0; index < addresses.length; index++) {
    shift.bytes[index] = addresses[index]! - variant.addresses[index]!;
  }
  shift.heldBytes = heldBytes(plan, state, variant);
  for (const template of variant.templates) addWork(plan.schedule, template, shift);
  if (row.weights === "destroy") plan.held.delete(site.queue);
  plan.executions += 1;
  return [];
}

/** The start of the slot that the execution fills or uses. */
function heldBytes(plan: Plan, { row, site }: SiteState, { holds }: Variant): number {
  if (row.weights !== "load" || holds === undefined) return plan.held.get(site.queue)?.bytes ?? 0;
  const { slots, slotWords } = plan.preparation.map.held;
  const bytes = (plan.loads % slots) * slotWords * wordBytes;
  plan.loads += 1;
  plan.held.set(site.queue, { shape: holds, bytes });
  return bytes;
}

function makeSiteState(site: Site, map: MemoryMap, fault: number): SiteState {
  const { args, inst } = site.instruction;
  const row = instDef(inst);
  const given = Object.entries(args);
  const named = given.flatMap(([name, argument]) => (argument.kind === "operand" ? [{ name, ...argument }] : []));
  const operands = named.map(({ operand }) => operand);
  const extents = operands.flatMap((operand) => [
    ...operand.dims.map(({ size }) => size),
    ...(operand.memory === "hbm" ? [] : [operand.partitions]),
  ]);
  const pairs = pairsOf(named, row, map);
  const varying = {
    extents: extents.filter(({ limit }) => limit !== undefined),
    flags: given.flatMap(([, argument]) => (argument.kind === "flag" ? [argument.flag] : [])),
    affines: given.flatMap(([, argument]) => (argument.kind === "affine" ? [argument.affine] : [])),
  };
  const { extents: sizes, flags, affines } = varying;
  return {
    ...{ site, row, operands, pairs, fault, names: named.map(({ name }) => name), ...varying },
    addresses: new Float64Array(operands.length),
    numbers: new Float64Array(operands.length + sizes.length + flags.length + affines.length + pairs.length + 1),
    shift: { bytes: new Float64Array(operands.length), heldBytes: 0 },
    variants: new Map(),
    last: undefined,
  };
}

interface NamedOperand {
  readonly name: string;
  readonly operand: Operand;
}

function pairsOf(named: readonly NamedOperand[], { fields }: InstRow, map: MemoryMap): readonly Pair[] {
  const memoryOf = (operand: Operand): string =>
    operand.memory === "hbm" ? (map.tensors[operand.tensor]?.memory ?? "") : operand.memory;
  const isWritten = ({ name }: NamedOperand): boolean => {
    const field = fields[name];
    return field?.kind === "operand" && field.role !== "read";
  };
  return named.flatMap((one, left) =>
    named.flatMap((other, right): readonly Pair[] => {
      const meet = memoryOf(one.operand) === memoryOf(other.operand) && (isWritten(one) || isWritten(other));
      if (right <= left || !meet) return [];
      return [{ left, right, span: [spanOf(one.operand), spanOf(other.operand)] }];
    }),
  );
}

/** With the largest sizes; all rows of an operand in HBM, the row of one on chip. */
function spanOf({ dims, dtype }: Operand): Span {
  let [first, last] = [0, 0];
  for (const { size, stride } of dims) {
    const reach = Math.max(0, size.max - 1) * stride;
    if (reach < 0) first += reach;
    else last += reach;
  }
  return [first * dtypeBytes(dtype), (last + 1) * dtypeBytes(dtype)];
}

/** Evaluates what tells variants apart, and the addresses. */
function readNumbers(plan: Plan, state: SiteState, registers: Registers): void {
  const { operands, extents, flags, affines, pairs, addresses, numbers, row, site } = state;
  const { indices } = registers;
  let place = 0;
  for (let index = 0; index < operands.length; index++) {
    const { address, memory } = operands[index]!;
    const bytes = addressOf(address, registers);
    addresses[index] = bytes;
    // A place in PSUM lies in one bank or does not, and is the home of a chain.
    numbers[place++] = memory === "psum" ? bytes : bytes % (memory === "hbm" ? wordBytes : leastCellBytes);
  }
  for (let index = 0; index < extents.length; index++) numbers[place++] = evalExtent(extents[index]!, indices);
  for (let index = 0; index < flags.length; index++) numbers[place++] = evalFlag(flags[index]!, indices) ? 1 : 0;
  for (let index = 0; index < affines.length; index++) numbers[place++] = evalAffine(affines[index]!, indices);
  for (let index = 0; index < pairs.length; index++) numbers[place++] = distance(pairs[index]!, state);
  numbers[place] = row.weights === "use" ? (plan.held.get(site.queue)?.shape.number ?? -1) : -1;
}

/** How far the second operand lies behind the first (B), where they might meet. */
function distance({ left, right, span: [one, other] }: Pair, { addresses, operands }: SiteState): number {
  const [from, to] = [addresses[left]!, addresses[right]!];
  const [a, b] = [operands[left]!, operands[right]!];
  const isOneTensor = a.memory !== "hbm" || b.memory !== "hbm" || a.tensor === b.tensor;
  if (!isOneTensor || from + one[1] <= to + other[0] || to + other[1] <= from + one[0]) return apart;
  return to - from;
}

function findVariant(plan: Plan, state: SiteState, registers: Registers): Result<Variant> {
  readNumbers(plan, state, registers);
  const { numbers, last, variants } = state;
  const isLast = last !== undefined && isSame(last.numbers, numbers);
  const known = isLast ? last : variants.get(numbers.join());
  if (known !== undefined && isInside(known, state.addresses)) {
    state.last = known;
    return ok(known);
  }
  const made = makeVariant(plan, state, registers);
  if (!made.ok) return made;
  if (variants.size >= mostVariants) variants.clear();
  variants.set(numbers.join(), made.value);
  state.last = made.value;
  return made;
}

function isSame(left: Float64Array, right: Float64Array): boolean {
  for (let index = 0; index < left.length; index++) if (left[index] !== right[index]) return false;
  return true;
}

function isInside({ least, most }: Variant, addresses: Float64Array): boolean {
  for (let index = 0; index < addresses.length; index++) {
    if (addresses[index]! < least[index]! || addresses[index]! > most[index]!) return false;
  }
  return true;
}

function makeVariant(plan: Plan, state: SiteState, registers: Registers): Result<Variant> {
  const { site, row, names, addresses, numbers, fault } = state;
  const { inst } = site.instruction;
  const args = resolveArgs(site.instruction, registers);
  const held = plan.held.get(site.queue)?.shape.operand;
  const work = prepare(plan.preparation, { inst, unit: site.unit, args, held, fault });
  if (!work.ok) return { ok: false, error: work.error.map((found) => at(found, undefined)) };
  const limits = names.map((name) => addressLimits(name, args.operands[name]!, plan.preparation));
  const { src } = args.operands;
  return ok({
    numbers: numbers.slice(),
    addresses: addresses.slice(),
    least: Float64Array.from(limits, ([least]) => least),
    most: Float64Array.from(limits, ([, most]) => most),
    templates: work.value.map((piece) => makeTemplate(plan.maker, piece, names)),
    holds: row.weights === "load" && src !== undefined ? shapeOf(plan, src) : undefined,
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

function shapeOf({ shapes }: Plan, operand: ResolvedOperand): HeldShape {
  const { dtype, startPartition, partitions, sizes } = operand;
  const key = JSON.stringify([dtype, startPartition, partitions, sizes]);
  const shape = shapes.get(key) ?? { number: shapes.size, operand };
  shapes.set(key, shape);
  return shape;
}
