// The form of a row in THE INSTRUCTION TABLE. Assembler, verifier, allocator's and checker's view of what is read and
// written, simulator and ISA.md are functions of the row.

import type { AttrKind, AttrOf } from "../../../ir-spec/base/attr.ts";
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
  /**
   * The operand, where it is given, whose numbers pick this one's elements; see indirect.ts. Of one that is written the others stay as they
   * are, so that it is `modify` then.
   */
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
export type Fields = Readonly<Record<string, Field>>;

/** What an execution does with an operand of a row, whose name is given. */
export function roleOf(
  { fields, keeps }: Pick<InstRow, "fields" | "keeps">,
  name: string,
  args: ResolvedArgs,
): OperandField["role"] {
  const field = fields[name];
  if (field?.kind !== "operand") return "read";
  if (field.role !== "write") return field.role;
  const isScattered = field.indexedBy !== undefined && args.operands[field.indexedBy] !== undefined;
  return isScattered || (name === "dst" && keeps?.(args) === true) ? "modify" : "write";
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

/** An immediate, a flag (as a boolean) or an affine number, with its number known. */
export type FieldValue = number | boolean | string | readonly number[] | readonly string[] | null;

/** The arguments of one execution: operands resolved, flags and affine numbers evaluated. What is left out has its default. */
export interface ResolvedArgs {
  readonly operands: Readonly<Record<string, ResolvedOperand>>;
  readonly values: Readonly<Record<string, FieldValue>>;
}

type Optional = { readonly optional: true };

/** Something for each operand among fields. */
type ForOperands<F extends Fields, T> = {
  readonly [N in keyof F as F[N] extends OperandField ? N : never]: F[N] extends Optional ? T | undefined : T;
};

type ValueOf<F> = F extends { readonly kind: "value"; readonly attr: infer A }
  ? AttrOf<A>
  : F extends { readonly kind: "flag" }
    ? boolean
    : number;

type WeightsUse = "load" | "use" | "destroy";
type GeneratorsUse = "set" | "get" | "use";

/** The stationary operand is missing where an instruction is checked by itself. */
type StationaryArgs = {
  readonly [N in "stationary" | "stationary_scales" | "stationary_index"]: ResolvedOperand | undefined;
};

/** The arguments of one execution by the fields of its row. Optional operands may be absent; values without a default are `null` then. */
export interface ArgsOf<F extends Fields, W = undefined> {
  readonly operands: ForOperands<F, ResolvedOperand> & (W extends "use" ? StationaryArgs : unknown);
  readonly values: { readonly [N in keyof F as F[N] extends OperandField ? never : N]: ValueOf<F[N]> };
}

/** The same of which nothing is known, as what several rows share takes it. */
export interface AnyOperands {
  readonly operands: Readonly<Record<string, ResolvedOperand | undefined>>;
}
export interface AnyArgs extends AnyOperands {
  readonly values: Readonly<Record<string, FieldValue>>;
}

/** Arguments with some operands, by name. */
export interface Has<N extends string> {
  readonly operands: { readonly [K in N]: ResolvedOperand };
}
/** With operands that may be left out. */
export interface MayHave<N extends string> {
  readonly operands: { readonly [K in N]: ResolvedOperand | undefined };
}
/** With some values of a type. */
export interface HasValues<N extends string, T> {
  readonly values: { readonly [K in N]: T };
}

/** The names of arguments' operands, and of values of a type. */
export type OperandName<A extends AnyOperands> = keyof A["operands"] & string;
export type ValueName<A extends AnyArgs, T> = {
  [N in keyof A["values"]]: A["values"][N] extends T ? N : never;
}[keyof A["values"]] &
  string;

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

export type Blocks = Readonly<Record<string, Block | undefined>>;

/** An execution's blocks by the fields of its row, with what the engine keeps. Accumulators may be left alone where a command says so. */
export type BlocksOf<F extends Fields, W = undefined, G = undefined, A = undefined> = ForOperands<F, Block> &
  (W extends "use" ? { readonly stationary: Block } : unknown) &
  (G extends GeneratorsUse ? { readonly state: Block } : unknown) &
  (A extends AccumulatorForm
    ? { readonly accumulator: F extends { readonly reduce_cmd: Field } ? Block | undefined : Block }
    : unknown);

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

export interface AccumulatorForm<N extends string = string> {
  /** The operand that the accumulators are read out to. */
  readonly column?: N;
  /** The command where `reduce_cmd` is left out; without it reset_reduce where there is a column, else idle. */
  readonly otherwise?: ReduceCmd;
}

/** A row with fields F; W, G and A say what it does with what its engine keeps. `execute` and the like take `Args` and `Given`. */
interface RowForm<F extends Fields, W, G, A, Args, Given> {
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
  readonly fields: F;
  /**
   * What it does with the operand that the systolic array holds: holds its `src`, uses the stationary one, or destroys it.
   * For `use` the caller adds the stationary operand to `args.operands` and `blocks` under the name `stationary`; what else
   * was loaded with it to `args.operands` alone, see stationary.ts.
   */
  readonly weights?: W;
  /**
   * What it does with the random generators of its engine: sets them from `src`, copies them to `dst`, or uses them for
   * `dst`. The caller adds them to `blocks` under the name `state`, a row for each partition of that operand, unless the
   * instruction has an operand of this name; what is done to that block stays.
   */
  readonly generators?: G;
  /**
   * How it folds into the accumulators of its engine, see accumulators.ts. The caller adds them to `blocks` under the name
   * `accumulator`, [p, 1] for the partitions of `dst`; what is done to that block stays.
   */
  readonly accumulator?: A;
  /** For `load`: the elements that are held, where they are not those of `src`. */
  readonly hold?: (blocks: Given, args: Args) => Block;
  /** Whether some elements of `dst`, which is written, stay as they are, so that it is `modify` then; what is given decides, not where. */
  readonly keeps?: (args: Args) => boolean;
  /** DMA only, where it is not simply `src` to `dst`. */
  readonly transfer?: (args: Args, machine: Machine) => TransferShape;
  /**
   * Constraints beyond the fields' own: shapes that must match, limits of the machine. `checkInstruction` in check.ts
   * adds those that follow from the fields (memories, dtypes, start partitions).
   */
  readonly check: (args: Args, unit: UnitName, machine: Machine) => readonly Problem[];
  /** Compute units only; DMA time comes from the DMA model, tokens' from the queue model. */
  readonly cycles: (args: Args, unit: UnitName, machine: Machine) => Cycles;
  /**
   * Functional meaning in plain loops: reads the gathered operands, fills the written ones. For `update` operands the
   * block holds the old content when the accumulate flag is set, for `modify` operands always. The caller rounds to the
   * operands' dtypes.
   */
  readonly execute: (blocks: Given, args: Args, unit: UnitName) => void;
  /** Arithmetic operations of one execution, a multiply-add counting 2; only for what peak figures count (matmul). */
  readonly flops?: (args: Args) => number;
  readonly example: string;
}

/** A row as the table's readers see it, which know its fields by iterating over them. */
export type InstRow = RowForm<Fields, WeightsUse, GeneratorsUse, AccumulatorForm, ResolvedArgs, Blocks>;

type Known<K extends string, T> = T extends undefined ? unknown : { readonly [N in K]: T };

/** The same, with what else is to be known of one by name. */
type DefinedInst<F extends Fields, W, G, A> = Omit<InstRow, "fields" | "weights" | "generators" | "accumulator"> & {
  readonly fields: F;
} & Known<"weights", W> &
  Known<"generators", G> &
  Known<"accumulator", A>;

/**
 * A row of the table, whose functions know its own arguments. Its readers give them those that fit its fields, of which each resolver makes
 * sure; the compiler cannot, so that the row is cast.
 */
export function defineInst<
  const F extends Fields,
  const W extends WeightsUse | undefined = undefined,
  const G extends GeneratorsUse | undefined = undefined,
  const A extends AccumulatorForm<keyof F & string> | undefined = undefined,
>(
  row: RowForm<F, W, G, A, ArgsOf<NoInfer<F>, NoInfer<W>>, BlocksOf<NoInfer<F>, NoInfer<W>, NoInfer<G>, NoInfer<A>>>,
): DefinedInst<F, W, G, A> {
  return row as unknown as DefinedInst<F, W, G, A>;
}
