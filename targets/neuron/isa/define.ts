// The form of a row in THE INSTRUCTION TABLE. Assembler, verifier, allocator's and checker's view of what is read and
// written, simulator and ISA.md are functions of the row.

import type { AttrKind } from "../../../ir-spec/base/attr.ts";
import type { Dtype } from "../../../ir-spec/base/dtype.ts";
import type { Memory } from "../../../ir-spec/base/memory.ts";
import type { Problem } from "../../../ir-spec/base/result.ts";
import type { Machine, MachineKey } from "../../../ir-spec/machine.ts";

/** Where an instruction can run: an engine's queue, or any DMA queue. */
export type UnitName = "pe" | "act" | "dve" | "pool" | "sp" | "dma";

export interface OperandField {
  readonly kind: "operand";
  /**
   * `update` reads and writes the same place: an accumulator when the accumulate flag is set. `modify` reads and writes
   * the same place always: state, or a tile of which some elements stay as they are.
   */
  readonly role: "read" | "write" | "update" | "modify";
  readonly memories: readonly Memory[];
  readonly dtypes: readonly Dtype[];
  readonly optional?: true;
  /** Of `write`: whether some elements stay as they are, so that it is `modify` then; what is given decides, not where. */
  readonly keeps?: (args: ResolvedArgs) => boolean;
  /** The operand, where it is given, whose numbers pick this one's elements; see indirect.ts. */
  readonly indexedBy?: string;
  readonly summary: string;
}
export interface ValueField {
  readonly kind: "value";
  readonly attr: AttrKind;
}
export interface FlagField {
  readonly kind: "flag";
  readonly summary: string;
}
export interface SemField {
  readonly kind: "sem";
  readonly summary: string;
}
/** An integer, affine in the loop indices. */
export interface AffineField {
  readonly kind: "affine";
  readonly summary: string;
}
export type Field = OperandField | ValueField | FlagField | SemField | AffineField;

/** What an execution does with an operand. */
export function roleOf(
  { role, keeps }: { readonly role: OperandField["role"]; readonly keeps?: OperandField["keeps"] | undefined },
  args: ResolvedArgs,
): OperandField["role"] {
  return role === "write" && keeps?.(args) === true ? "modify" : role;
}

/** An operand with every number known: what one execution touches. */
export interface ResolvedOperand {
  readonly memory: Memory;
  readonly dtype: Dtype;
  /** HBM: the tensor. On chip -1. */
  readonly tensor: number;
  readonly startPartition: number;
  /** Rows: partitions on chip, the first dimension in HBM. */
  readonly partitions: number;
  /** HBM: elements between rows; on chip 0 (the next row is the next partition). */
  readonly partitionStride: number;
  /** Byte address within each partition, or within the tensor. */
  readonly addressBytes: number;
  readonly sizes: readonly number[];
  /** In elements of `dtype`. */
  readonly strides: readonly number[];
}

/** Elements that each partition holds of an operand. */
export function freeSize(operand: ResolvedOperand): number {
  let size = 1;
  for (const dim of operand.sizes) size *= dim;
  return size;
}

/** The arguments of one execution: operands resolved, flags and affine numbers evaluated. */
export interface ResolvedArgs {
  readonly operands: Readonly<Record<string, ResolvedOperand>>;
  /** Immediates, flags (as booleans) and affine numbers by field name. */
  readonly values: Readonly<Record<string, number | boolean | string | readonly number[] | readonly string[] | null>>;
}

/** Time of one execution, in cycles of the unit's clock. */
export interface Cycles {
  /** Until the unit can start the next instruction. */
  readonly issueCycles: number;
  /** From the start until the result can be used. */
  readonly latencyCycles: number;
  /** The same while the systolic array's clock is gated; without it that makes no difference. */
  readonly gated?: { readonly issueCycles: number; readonly latencyCycles: number };
  /** It may run after the previous instruction of its unit, so that only what sticks out delays the next one. */
  readonly runsBehind?: true;
  /** It runs so, or on its own, whichever ends sooner. */
  readonly mayRunBehind?: true;
  /** The function table that it needs; where another one is held, loading it costs `actTableLoadNs`. */
  readonly table?: string;
}

