// Turns an instruction with loop indices and ring registers into the arguments of one execution. The stream's checker has
// a resolver of its own: it shares no code with what it checks.

import { type Affine, type Extent, evalAffine, evalExtent, evalFlag, type Flag } from "../../../ir-spec/affine.ts";
import { absentValue } from "../isa/args.ts";
import type { Field, OperandField, ResolvedArgs, ResolvedOperand } from "../isa/define.ts";
import { instDef } from "../isa/index.ts";
import { type StationaryOperands, stationaryNames } from "../isa/stationary.ts";
import type { Address, Argument, Instruction, Operand, OperandDim } from "../stream.ts";
import type { Registers } from "./program.ts";

type Value = ResolvedArgs["values"][string];
type Changing<T> = { -readonly [K in keyof T]: T[K] };

/** What of an instruction's arguments is the same in every execution, beside how to compute the rest. */
export interface Resolver {
  readonly operands: readonly OperandResolver[];
  readonly varying: readonly VaryingValue[];
  /** Of the execution that was resolved last: changed in place, as making them again would take longer than what they are for. */
  readonly args: { readonly operands: Record<string, ResolvedOperand>; readonly values: Record<string, Value> };
}

interface OperandResolver {
  readonly name: string;
  readonly address: Address;
  readonly partitions: Extent;
  /** Free dimensions. */
  readonly dims: readonly OperandDim[];
  readonly hasConstantSizes: boolean;
  /** Likewise changed in place. */
  readonly resolved: Changing<ResolvedOperand>;
}

type VaryingValue =
  | { readonly name: string; readonly flag: Exclude<Flag, boolean> }
  | { readonly name: string; readonly affine: Affine };

export function makeResolver({ inst, args }: Instruction): Resolver {
  const operands: OperandResolver[] = [];
  const varying: VaryingValue[] = [];
  const first: Resolver["args"] = { operands: {}, values: {} };
  for (const [name, field] of Object.entries(instDef(inst).fields)) {
    const argument = args[name];
    if (field.kind !== "operand") first.values[name] = constantValue(field, argument);
    if (argument?.kind === "operand") {
      const operand = makeOperandResolver(name, argument.operand);
      operands.push(operand);
      first.operands[name] = operand.resolved;
    }
    if (argument?.kind === "affine") varying.push({ name, affine: argument.affine });
    if (argument?.kind === "flag" && typeof argument.flag !== "boolean") varying.push({ name, flag: argument.flag });
  }
  return { operands, varying, args: first };
}

/** The value, if it is the same in every execution; else what stands in its place until the first one. */
function constantValue(field: Exclude<Field, OperandField>, argument: Argument | undefined): Value {
  if (argument?.kind === "value") return argument.value;
  return argument?.kind === "flag" && typeof argument.flag === "boolean" ? argument.flag : absentValue(field);
}

const oneRow: Extent = { max: 1 };
const isConstantSize = ({ size }: OperandDim): boolean => size.limit === undefined;
const largestSize = ({ size }: OperandDim): number => size.max;
const strideOf = ({ stride }: OperandDim): number => stride;

function makeOperandResolver(name: string, operand: Operand): OperandResolver {
  const isInHbm = operand.memory === "hbm";
  const rows = isInHbm ? operand.dims[0] : undefined;
  const dims = isInHbm ? operand.dims.slice(1) : operand.dims;
  const partitions = isInHbm ? (rows?.size ?? oneRow) : operand.partitions;
  const resolved: ResolvedOperand = {
    memory: operand.memory,
    dtype: operand.dtype,
    tensor: isInHbm ? operand.tensor : -1,
    startPartition: isInHbm ? 0 : operand.startPartition,
    partitions: partitions.max,
    partitionStride: rows?.stride ?? 0,
    addressBytes: 0,
    sizes: dims.map(largestSize),
    strides: dims.map(strideOf),
  };
  const hasConstantSizes = dims.every(isConstantSize);
  return { name, address: operand.address, partitions, dims, hasConstantSizes, resolved };
}

/** The arguments with the registers as they are: good until the instruction is resolved again. */
export function resolve({ operands, varying, args }: Resolver, registers: Registers): ResolvedArgs {
  const { indices } = registers;
  for (const operand of operands) resolveOperand(operand, registers);
  for (const value of varying) {
    args.values[value.name] = "flag" in value ? evalFlag(value.flag, indices) : evalAffine(value.affine, indices);
  }
  return args;
}

/** The same for an instruction that uses what the systolic array holds, which is there beside its own operands. */
export function resolveWithStationary(
  resolver: Resolver,
  registers: Registers,
  stationary: StationaryOperands,
): ResolvedArgs {
  const { operands } = resolver.args;
  for (const name of stationaryNames) {
    const operand = stationary[name];
    if (operand !== undefined) operands[name] = operand;
    else if (operands[name] !== undefined) delete operands[name];
  }
  return resolve(resolver, registers);
}

export function resolveArgs(inst: Instruction, registers: Registers): ResolvedArgs {
  return resolve(makeResolver(inst), registers);
}

function resolveOperand(resolver: OperandResolver, registers: Registers): void {
  const { address, partitions, dims, hasConstantSizes, resolved } = resolver;
  const { indices } = registers;
  resolved.addressBytes = resolveAddress(address, registers);
  resolved.partitions = evalExtent(partitions, indices);
  if (!hasConstantSizes) resolved.sizes = dims.map(({ size }) => evalExtent(size, indices));
}

export function resolveAddress(address: Address, { indices, rings }: Registers): number {
  let bytes = evalAffine(address.base, indices);
  for (const { ring, scale } of address.rings) bytes += scale * rings[ring]!;
  return bytes;
}

/** The different sizes of the instruction's operands that vary with loop indices: what its cost depends on. */
export function varyingExtents({ args }: Instruction): readonly Extent[] {
  const extents: Extent[] = [];
  for (const argument of Object.values(args)) {
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
