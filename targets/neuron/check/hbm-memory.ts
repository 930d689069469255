// HBM as the check sees it: one stretch of granules for each set of tensors that share bytes, mostly a single tensor.
// Tensors that nothing writes and that hold values from the start (weights above all) need no granules.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { problem } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { Stream, StreamTensor } from "../stream.ts";
import { write } from "./contents.ts";
import { describeBytes, describeRange } from "./describe.ts";
import { writtenAtStart } from "./events.ts";
import type { Findings } from "./findings.ts";
import type { CheckProgram, OperandUse } from "./program.ts";
import { gcd, type Reach, reachOf, touchesNothing } from "./reach.ts";
import type { Shadow } from "./shadow.ts";
import { makeEvenRegion, type ShadowRegion } from "./shadow-region.ts";
import { sharedSets } from "./shared-sets.ts";

/** Where a tensor's granules are; without a region its bytes are always there and never change. */
export interface TensorPlace {
  readonly region: ShadowRegion | undefined;
  /** Of the tensor's first byte, from the region's start. */
  readonly originBytes: number;
  readonly totalBytes: number;
}

export function tensorBytes(tensor: StreamTensor): number {
  return tensor.shape.reduce((product, size) => product * size, 1) * dtypeBytes(tensor.dtype);
}

function hasStartValue({ role }: StreamTensor): boolean {
  return role === "input" || role === "weight" || role === "state" || role === "constant";
}

/** Checks that tensors lie inside HBM, and those with a start value apart from each other. */
export function checkTensors(stream: Stream, machine: Machine, findings: Findings): void {
  const tensors = stream.tensors.map((tensor) => ({ tensor, end: tensor.addressBytes + tensorBytes(tensor) }));
  for (const { tensor, end } of tensors) {
    if (tensor.addressBytes >= 0 && end <= machine.hbmBytes) continue;
    const bytes = `bytes of tensor ${tensor.name} at ${describeRange(tensor.addressBytes, end)} of HBM`;
    const found = end - tensor.addressBytes;
    findings.add(bytes, problem("E0826", { what: bytes, found, expected: `all below ${machine.hbmBytes}` }), tensor);
  }
  const started = tensors.filter(({ tensor, end }) => hasStartValue(tensor) && end > tensor.addressBytes);
  started.sort((a, b) => a.tensor.addressBytes - b.tensor.addressBytes);
  for (const [at, right] of started.entries()) {
    const left = started[at - 1];
    if (left === undefined || left.end <= right.tensor.addressBytes) continue;
    const bytes = describeRange(right.tensor.addressBytes, Math.min(left.end, right.end));
    const names = { left: left.tensor.name, right: right.tensor.name };
    findings.add(`overlap ${names.left} ${names.right}`, problem("E0832", { ...names, bytes }), right.tensor, [
      { text: `${names.left} is here`, part: left.tensor, isPlaceOnly: true },
    ]);
  }
}

/** Makes the places of all tensors, by TensorId. */
export function makeHbmMemory(program: CheckProgram, shadow: Shadow): readonly TensorPlace[] {
  const { tensors } = program.stream;
  const users = operandsByTensor(program);
  const isWritten = (id: number) => users[id]?.some(({ role }) => role !== "read") ?? false;
  const places: TensorPlace[] = tensors.map((tensor) => ({
    region: undefined,
    originBytes: 0,
    totalBytes: tensorBytes(tensor),
  }));
  const ranges = tensors.map((tensor, id) => {
    const lowBytes = tensor.addressBytes;
    return { id, tensor, lowBytes, endBytes: lowBytes + tensorBytes(tensor), reaches: reachesOf(users[id], program) };
  });
  for (const members of sharedSets(ranges)) {
    const needsNone = members.every(({ id, tensor }) => hasStartValue(tensor) && !isWritten(id));
    if (!needsNone) placeSet(members, places, shadow);
  }
  return places;
}

interface PlacedTensor {
  readonly id: number;
  readonly tensor: StreamTensor;
  readonly lowBytes: number;
  readonly endBytes: number;
  /** Of the operands that lie in it. */
  readonly reaches: readonly Reach[];
}

/** Gives one region to tensors that share bytes, unless there are too many granules; `places` is filled in. */
function placeSet(members: readonly PlacedTensor[], places: TensorPlace[], shadow: Shadow): void {
  const first = members.reduce((low, { lowBytes }) => Math.min(low, lowBytes), Number.POSITIVE_INFINITY);
  const end = members.reduce((high, { endBytes }) => Math.max(high, endBytes), 0);
  const unitBytes = Math.max(
    1,
    members.reduce((bytes, member) => gcd(bytes, commonBytes(member, first)), 0),
  );
  if (!shadow.takeGranules((end - first) / unitBytes)) return;
  const region = makeEvenRegion(end - first, unitBytes);
  shadow.addRegion(region);
  for (const { id, tensor, lowBytes, endBytes } of members) {
    const originBytes = lowBytes - first;
    places[id] = { region, originBytes, totalBytes: endBytes - lowBytes };
    if (!hasStartValue(tensor)) continue;
    const state = { writer: writtenAtStart, contents: write([], 1, "value"), tensor: id, readers: [] };
    region.granules.fill(shadow.addState(state), originBytes / unitBytes, (endBytes - first) / unitBytes);
  }
}

/** Divides the tensor's ends and all that its operands touch, counted from `first`. */
function commonBytes({ lowBytes, endBytes, reaches }: PlacedTensor, first: number): number {
  return reaches.reduce(
    (bytes, reach) => gcd(gcd(bytes, reach.granuleBytes), lowBytes + reach.lowBytes - first),
    gcd(lowBytes - first, endBytes - first),
  );
}

/** By TensorId, the operands that lie in it. */
function operandsByTensor({ stream, sites }: CheckProgram): readonly (readonly OperandUse[])[] {
  const users: OperandUse[][] = stream.tensors.map(() => []);
  for (const { operands } of sites) {
    for (const use of operands) if (use.operand.memory === "hbm") users[use.operand.tensor]?.push(use);
  }
  return users;
}

function reachesOf(users: readonly OperandUse[] = [], { counts }: CheckProgram): readonly Reach[] {
  return users.filter(({ operand }) => !touchesNothing(operand)).map(({ operand }) => reachOf(operand, counts));
}

/** `hbm bytes 0x0..0x7f of tensor y`, for a run of granules of the tensor. */
export function describeTensorGranules(
  tensor: StreamTensor,
  place: TensorPlace,
  firstGranule: number,
  endGranule: number,
): string {
  const granuleBytes = place.region?.unitBytes ?? 1;
  const low = firstGranule * granuleBytes - place.originBytes;
  return describeBytes("hbm", low, endGranule * granuleBytes - place.originBytes, ` of tensor ${tensor.name}`);
}
