// One execution of one instruction without a stream: resolved operands, random blocks, and what the row's `execute` makes of them.
import { type Dtype, roundTo } from "../../../ir-spec/base/dtype.ts";
import type { Memory } from "../../../ir-spec/base/memory.ts";
import type { Problem } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { completeValues } from "../../../targets/neuron/isa/args.ts";
import { checkInstruction } from "../../../targets/neuron/isa/check.ts";
import type { Block, InstRow, ResolvedArgs, ResolvedOperand, UnitName } from "../../../targets/neuron/isa/define.ts";
import { type InstName, instDef } from "../../../targets/neuron/isa/index.ts";

/** Numbers in [-4, 4) that are the same in every run. Source: Numerical Recipes, the quick linear congruential generator. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 32) * 8 - 4;
  };
}

/** A tile of `p` partitions by `f` elements at the start of its memory. */
export function tile(dtype: Dtype, p: number, f: number, given: Partial<ResolvedOperand> = {}): ResolvedOperand {
  const memory: Memory = given.memory ?? "sbuf";
  return {
    memory,
    dtype,
    tensor: memory === "hbm" ? 0 : -1,
    startPartition: 0,
    partitions: p,
    partitionStride: memory === "hbm" ? f : 0,
    addressBytes: 0,
    sizes: [f],
    strides: [1],
    ...given,
  };
}

export function makeArgs(
  operands: Readonly<Record<string, ResolvedOperand>>,
  values: ResolvedArgs["values"] = {},
): ResolvedArgs {
  return { operands, values };
}

/** The arguments as the instruction's row sees them: what they leave out has its default. */
export function withDefaults(name: InstName, { operands, values }: ResolvedArgs): ResolvedArgs {
  return { operands, values: completeValues(instDef(name).fields, values) };
}

/** The problems of an execution, some of whose values may be left out. */
export function problemsOf(name: InstName, args: ResolvedArgs, unit: UnitName, machine: Machine): readonly Problem[] {
  return checkInstruction(name, withDefaults(name, args), unit, machine);
}

/** The time of one, likewise. */
export function cyclesOf(...[name, args, unit, machine]: Parameters<typeof problemsOf>): ReturnType<InstRow["cycles"]> {
  return instDef(name).cycles(withDefaults(name, args), unit, machine);
}

/** Blocks with random elements of each operand's dtype. */
export function randomBlocks({ operands }: ResolvedArgs, seed: number): Readonly<Record<string, Block>> {
  const next = randomNumbers(seed);
  const blocks: Record<string, Block> = {};
  for (const [name, { dtype, partitions: p, sizes }] of Object.entries(operands)) {
    const f = sizes.reduce((product, size) => product * size, 1);
    blocks[name] = { p, f, data: Float64Array.from({ length: p * f }, () => roundTo(dtype, next())) };
  }
  return blocks;
}

/** Runs the row on copies of the blocks; returns the result's elements, unrounded. */
export function execute(
  name: InstName,
  args: ResolvedArgs,
  blocks: Readonly<Record<string, Block>>,
  unit: UnitName,
): Float64Array {
  const copies = Object.fromEntries(
    Object.entries(blocks).map(([key, block]) => [key, { ...block, data: block.data.slice() }]),
  );
  instDef(name).execute(copies, withDefaults(name, args), unit);
  return copies.dst?.data ?? new Float64Array();
}
