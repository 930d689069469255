// Turns an instruction with loop indices and ring registers into the arguments of one execution. The stream's checker has
// a resolver of its own: it shares no code with what it checks.

import {
  type Affine,
  type Extent,
  evalAffine,
  evalExtent,
  evalFlag,
  type Flag,
  type LoopIndices,
} from "../../../ir-spec/affine.ts";
import type { ResolvedArgs, ResolvedOperand } from "../isa/define.ts";
import type { Address, Argument, Instruction, Operand, OperandDim } from "../stream.ts";
import type { Registers } from "./program.ts";

type Value = ResolvedArgs["values"][string];

/** What of an instruction's arguments is the same in every execution, beside how to compute the rest. */
export interface Resolver {
  readonly operands: readonly OperandResolver[];
  /** Those that do not vary; of the others some value. */
  readonly values: ResolvedArgs["values"];
  readonly varying: readonly VaryingValue[];
}

interface OperandResolver {
  readonly name: string;
  readonly address: Address;
  readonly partitions: Extent;
  /** Free dimensions. */
  readonly dims: readonly OperandDim[];
  readonly hasConstantSizes: boolean;
  /** With its largest sizes, at address 0. */
  readonly largest: ResolvedOperand;
}

type VaryingValue =
  | { readonly name: string; readonly flag: Exclude<Flag, boolean> }
  | { readonly name: string; readonly affine: Affine };

export function makeResolver({ args }: Instruction): Resolver {
  const operands: OperandResolver[] = [];
  const values: Record<string, Value> = {};
  const varying: VaryingValue[] = [];
  for (const name of Object.keys(args)) {
    const argument = args[name]!;
    if (argument.kind === "operand") {
      operands.push(makeOperandResolver(name, argument.operand));
      continue;
    }
    values[name] = constantValue(argument);
    if (argument.kind === "affine") varying.push({ name, affine: argument.affine });
    if (argument.kind === "flag" && typeof argument.flag !== "boolean") varying.push({ name, flag: argument.flag });
  }
  return { operands, values, varying };
}

function constantValue(argument: Argument): Value {
  if (argument.kind === "value") return argument.value;
  return argument.kind === "flag" && typeof argument.flag === "boolean" ? argument.flag : null;
}

const oneRow: Extent = { max: 1 };

function makeOperandResolver(name: string, operand: Operand): OperandResolver {
  const isInHbm = operand.memory === "hbm";
  const rows = isInHbm ? operand.dims[0] : undefined;
  const dims = isInHbm ? operand.dims.slice(1) : operand.dims;
  const partitions = isInHbm ? (rows?.size ?? oneRow) : operand.partitions;
  const largest: ResolvedOperand = {
    memory: operand.memory,
    dtype: operand.dtype,
    tensor: isInHbm ? operand.tensor : -1,
    startPartition: isInHbm ? 0 : operand.startPartition,
    partitions: partitions.max,
    partitionStride: rows?.stride ?? 0,
    addressBytes: 0,
    sizes: dims.map(({ size }) => size.max),
    strides: dims.map(({ stride }) => stride),
  };
  const hasConstantSizes = dims.every(({ size }) => size.limit === undefined);
  return { name, address: operand.address, partitions, dims, hasConstantSizes, largest };
}

/** The arguments with the registers as they stand, and with the operands that the systolic array holds, if given. */
export function resolve(resolver: Resolver, registers: Registers, held?: ResolvedArgs["operands"]): ResolvedArgs {
  const operands: Record<string, ResolvedOperand> = {};
  for (const operand of resolver.operands) operands[operand.name] = resolveOperand(operand, registers);
  if (held !== undefined) Object.assign(operands, held);
  return { operands, values: resolveValues(resolver, registers.indices) };
}

export function resolveArgs(inst: Instruction, registers: Registers): ResolvedArgs {
  return resolve(makeResolver(inst), registers);
}

function resolveOperand(resolver: OperandResolver, registers: Registers): ResolvedOperand {
  const { address, partitions, dims, hasConstantSizes, largest } = resolver;
  const { indices } = registers;
  return {
    memory: largest.memory,
    dtype: largest.dtype,
    tensor: largest.tensor,
    startPartition: largest.startPartition,
    partitions: evalExtent(partitions, indices),
    partitionStride: largest.partitionStride,
    addressBytes: resolveAddress(address, registers),
    sizes: hasConstantSizes ? largest.sizes : dims.map(({ size }) => evalExtent(size, indices)),
    strides: largest.strides,
  };
}

function resolveAddress(address: Address, { indices, rings }: Registers): number {
  let bytes = evalAffine(address.base, indices);
  for (const { ring, scale } of address.rings) bytes += scale * rings[ring]!;
  return bytes;
}

function resolveValues({ values, varying }: Resolver, indices: LoopIndices): ResolvedArgs["values"] {
  if (varying.length === 0) return values;
  const resolved = { ...values };
  for (const value of varying) {
    resolved[value.name] = "flag" in value ? evalFlag(value.flag, indices) : evalAffine(value.affine, indices);
  }
  return resolved;
}

/** The different sizes of the instruction's operands that vary with loop indices: what its cost depends on. */
export function varyingExtents({ operands }: Resolver): readonly Extent[] {
  const extents: Extent[] = [];
  for (const { partitions, dims } of operands) {
    addVarying(extents, partitions);
    for (const { size } of dims) addVarying(extents, size);
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
