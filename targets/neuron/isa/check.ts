// Everything that can be wrong with one execution of one instruction: what follows from its fields, and its row's own rules.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import type { Memory } from "../../../ir-spec/base/memory.ts";
import { type Problem, problem } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { OperandField, ResolvedArgs, ResolvedOperand, UnitName } from "./define.ts";
import { type InstName, indexedFields, instDef, operandFields } from "./index.ts";
import { directArgs, isIndirect, wantIndices } from "./indirect.ts";

/** What each unit reaches. Source: AWS Neuron SDK documentation, NKI architecture guide, memory access of the engines. */
export const unitMemories: { readonly [U in UnitName]: readonly Memory[] } = {
  pe: ["sbuf", "psum"],
  act: ["sbuf", "psum"],
  dve: ["sbuf", "psum"],
  pool: ["sbuf"],
  sp: [],
  dma: ["hbm", "sbuf"],
};

/** Problems of an instruction on a unit, with its arguments resolved; none means that it is legal. */
export function checkInstruction(
  name: InstName,
  args: ResolvedArgs,
  unit: UnitName,
  machine: Machine,
): readonly Problem[] {
  const row = instDef(name);
  if (!row.units.includes(unit)) {
    return [problem("E0709", { inst: name, found: unit, expected: row.units.join(" or ") })];
  }
  if (row.needs !== undefined && machine[row.needs] === 0) {
    return [problem("E0714", { inst: name, machine: machine.name, field: row.needs })];
  }
  const problems: Problem[] = [];
  for (const [operandName, field] of operandFields(name)) {
    const operand = args.operands[operandName];
    if (operand === undefined) continue;
    problems.push(...checkField(operandName, operand, field, unit));
    if (operand.memory !== "hbm") problems.push(...checkChipOperand(operandName, operand, unit, machine));
    problems.push(...checkAlignment(operandName, operand));
  }
  const indexed = indexedFields(name);
  if (!isIndirect(indexed, args)) return [...problems, ...row.check(args, unit, machine)];
  return [
    ...problems,
    ...wantIndices(indexed, { inst: name, args, unit, machine }),
    ...row.check(directArgs(indexed, args), unit, machine),
  ];
}

function checkField(name: string, operand: ResolvedOperand, field: OperandField, unit: UnitName): readonly Problem[] {
  const problems: Problem[] = [];
  const memories = unitMemories[unit];
  if (!field.memories.includes(operand.memory) || !memories.includes(operand.memory)) {
    const reachable = field.memories.filter((memory) => memories.includes(memory));
    problems.push(problem("E0708", { operand: name, found: operand.memory, expected: reachable.join(" or ") }));
  }
  if (!field.dtypes.includes(operand.dtype)) {
    problems.push(problem("E0707", { operand: name, found: operand.dtype, expected: field.dtypes.join(" or ") }));
  }
  return problems;
}

/** The start rule, the number of dimensions, and that the operand lies within its memory. */
function checkChipOperand(
  name: string,
  operand: ResolvedOperand,
  unit: UnitName,
  machine: Machine,
): readonly Problem[] {
  const { startPartition: start, partitions, sizes } = operand;
  const multiple = unit === "dma" ? 1 : startMultiple(partitions, machine);
  const lastPartition = start + partitions - 1;
  const lastByte = memoryBytes(operand.memory, machine) - 1;
  const [first, end] = byteRange(operand);
  const problems: Problem[] = [];
  if (start % multiple !== 0) problems.push(problem("E0702", { operand: name, start, partitions, multiple }));
  if (sizes.length > machine.accessDims) {
    problems.push(problem("E0704", { operand: name, found: sizes.length, limit: machine.accessDims }));
  }
  if (lastPartition >= machine.partitions) {
    const limit = machine.partitions - 1;
    problems.push(problem("E0703", { operand: name, what: "partition", found: lastPartition, limit }));
  }
  if (end - 1 > lastByte)
    problems.push(problem("E0703", { operand: name, what: "byte", found: end - 1, limit: lastByte }));
  if (first < 0)
    problems.push(problem("E0703", { operand: name, what: "byte", found: first, limit: "nothing below 0" }));
  return problems;
}

/**
 * An operand of at most `partitionStartMultiple` partitions may start at each multiple of it, one of at most twice as
 * many at each multiple of twice it, and so on. Source: AWS Neuron SDK documentation, NKI access patterns: start 0, 32, 64
 * or 96 for up to 32 partitions, 0 or 64 for up to 64, else 0.
 */
export function startMultiple(partitions: number, machine: Machine): number {
  let multiple = machine.partitionStartMultiple;
  while (multiple < partitions) multiple *= 2;
  return multiple;
}

/** Bytes of one partition (B). */
function memoryBytes(memory: Memory, machine: Machine): number {
  if (memory === "sbuf") return machine.sbufBytesPerPartition;
  return machine.psumBanks * machine.psumBankBytesPerPartition;
}

/** First byte and one past the last that the operand touches in a partition (HBM: in the row at its address). */
export function byteRange(operand: ResolvedOperand): readonly [first: number, end: number] {
  const bytes = dtypeBytes(operand.dtype);
  let low = 0;
  let high = 0;
  for (let dim = 0; dim < operand.sizes.length; dim++) {
    const reach = (operand.sizes[dim]! - 1) * operand.strides[dim]!;
    if (reach < 0) low += reach;
    else high += reach;
  }
  return [operand.addressBytes + low * bytes, operand.addressBytes + (high + 1) * bytes];
}

function checkAlignment(name: string, { addressBytes, dtype }: ResolvedOperand): readonly Problem[] {
  const bytes = dtypeBytes(dtype);
  return addressBytes % bytes === 0 ? [] : [problem("E0713", { operand: name, found: addressBytes, bytes, dtype })];
}
