// Cases of single instructions: operands, immediates, and what must come out, said once more in plain loops.
import type { Block, ResolvedArgs, ResolvedOperand, UnitName } from "../../../targets/neuron/isa/define.ts";
import { type InstName, indexedFields, instDef } from "../../../targets/neuron/isa/index.ts";
import { directArgs, directBlocks, putBack } from "../../../targets/neuron/isa/indirect.ts";
import { withDefaults } from "./isa-fixtures.ts";

export type Blocks = Readonly<Record<string, Block>>;

export interface InstCase {
  readonly name: InstName;
  readonly unit: UnitName;
  readonly operands: Readonly<Record<string, ResolvedOperand>>;
  readonly values?: ResolvedArgs["values"];
  /** Puts in what random numbers cannot be. */
  readonly prepare?: (blocks: Blocks) => void;
  /** The elements of each operand that is written, from the operands as they were. */
  readonly expected: (blocks: Blocks) => Readonly<Record<string, Float64Array>>;
}

/** The tile that holds `each(i, j)`. */
export function fill(rows: number, columns: number, each: (i: number, j: number) => number): Float64Array {
  const data = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) data[i * columns + j] = each(i, j);
  return data;
}

export const element = (block: Block | undefined, i: number, j = 0): number =>
  block?.data[i * block.f + j] ?? Number.NaN;

/** The elements of a row. */
export const rowOf = (block: Block | undefined, i: number): number[] =>
  Array.from(block?.data.subarray(i * block.f, (i + 1) * block.f) ?? []);

/** Runs the row on copies of the blocks, those with indices picked by them; returns all of the copies. */
export function executeAll(name: InstName, args: ResolvedArgs, blocks: Blocks, unit: UnitName): Blocks {
  const copies = Object.fromEntries(
    Object.entries(blocks).map(([key, block]) => [key, { ...block, data: block.data.slice() }]),
  );
  const indexed = indexedFields(name);
  const direct = directBlocks(indexed, copies, args);
  instDef(name).execute(direct, directArgs(indexed, withDefaults(name, args)), unit);
  putBack(indexed, copies, direct);
  return copies;
}
