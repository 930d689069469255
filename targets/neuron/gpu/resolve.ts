// The arguments of an instruction with every number known, for one setting of its queue's loop indices and ring registers.

import { type Extent, evalAffine, evalExtent, evalFlag } from "../../../ir-spec/affine.ts";
import { completeValues } from "../isa/args.ts";
import type { ResolvedArgs, ResolvedOperand } from "../isa/define.ts";
import { instDef } from "../isa/index.ts";
import type { Address, Argument, Instruction, Operand } from "../stream.ts";

/** The loop indices and ring registers of one queue, by id; changed in place as it continues. */
export interface Registers {
  readonly indices: Int32Array;
  readonly rings: Int32Array;
}

/** Values that the instruction leaves out have their default. */
export function resolveArgs({ inst, args }: Instruction, registers: Registers): ResolvedArgs {
  const operands: Record<string, ResolvedOperand> = {};
  const given: Record<string, ResolvedArgs["values"][string]> = {};
  for (const [name, argument] of Object.entries(args)) {
    if (argument.kind === "operand") operands[name] = resolveOperand(argument.operand, registers);
    else given[name] = resolveValue(argument, registers);
  }
  return { operands, values: completeValues(instDef(inst).fields, given) };
}

function resolveValue(
  argument: Exclude<Argument, { kind: "operand" }>,
  { indices }: Registers,
): ResolvedArgs["values"][string] {
  switch (argument.kind) {
    case "value":
      return argument.value;
    case "flag":
      return evalFlag(argument.flag, indices);
    case "affine":
      return evalAffine(argument.affine, indices);
    case "sem":
      return argument.sem;
    default:
      return argument satisfies never;
  }
}

function resolveOperand(operand: Operand, registers: Registers): ResolvedOperand {
  const sizeOf = (size: Extent): number => evalExtent(size, registers.indices);
  const { memory, dtype } = operand;
  const addressBytes = addressOf(operand.address, registers);
  const sizes = operand.dims.map(({ size }) => sizeOf(size));
  const strides = operand.dims.map(({ stride }) => stride);
  if (operand.memory !== "hbm") {
    const { startPartition } = operand;
    const partitions = sizeOf(operand.partitions);
    return { memory, dtype, tensor: -1, startPartition, partitions, partitionStride: 0, addressBytes, sizes, strides };
  }
  const { tensor } = operand;
  const rows = { startPartition: 0, partitions: sizes[0] ?? 1, partitionStride: strides[0] ?? 0 };
  return { memory, dtype, tensor, ...rows, addressBytes, sizes: sizes.slice(1), strides: strides.slice(1) };
}

/** The byte address. */
export function addressOf({ base, rings }: Address, registers: Registers): number {
  let bytes = evalAffine(base, registers.indices);
  for (const { ring, scale } of rings) bytes += scale * registers.rings[ring]!;
  return bytes;
}
