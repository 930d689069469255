// Bounds of the numbers of a stream, whatever text, image or program it came from: held before anything counts to one of
// them, allocates as much, or adds them up. What is within these bounds may still be wrong, which the check finds.

import type { Affine, Extent } from "../../ir-spec/affine.ts";
import { dtypeBytes } from "../../ir-spec/base/dtype.ts";
import { type Problem, problem } from "../../ir-spec/base/result.ts";
import { elementCount } from "../../ir-spec/base/tensor.ts";
import {
  maxExecutions,
  maxHeldElements,
  maxLoopDepth,
  maxMistakes,
  maxOperandDims,
  maxOperandElements,
  maxQueuePrograms,
  maxTouchedElements,
  maxTrips,
} from "../../ir-spec/limits.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import type { Operand, Placement, Stream, StreamItem, StreamLoop, StreamTensor } from "./stream.ts";
import type { StreamPart } from "./stream-parts.ts";

/** A number that is beyond its bounds, and the part of the stream that has it. */
export interface Unbounded {
  readonly found: Problem;
  readonly part: StreamPart | undefined;
}

/** Smaller bounds than the usual ones. */
export interface BoundOptions {
  /** Instructions and iterations that all queues together may execute. */
  readonly maxExecutions?: number;
  /** Elements that they may touch, in a run with values. */
  readonly maxTouchedElements?: number;
}

/** Tokens that a semaphore starts with. Assumed: with all that are released their number is still exact. */
const maxTokens = 2 ** 48;

/** What is gone through on the way. */
interface Bounds {
  readonly stream: Stream;
  readonly found: Unbounded[];
  /** The most iterations of the loops around the place. */
  readonly trips: Map<number, number>;
  /** Instructions and iterations so far, at most. */
  executions: number;
  /** Elements of operands over all executions. */
  touchedElements: number;
}

/** The numbers of a stream that are beyond their bounds: none, if it may be checked and run. */
export function findUnbounded(stream: Stream, machine: Machine, options: BoundOptions = {}): readonly Unbounded[] {
  const bounds = makeBounds(stream);
  if (stream.queues.length > maxQueuePrograms) {
    return [
      unbounded("the stream", `${stream.queues.length} programs of queues`, `at most ${maxQueuePrograms}`, undefined),
    ];
  }
  for (const tensor of stream.tensors) boundTensor(bounds, tensor);
  for (const ring of stream.rings) {
    if (!isCount(ring.slots, maxTrips))
      add(bounds, `ring ${ring.name}`, `${ring.slots} slots`, wholeUpTo(maxTrips), ring);
  }
  for (const semaphore of stream.semaphores) {
    const { name, initial } = semaphore;
    if (initial <= maxTokens) continue;
    add(bounds, `semaphore ${name}`, `${initial} tokens`, wholeUpTo(maxTokens), semaphore);
  }
  for (const placement of stream.placements) boundPlacement(bounds, placement, machine);
  for (const { queue, body } of stream.queues) boundBody(bounds, body, { path: queue, depth: 0, executions: 1 });
  const most = options.maxExecutions ?? maxExecutions;
  if (bounds.found.length === 0 && !(bounds.executions <= most)) {
    const found = `up to ${bounds.executions} instructions and iterations`;
    add(bounds, "the stream", found, `at most ${most}`, largestLoop(stream));
  }
  return bounds.found.slice(0, maxMistakes);
}

function makeBounds(stream: Stream): Bounds {
  return { stream, found: [], trips: new Map(), executions: 0, touchedElements: 0 };
}

/** Why a stream that is within its bounds cannot be run with values: it holds or touches too many elements. */
export function findTooMuchData(stream: Stream, options: BoundOptions = {}): Problem | undefined {
  const held = stream.tensors.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  if (!(held <= maxHeldElements)) return tooMuchData("elements in its tensors", held, maxHeldElements);
  const bounds = makeBounds(stream);
  for (const { queue, body } of stream.queues) boundBody(bounds, body, { path: queue, depth: 0, executions: 1 });
  const { touchedElements } = bounds;
  const most = options.maxTouchedElements ?? maxTouchedElements;
  if (touchedElements <= most) return undefined;
  return tooMuchData("elements to move and to compute", touchedElements, most);
}

