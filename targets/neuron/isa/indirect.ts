// Operands of which indices pick the elements: an instruction reads or writes [p, k] of a tile [p, n], the same k in each
// partition.
// The rows of the table know nothing of it: their rules and meanings get the picked elements as the operand.

import { isFloat } from "../../../ir-spec/base/dtype.ts";
import type { Memory } from "../../../ir-spec/base/memory.ts";
import { type Problem, problem } from "../../../ir-spec/base/result.ts";
import { operandField } from "./args.ts";
import { wantShape } from "./constraints.ts";
import {
  type Block,
  type Blocks,
  freeSize,
  type OperandField,
  type ResolvedArgs,
  type ResolvedOperand,
} from "./define.ts";
import type { OperatorUse } from "./operator-rules.ts";

const anywhere = { memories: ["sbuf", "psum"], count: "k" } as const;

/** The field of the indices of another operand: where they may lie, and how their number is called. */
export function indexField(
  name: string,
  { memories, count }: { readonly memories: readonly Memory[]; readonly count: string } = anywhere,
) {
  const summary = `the places in ${name} of its elements, the same in each partition, [1, ${count}]`;
  return { ...operandField("read", memories, ["i32"], summary), optional: true } as const;
}

/** For the sections of instructions. Source of the rules: AWS Neuron SDK documentation, NKI guide for Trainium3, indirect access. */
export const indirectText = (name: string): string =>
  `With \`${name}_index\`, \`${name}[p, ${name}_index[0, f]]\` stands for \`${name}[p, f]\`, where the machine has \`indirectAccess\`. Assumed: indices are i32 in one partition, at the start of a group of \`partitionStartMultiple\`; it takes no more time; an index beyond ${name} gives NaN, 0 in integers.`;

/** A result that indices may scatter; its other elements stay as they are. */
export function scatteredField<const F extends OperandField>(field: F) {
  return { ...field, indexedBy: "dst_index" } as const;
}

export const scatterText =
  "With `dst_index`, the result's element (p, f) goes to `dst[p, dst_index[0, f]]`; the other elements of dst stay as they are, so all of it must have been written before. The scalar engine does not scatter into PSUM. Assumed: of equal indices the last one counts, and what goes beyond dst is lost.";

/** An operand that another one may have indices for. */
export interface IndexedOperand {
  readonly name: string;
  readonly index: string;
  readonly isWritten: boolean;
}

export function indexedOperands(fields: readonly (readonly [string, OperandField])[]): readonly IndexedOperand[] {
  return fields.flatMap(([name, { indexedBy: index, role }]): IndexedOperand[] =>
    index === undefined ? [] : [{ name, index, isWritten: role !== "read" }],
  );
}

export function isIndirect(indexed: readonly IndexedOperand[], { operands }: ResolvedArgs): boolean {
  for (const { index } of indexed) if (operands[index] !== undefined) return true;
  return false;
}

/** An operand as those see it that get the elements which indices pick. */
export function pickedOperand(operand: ResolvedOperand, indices: ResolvedOperand): ResolvedOperand {
  return { ...operand, sizes: [freeSize(indices)], strides: [1] };
}

/** The arguments as a row's rules see them: an operand with indices has their number of elements, and they are none. */
export function directArgs(indexed: readonly IndexedOperand[], args: ResolvedArgs): ResolvedArgs {
  if (!isIndirect(indexed, args)) return args;
  const operands: Record<string, ResolvedOperand> = { ...args.operands };
  for (const { name, index } of indexed) {
    const [operand, indices] = [operands[name], operands[index]];
    if (operand !== undefined && indices !== undefined) operands[name] = pickedOperand(operand, indices);
    delete operands[index];
  }
  return { ...args, operands };
}

/** Indices need a machine that takes them, and are a row. */
export function wantIndices(
  indexed: readonly IndexedOperand[],
  { inst, args, unit, machine }: OperatorUse,
): readonly Problem[] {
  return indexed.flatMap(({ name, index, isWritten }) => {
    const operand = args.operands[index];
    if (operand === undefined) return [];
    const isUnreachable = isWritten && unit === "act" && args.operands[name]?.memory === "psum";
    const lacking = { inst: `${inst} with ${index}`, machine: machine.name, field: "indirectAccess" };
    return [
      ...(isUnreachable ? [problem("E0708", { operand: name, found: "psum", expected: `sbuf, with ${index}` })] : []),
      ...(machine.indirectAccess === 0 ? [problem("E0714", lacking)] : []),
      ...wantShape(args, index, 1, freeSize(operand)),
    ];
  });
}

/** The blocks as a row's meaning sees them. */
export function directBlocks(indexed: readonly IndexedOperand[], blocks: Blocks, { operands }: ResolvedArgs): Blocks {
  const picked = indexed.flatMap(({ name, index }): [string, Block][] => {
    const [tile, indices] = [blocks[name], blocks[index]];
    const otherwise = isFloat(operands[name]?.dtype ?? "f32") ? Number.NaN : 0;
    return tile === undefined || indices === undefined ? [] : [[name, pick(tile, indices, otherwise)]];
  });
  return picked.length === 0 ? blocks : { ...blocks, ...Object.fromEntries(picked) };
}

/** Puts the elements of a result with indices where those say. */
export function putBack(indexed: readonly IndexedOperand[], blocks: Blocks, direct: Blocks): void {
  for (const { name, index, isWritten } of indexed) {
    const [tile, made, indices] = [blocks[name], direct[name], blocks[index]];
    if (!isWritten || tile === undefined || made === undefined || indices === undefined) continue;
    for (let at = 0; at < made.data.length; at++) {
      const [row, place] = [Math.floor(at / made.f), indices.data[at % made.f]!];
      if (place >= 0 && place < tile.f) tile.data[row * tile.f + place] = made.data[at]!;
    }
  }
}

/** `otherwise` is used where there is no such element. */
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
