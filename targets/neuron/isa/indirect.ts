// Operands of which indices pick the elements: an instruction reads [p, k] of a tile [p, n], the same k in each partition.
// The rows of the table know nothing of it: their rules and meanings get the picked elements as the operand.

import { isFloat } from "../../../ir-spec/base/dtype.ts";
import { type Problem, problem } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { operandField } from "./args.ts";
import { wantShape } from "./constraints.ts";
import { type Block, freeSize, type OperandField, type ResolvedArgs, type ResolvedOperand } from "./define.ts";

/** The field of the indices of another operand. */
export function indexField(name: string) {
  const summary = `the places in ${name} of its elements, the same in each partition, [1, k]`;
  return { ...operandField("read", ["sbuf", "psum"], ["i32"], summary), optional: true } as const;
}

/** For the sections of instructions. Source of the rules: AWS Neuron SDK documentation, NKI guide for Trainium3, indirect access. */
export const indirectText = (name: string): string =>
  `With \`${name}_index\`, \`${name}[p, ${name}_index[0, f]]\` stands for \`${name}[p, f]\`, where the machine has \`indirectAccess\`. Assumed: indices are i32 in one partition, at the start of a group of \`partitionStartMultiple\`; it takes no more time; an index beyond ${name} gives NaN, 0 in integers.`;

/** An operand that another one may have indices for: their names. */
export type IndexedOperand = readonly [name: string, index: string];

export function indexedOperands(fields: readonly (readonly [string, OperandField])[]): readonly IndexedOperand[] {
  return fields.flatMap(([name, { indexedBy }]): IndexedOperand[] =>
    indexedBy === undefined ? [] : [[name, indexedBy]],
  );
}

export function isIndirect(indexed: readonly IndexedOperand[], { operands }: ResolvedArgs): boolean {
  for (const [, index] of indexed) if (operands[index] !== undefined) return true;
  return false;
}

/** The arguments as a row's rules see them: an operand with indices has their number of elements, and they are none. */
export function directArgs(indexed: readonly IndexedOperand[], args: ResolvedArgs): ResolvedArgs {
  if (!isIndirect(indexed, args)) return args;
  const operands: Record<string, ResolvedOperand> = { ...args.operands };
  for (const [name, index] of indexed) {
    const [operand, indices] = [operands[name], operands[index]];
    if (operand !== undefined && indices !== undefined) {
      operands[name] = { ...operand, sizes: [freeSize(indices)], strides: [1] };
    }
    delete operands[index];
  }
  return { ...args, operands };
}

/** Indices need a machine that takes them, and are a row. */
export function wantIndices(
  inst: string,
  indexed: readonly IndexedOperand[],
  args: ResolvedArgs,
  machine: Machine,
): readonly Problem[] {
  return indexed.flatMap(([, index]) => {
    const operand = args.operands[index];
    if (operand === undefined) return [];
    const lacking = { inst: `${inst} with ${index}`, machine: machine.name, field: "indirectAccess" };
    return [
      ...(machine.indirectAccess === 0 ? [problem("E0714", lacking)] : []),
      ...wantShape(args, index, 1, freeSize(operand)),
    ];
  });
}

/** The blocks as a row's meaning sees them. */
export function directBlocks(
  indexed: readonly IndexedOperand[],
  blocks: Readonly<Record<string, Block>>,
  { operands }: ResolvedArgs,
): Readonly<Record<string, Block>> {
  const picked = indexed.flatMap(([name, index]): [string, Block][] => {
    const [tile, indices] = [blocks[name], blocks[index]];
    const otherwise = isFloat(operands[name]?.dtype ?? "f32") ? Number.NaN : 0;
    return tile === undefined || indices === undefined ? [] : [[name, pick(tile, indices, otherwise)]];
  });
  return picked.length === 0 ? blocks : { ...blocks, ...Object.fromEntries(picked) };
}

/** `otherwise` stands where there is no such element. */
function pick({ p, f: elements, data }: Block, { f, data: indices }: Block, otherwise: number): Block {
  const picked = new Float64Array(p * f);
  for (let row = 0; row < p; row++) {
    for (let at = 0; at < f; at++) {
      const place = indices[at]!;
      picked[row * f + at] = place >= 0 && place < elements ? data[row * elements + place]! : otherwise;
    }
  }
  return { p, f, data: picked };
}
