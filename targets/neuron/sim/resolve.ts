// Turns an instruction with loop indices and ring registers into the arguments of one execution. The stream's checker has
// a resolver of its own: it shares no code with what it checks.

import { type Extent, evalAffine, evalExtent, evalFlag, type LoopIndices } from "../../../ir-spec/affine.ts";
import type { ResolvedArgs, ResolvedOperand } from "../isa/define.ts";
import type { Address, Argument, Instruction, Operand, OperandDim } from "../stream.ts";
import type { Registers } from "./program.ts";

function resolveAddress(address: Address, { indices, rings }: Registers): number {
  let bytes = evalAffine(address.base, indices);
  for (const { ring, scale } of address.rings) bytes += scale * rings[ring]!;
  return bytes;
}

const sizesOf = (dims: readonly OperandDim[], indices: LoopIndices): readonly number[] =>
  dims.map(({ size }) => evalExtent(size, indices));
const stridesOf = (dims: readonly OperandDim[]): readonly number[] => dims.map(({ stride }) => stride);

export function resolveOperand(operand: Operand, registers: Registers): ResolvedOperand {
  const { memory, dtype } = operand;
  const addressBytes = resolveAddress(operand.address, registers);
  if (operand.memory !== "hbm") {
    return {
      memory,
      dtype,
      tensor: -1,
      startPartition: operand.startPartition,
      partitions: evalExtent(operand.partitions, registers.indices),
      partitionStride: 0,
      addressBytes,
      sizes: sizesOf(operand.dims, registers.indices),
      strides: stridesOf(operand.dims),
    };
  }
  const [rows, ...free] = operand.dims;
  return {
    memory,
    dtype,
    tensor: operand.tensor,
    startPartition: 0,
    partitions: rows === undefined ? 1 : evalExtent(rows.size, registers.indices),
    partitionStride: rows?.stride ?? 0,
    addressBytes,
    sizes: sizesOf(free, registers.indices),
    strides: stridesOf(free),
  };
}

function resolveValue(argument: Argument, indices: LoopIndices): ResolvedArgs["values"][string] {
  switch (argument.kind) {
    case "value":
      return argument.value;
    case "flag":
      return evalFlag(argument.flag, indices);
    case "affine":
      return evalAffine(argument.affine, indices);
    case "operand":
    case "sem":
      return null;
    default:
      return argument satisfies never;
  }
}

export function resolveArgs(inst: Instruction, registers: Registers): ResolvedArgs {
  const operands: Record<string, ResolvedOperand> = {};
  const values: Record<string, ResolvedArgs["values"][string]> = {};
  for (const [name, argument] of Object.entries(inst.args)) {
    if (argument.kind === "operand") operands[name] = resolveOperand(argument.operand, registers);
    else values[name] = resolveValue(argument, registers.indices);
  }
  return { operands, values };
}

/** The different sizes of the instruction's operands that vary with loop indices: what its cost depends on. */
export function varyingExtents(inst: Instruction): readonly Extent[] {
  const extents: Extent[] = [];
  for (const argument of Object.values(inst.args)) {
    if (argument.kind !== "operand") continue;
    const { operand } = argument;
    for (const { size } of operand.dims) addVarying(extents, size);
    if (operand.memory !== "hbm") addVarying(extents, operand.partitions);
  }
  return extents;
}

function addVarying(extents: Extent[], size: Extent): void {
  if (size.limit !== undefined && !extents.some((known) => sameExtent(known, size))) extents.push(size);
}

function sameExtent(a: Extent, b: Extent): boolean {
  if (a.max !== b.max || a.limit === undefined || b.limit === undefined) return false;
  const { constant, terms } = b.limit;
  if (a.limit.constant !== constant || a.limit.terms.length !== terms.length) return false;
  return a.limit.terms.every(({ loop, scale }, index) => terms[index]?.loop === loop && terms[index]?.scale === scale);
}
