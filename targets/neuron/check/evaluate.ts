// What index expressions mean, written here a second time so that a mistake in the compiler's own evaluation is found.
// Loop indices count from 0 by 1; a ring register counts the steps of its loops modulo its slots, from the start of the
// queue's program to its end.

import type { Affine, Extent, Flag } from "../../../ir-spec/affine.ts";
import type { ResolvedArgs, ResolvedOperand } from "../isa/define.ts";
import type { Address, Operand } from "../stream.ts";
import type { Site } from "./program.ts";

/** The counters of one queue: indices by loop, registers by ring. */
export interface Counters {
  readonly indices: Int32Array;
  readonly registers: Int32Array;
}

export function affineValue(affine: Affine, counters: Counters): number {
  let sum = affine.constant;
  for (const step of affine.terms) sum += counters.indices[step.loop]! * step.scale;
  return sum;
}

/** A size is never negative and never above its `max`. */
export function extentValue(size: Extent, counters: Counters): number {
  if (size.limit === undefined) return Math.max(size.max, 0);
  const left = affineValue(size.limit, counters);
  if (left <= 0) return 0;
  return Math.min(left, size.max);
}

export function flagValue(flag: Flag, counters: Counters): boolean {
  if (flag === true || flag === false) return flag;
  for (const loop of flag.notFirst) if (counters.indices[loop] !== 0) return true;
  return false;
}

export function addressValue(address: Address, counters: Counters): number {
  let bytes = affineValue(address.base, counters);
  for (const part of address.rings) bytes += counters.registers[part.ring]! * part.scale;
  return bytes;
}

/** On chip the operand is where it lies; in HBM it has address 0. */
export function resolveOperand(operand: Operand, counters: Counters): ResolvedOperand {
  const sizes = operand.dims.map((dim) => extentValue(dim.size, counters));
  const strides = operand.dims.map((dim) => dim.stride);
  const { memory, dtype } = operand;
  if (operand.memory === "hbm") {
    const [partitions = 1, ...freeSizes] = sizes;
    const [partitionStride = 0, ...freeStrides] = strides;
    const rows = { tensor: operand.tensor, startPartition: 0, partitions, partitionStride };
    return { memory, dtype, ...rows, addressBytes: 0, sizes: freeSizes, strides: freeStrides };
  }
  const addressBytes = addressValue(operand.address, counters);
  const partitions = extentValue(operand.partitions, counters);
  const rows = { tensor: -1, startPartition: operand.startPartition, partitions, partitionStride: 0 };
  return { memory, dtype, ...rows, addressBytes, sizes, strides };
}

/** The arguments of one execution; values that the instruction leaves out have their default. */
export function resolveArguments(site: Site, counters: Counters): ResolvedArgs {
  const operands: Record<string, ResolvedOperand> = {};
  const values: Record<string, ResolvedArgs["values"][string]> = {};
  for (const [name, field] of Object.entries(site.row.fields)) {
    const argument = site.instruction.args[name];
    if (argument === undefined) {
      if (field.kind === "value") values[name] = field.attr.default ?? null;
      if (field.kind === "flag") values[name] = false;
    } else if (argument.kind === "operand") operands[name] = resolveOperand(argument.operand, counters);
    else if (argument.kind === "flag") values[name] = flagValue(argument.flag, counters);
    else if (argument.kind === "affine") values[name] = affineValue(argument.affine, counters);
    else if (argument.kind === "value") values[name] = argument.value;
    else values[name] = argument.sem;
  }
  return { operands, values };
}