/** An operand's elements gathered into f64: `p` rows of `f` elements. */
export interface Block {
  readonly p: number;
  readonly f: number;
  readonly data: Float64Array;
}

/** What a DMA instruction moves, for the DMA model: `dst` and `src` have equally many elements. */
export interface TransferShape {
  readonly dst: ResolvedOperand;
  readonly src: ResolvedOperand;
  /** Further sources, which are moved to the same place. */
  readonly more?: readonly ResolvedOperand[];
  /** Rows in HBM are chosen by indices, so that no run goes beyond a row. */
  readonly isByRow?: true;
  /** Time of the descriptors relative to a copy's; 1 where it is not given. */
  readonly timeFactor?: number;
  /** The destination is read before it is written. */
  readonly readsDst?: true;
}

/** What an instruction does with the accumulators of its engine's lanes. Source: AWS Neuron SDK documentation, nki.isa.reduce_cmd. */
export type ReduceCmd = "idle" | "reset" | "reduce" | "reset_reduce" | "load_reduce";

export interface AccumulatorForm {
  /** The operand that the accumulators are read out to. */
  readonly column?: string;
  /** The command where `reduce_cmd` is left out; without it reset_reduce where there is a column, else idle. */
  readonly otherwise?: ReduceCmd;
}

export interface InstRow {
  /** Number in a binary image; never reused. */
  readonly opcode: number;
  readonly units: readonly UnitName[];
  readonly summary: string;
  /** Semantics in formula and constraints (markdown). */
  readonly detail: string;
  /** What `cycles` computes, as a formula of machine fields (markdown). */
  readonly cost: string;
  readonly source: string;
  /** The machine field that must not be 0: an ability that some generations lack. */
  readonly needs?: MachineKey;
  /** In the order of text and image. */
  readonly fields: Readonly<Record<string, Field>>;
  /**
   * What it does with the operand that the systolic array holds: holds its `src`, uses the stationary one, or destroys it.
   * For `use` the caller adds the stationary operand to `args.operands` and `blocks` under the name `stationary`; what else
   * was loaded with it to `args.operands` alone, see stationary.ts.
   */
  readonly weights?: "load" | "use" | "destroy";
  /**
   * What it does with the random generators of its engine: sets them from `src`, copies them to `dst`, or uses them for
   * `dst`. The caller adds them to `blocks` under the name `state`, a row for each partition of that operand, unless the
   * instruction has an operand of this name; what is done to that block stays.
   */
  readonly generators?: "set" | "get" | "use";
  /**
   * How it folds into the accumulators of its engine, see accumulators.ts. The caller adds them to `blocks` under the name
   * `accumulator`, [p, 1] for the partitions of `dst`; what is done to that block stays.
   */
  readonly accumulator?: AccumulatorForm;
  /** For `load`: the elements that are held, where they are not those of `src`. */
  readonly hold?: (blocks: Readonly<Record<string, Block>>, args: ResolvedArgs) => Block;
  /** DMA only, where it is not simply `src` to `dst`. */
  readonly transfer?: (args: ResolvedArgs, machine: Machine) => TransferShape;
  /**
   * Constraints beyond the fields' own: shapes that must match, limits of the machine. `checkInstruction` in check.ts
   * adds those that follow from the fields (memories, dtypes, start partitions).
   */
  readonly check: (args: ResolvedArgs, unit: UnitName, machine: Machine) => readonly Problem[];
  /** Compute units only; DMA time comes from the DMA model, tokens' from the queue model. */
  readonly cycles: (args: ResolvedArgs, unit: UnitName, machine: Machine) => Cycles;
  /**
   * Functional meaning in plain loops: reads the gathered operands, fills the written ones. For `update` operands the
   * block holds the old content when the accumulate flag is set, for `modify` operands always. The caller rounds to the
   * operands' dtypes.
   */
  readonly execute: (blocks: Readonly<Record<string, Block>>, args: ResolvedArgs, unit: UnitName) => void;
  /** Arithmetic operations of one execution, a multiply-add counting 2; only for what peak figures count (matmul). */
  readonly flops?: (args: ResolvedArgs) => number;
  readonly example: string;
}

export function defineInst<const R extends InstRow>(row: R): R {
  return row;
}