function tooMuchData(what: string, found: number, limit: number): Problem {
  return problem("E1011", { what, found, limit });
}

const isCount = (value: number, max: number): boolean => Number.isSafeInteger(value) && value >= 0 && value <= max;

const wholeUpTo = (max: number): string => `an integer of at most ${max}`;

function unbounded(place: string, found: string, wanted: string, part: StreamPart | undefined): Unbounded {
  return { found: problem("E0835", { place, found, expected: wanted }), part };
}

function add({ found }: Bounds, place: string, what: string, wanted: string, part: StreamPart | undefined): void {
  if (found.length < maxMistakes) found.push(unbounded(place, what, wanted, part));
}

function boundTensor(bounds: Bounds, tensor: StreamTensor): void {
  const { name, shape, dtype, addressBytes, data } = tensor;
  const place = `tensor ${name}`;
  const elements = elementCount(shape);
  const isSized = shape.every((size) => size >= 1 && isCount(size, Number.MAX_SAFE_INTEGER));
  if (!isSized || !isCount(elements * dtypeBytes(dtype), Number.MAX_SAFE_INTEGER)) {
    add(bounds, place, `the shape [${shape.join(", ")}]`, "integers from 1 on, of bytes that can be counted", tensor);
  }
  if (!isCount(addressBytes, Number.MAX_SAFE_INTEGER)) {
    add(bounds, place, `the address ${addressBytes}`, wholeUpTo(Number.MAX_SAFE_INTEGER), tensor);
  }
  if (data !== undefined && data.length !== 1 && data.length !== elements) {
    add(bounds, place, `${data.length} numbers`, `1 or ${elements}`, tensor);
  }
}

/** Places are for reports alone; the machine must have them all the same. */
function boundPlacement(bounds: Bounds, placement: Placement, machine: Machine): void {
  const { name, memory, kernel, partitions, addressBytes, slotBytes, slots } = placement;
  if (!isCount(kernel, bounds.stream.kernels.length - 1)) {
    add(bounds, `place ${name}`, `kernel ${kernel}`, "a kernel of the stream", undefined);
  }
  const capacity =
    memory === "sbuf" ? machine.sbufBytesPerPartition : machine.psumBanks * machine.psumBankBytesPerPartition;
  const end = addressBytes + slotBytes * slots;
  const isWhole = [addressBytes, slotBytes, slots].every((value) => isCount(value, capacity));
  if (isWhole && end <= capacity && isCount(partitions, machine.partitions)) return;
  const found = `bytes ${addressBytes} to ${end} of ${partitions} partitions of ${memory}`;
  add(bounds, `place ${name}`, found, `${capacity} bytes of ${machine.partitions} partitions at most`, undefined);
}

/** Where a body is, and how often it is executed at most. */
interface BodyPlace {
  readonly path: string;
  readonly depth: number;
  readonly executions: number;
}

function boundBody(bounds: Bounds, body: readonly StreamItem[], { path, depth, executions }: BodyPlace): void {
  bounds.executions += executions * body.length;
  for (const [at, item] of body.entries()) {
    const place = depth === 0 ? `${path}:${at}` : `${path}.${at}`;
    if (item.kind === "loop") boundLoop(bounds, item, { path: place, depth, executions });
    else {
      for (const argument of Object.values(item.args)) {
        if (argument.kind === "operand") {
          const elements = boundOperand(bounds, argument.operand, `${item.inst} at ${place}`, item);
          bounds.touchedElements += executions * elements;
        } else if (argument.kind === "affine") boundReach(bounds, affineReach(argument.affine, bounds), place, item);
      }
    }
  }
}

