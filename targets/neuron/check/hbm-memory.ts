// HBM as the check sees it: one stretch of cells for each set of tensors that share bytes, mostly a single tensor.
// Tensors that nothing writes and that hold values from the start (weights above all) need no cells.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { problem } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { Stream, StreamTensor } from "../stream.ts";
import { writtenAtStart } from "./cell-state.ts";
import { write } from "./contents.ts";
import { describeBytes, describeRange } from "./describe.ts";
import type { Findings } from "./findings.ts";
import type { Program } from "./program.ts";
import type { Region, Shadow } from "./shadow.ts";

/** Where a tensor's cells are; without a region its bytes are always there and never change. */
export interface TensorPlace {
  readonly region: Region | undefined;
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
    findings.add(bytes, problem("E0826", { what: bytes, found, wanted: `all below ${machine.hbmBytes}` }), tensor);
  }
  const started = tensors.filter(({ tensor, end }) => hasStartValue(tensor) && end > tensor.addressBytes);
  started.sort((a, b) => a.tensor.addressBytes - b.tensor.addressBytes);
  for (const [at, right] of started.entries()) {
    const left = started[at - 1];
    if (left === undefined || left.end <= right.tensor.addressBytes) continue;
    const bytes = describeRange(right.tensor.addressBytes, Math.min(left.end, right.end));
    const names = { left: left.tensor.name, right: right.tensor.name };
    findings.add(`overlap ${names.left} ${names.right}`, problem("E0832", { ...names, bytes }), right.tensor, [
      { text: `${names.left} stands here`, part: left.tensor, isPlaceOnly: true },
    ]);
  }
}

/** Makes the places of all tensors, by TensorId. */
export function makeHbmMemory(program: Program, shadow: Shadow): readonly TensorPlace[] {
  const { tensors } = program.stream;
  const written = writtenTensors(program);
  const places: TensorPlace[] = tensors.map((tensor) => ({
    region: undefined,
    originBytes: 0,
    totalBytes: tensorBytes(tensor),
  }));
  for (const members of sharedSets(tensors)) {
    const needsNone = members.every((id) => hasStartValue(tensors[id]!) && !written.has(id));
    if (!needsNone) placeSet(members, tensors, places, shadow);
  }
  return places;
}

/** Gives one region to tensors that share bytes; `places` is filled in. */
function placeSet(
  members: readonly number[],
  tensors: readonly StreamTensor[],
  places: TensorPlace[],
  shadow: Shadow,
): void {
  const first = Math.min(...members.map((id) => tensors[id]!.addressBytes));
  const end = Math.max(...members.map((id) => tensors[id]!.addressBytes + places[id]!.totalBytes));
  const smallest = Math.min(...members.map((id) => dtypeBytes(tensors[id]!.dtype)));
  const isAligned = members.every((id) => (tensors[id]!.addressBytes - first) % smallest === 0);
  const cellBytes = isAligned ? smallest : 1;
  const region = shadow.addRegion(Math.ceil((end - first) / cellBytes), cellBytes);
  for (const id of members) {
    const tensor = tensors[id]!;
    const { totalBytes } = places[id]!;
    const originBytes = tensor.addressBytes - first;
    places[id] = { region, originBytes, totalBytes };
    if (!hasStartValue(tensor)) continue;
    const state = { writer: writtenAtStart, contents: write([], 1, "value"), tensor: id, readers: [] };
    region.cells.fill(shadow.addState(state), originBytes / cellBytes, (originBytes + totalBytes) / cellBytes);
  }
}

/** Tensors that some instruction writes. */
function writtenTensors({ sites }: Program): ReadonlySet<number> {
  const written = new Set<number>();
  for (const { operands, instruction } of sites) {
    for (const { name, role } of operands) {
      const argument = instruction.args[name];
      if (role === "read" || argument?.kind !== "operand" || argument.operand.memory !== "hbm") continue;
      written.add(argument.operand.tensor);
    }
  }
  return written;
}

/** Sets of tensors connected by shared bytes, found in one sweep over HBM by address. */
function sharedSets(tensors: readonly StreamTensor[]): readonly (readonly number[])[] {
  const byAddress = tensors.map((tensor, id) => ({ id, start: tensor.addressBytes, bytes: tensorBytes(tensor) }));
  byAddress.sort((a, b) => a.start - b.start || a.id - b.id);
  const sets: number[][] = [];
  let endOfSet = Number.NEGATIVE_INFINITY;
  for (const { id, start, bytes } of byAddress) {
    if (start < endOfSet) sets.at(-1)?.push(id);
    else sets.push([id]);
    endOfSet = Math.max(endOfSet, start + bytes);
  }
  return sets;
}

/** `hbm bytes 0x0..0x7f of tensor y`, for a run of cells of the tensor. */
export function describeTensorCells(
  tensor: StreamTensor,
  place: TensorPlace,
  firstCell: number,
  endCell: number,
): string {
  const cellBytes = place.region?.cellBytes ?? 1;
  const low = firstCell * cellBytes - place.originBytes;
  return describeBytes("hbm", low, endCell * cellBytes - place.originBytes, ` of tensor ${tensor.name}`);
}