function boundLoop(bounds: Bounds, loop: StreamLoop, { path, depth, executions }: BodyPlace): void {
  const place = `loop at ${path}`;
  const { max } = loop.trips;
  if (depth >= maxLoopDepth) {
    add(bounds, place, `${depth} loops around it`, `less than ${maxLoopDepth}`, loop);
    return;
  }
  if (!isCount(max, maxTrips)) add(bounds, place, `${max} iterations`, wholeUpTo(maxTrips), loop);
  boundReach(bounds, extentReach(loop.trips, bounds), place, loop);
  const before = bounds.trips.get(loop.loop);
  bounds.trips.set(loop.loop, max);
  const inner = executions * Math.max(0, max);
  bounds.executions += inner;
  boundBody(bounds, loop.body, { path, depth: depth + 1, executions: inner });
  if (before === undefined) bounds.trips.delete(loop.loop);
  else bounds.trips.set(loop.loop, before);
}

/** Returns the most elements that the operand has. */
function boundOperand(bounds: Bounds, operand: Operand, place: string, part: StreamPart): number {
  const sizes = operand.dims.map(({ size }) => size);
  if (operand.memory !== "hbm") sizes.push(operand.partitions);
  const elements = sizes.reduce((product, { max }) => product * Math.max(1, max), 1);
  const odd = sizes.find(({ max }) => !isCount(max, maxTrips));
  if (odd !== undefined) add(bounds, place, `the size ${odd.max}`, wholeUpTo(maxTrips), part);
  else if (operand.dims.length > maxOperandDims)
    add(bounds, place, `${operand.dims.length} dimensions`, `at most ${maxOperandDims}`, part);
  else if (elements > maxOperandElements) {
    add(bounds, place, `an operand of up to ${elements} elements`, `at most ${maxOperandElements}`, part);
  }
  boundReach(bounds, operandReach(operand, bounds), place, part);
  for (const size of sizes) boundReach(bounds, extentReach(size, bounds), place, part);
  return elements;
}

/** Sums are exact as long as no part of one is larger than this. */
function boundReach(bounds: Bounds, reach: number, place: string, part: StreamPart): void {
  if (reach <= Number.MAX_SAFE_INTEGER) return;
  const found = Number.isNaN(reach) ? "a number that is not whole, or not exact" : `numbers that add up to ${reach}`;
  add(bounds, place, found, `integers, at most ${Number.MAX_SAFE_INTEGER}`, part);
}

/** NaN for numbers that are not whole, which no bound is above. */
const magnitude = (value: number): number => (Number.isSafeInteger(value) ? Math.abs(value) : Number.NaN);

function operandReach({ address, dims, dtype }: Operand, bounds: Bounds): number {
  let reach = affineReach(address.base, bounds);
  for (const { ring, scale } of address.rings) reach += magnitude(scale) * (bounds.stream.rings[ring]?.slots ?? 1);
  for (const { stride, size } of dims) reach += magnitude(stride) * dtypeBytes(dtype) * Math.max(1, size.max);
  return reach;
}

function affineReach({ constant, terms }: Affine, { trips }: Bounds): number {
  return terms.reduce(
    (sum, { loop, scale }) => sum + magnitude(scale) * Math.max(1, trips.get(loop) ?? 1),
    magnitude(constant),
  );
}

function extentReach({ max, limit }: Extent, bounds: Bounds): number {
  return limit === undefined ? magnitude(max) : affineReach(limit, bounds);
}

/** The outermost loop with the most iterations, to point at. */
function largestLoop({ queues }: Stream): StreamLoop | undefined {
  let largest: StreamLoop | undefined;
  const visit = (body: readonly StreamItem[]): void => {
    for (const item of body) {
      if (item.kind !== "loop") continue;
      if (largest === undefined || item.trips.max > largest.trips.max) largest = item;
      visit(item.body);
    }
  };
  for (const { body } of queues) visit(body);
  return largest;
}
