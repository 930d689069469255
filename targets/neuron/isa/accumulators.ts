// The accumulators of the vector and the scalar engine: an f32 for each lane, one lane for each partition, in which a fold
// continues over several instructions. `reduce_cmd` says what an instruction does with them.

import { type Problem, problem } from "../../../ir-spec/base/result.ts";
import { optionalColumn, valueField } from "./args.ts";
import { aluStep } from "./arithmetic.ts";
import { wantColumns, wantThat } from "./constraints.ts";
import type { AccumulatorForm, AnyArgs, ArgsOf, Block, Blocks, Has, ReduceCmd } from "./define.ts";
import type { LaneRegisters } from "./lane-registers.ts";
import type { Operator } from "./operators.ts";
import { wantOneOf } from "./scalars.ts";

/** Source: AWS Neuron SDK documentation, nki.isa.reduce_cmd; the first four are those of nki.isa.activation. */
const actCommands = ["idle", "reset", "reduce", "reset_reduce"] as const satisfies readonly ReduceCmd[];
const dveCommands = [...actCommands, "load_reduce"] as const satisfies readonly ReduceCmd[];
/** Source: AWS Neuron SDK documentation, nki.isa.tensor_scalar_cumulative. */
const runningCommands = ["reset_reduce", "reduce", "load_reduce"] as const satisfies readonly ReduceCmd[];

const command = <const C extends readonly ReduceCmd[]>(choices: C) =>
  valueField({ kind: "choice", choices, optional: true, summary: "what happens to the accumulators" });

/** What a command loads. */
const initialFields = {
  initial: valueField({ kind: "float", optional: true, summary: "what load_reduce loads" }),
  initial_column: optionalColumn("the same for each partition, [p, 1]"),
};

/** The fields of an instruction that folds into the accumulators, by kind of instruction. */
export const accumulatorFields = {
  act: { reduce_cmd: command(actCommands) },
  dve: { reduce_cmd: command(dveCommands), ...initialFields },
  running: { reduce_cmd: command(runningCommands), ...initialFields },
} as const;

/** What `reduce_cmd` means, for the sections of instructions. `column` is the operand that accumulators are read out to. */
export function commandsText(column: string, unit: "act" | "dve"): string {
  const load = unit === "dve" ? ", load_reduce from `initial` or `initial_column[p]`" : "";
  const idle =
    unit === "dve"
      ? "idle folds nothing, leaves unknown what they hold, and takes no "
      : "idle leaves them alone, and reads out what they hold to ";
  return `The fold lives in the accumulators of dst's partitions: reduce continues from what they hold, reset_reduce begins with the first element${load}, reset puts there what changes nothing (0 for a sum) and folds nothing, ${idle}\`${column}\`. Without \`reduce_cmd\` it is reset_reduce where there is a \`${column}\`, else idle.`;
}

/** What the execution does with the accumulators. */
export function reduceCmdOf(form: AccumulatorForm, args: AnyArgs): ReduceCmd {
  const { reduce_cmd: given } = args.values;
  const cmd = dveCommands.find((name) => name === given);
  return cmd ?? form.otherwise ?? (isReadOut(form, args) ? "reset_reduce" : "idle");
}

/** Whether the accumulators are read out. */
export function isReadOut({ column }: AccumulatorForm, args: AnyArgs): boolean {
  return column !== undefined && args.operands[column] !== undefined;
}

/** Source: AWS Neuron SDK documentation, nki.isa.activation (idle modifies nothing), nki.isa.tensor_scalar_reduce (idle may). */
export const accumulators: LaneRegisters = {
  name: "accumulator",
  words: (unit) => (unit === "act" || unit === "dve" ? 1 : 0),
  use: ({ accumulator: form }, args, unit) => {
    const dst = args.operands.dst;
    if (form === undefined || dst === undefined) return undefined;
    const cmd = reduceCmdOf(form, args);
    const isIdle = cmd === "idle";
    const isRead = cmd === "reduce" || (isIdle && isReadOut(form, args));
    if (isIdle && unit === "act" && !isRead) return undefined;
    const leaves = !isIdle ? "something known" : unit === "act" ? "what was there" : "nothing known";
    const isForLater = !isIdle && form.column !== undefined && !isReadOut(form, args);
    return { first: dst.startPartition, count: dst.partitions, isRead, leaves, isForLater };
  },
  problem: (inst, lane) => problem("E0721", { inst, lane }),
};

/** Arguments of an instruction of the vector engine that folds. */
type FoldArgs = ArgsOf<typeof accumulatorFields.dve>;

/** What load_reduce loads is given exactly with it, and idle on the vector engine has nothing to read out. */
export function wantCommand(form: AccumulatorForm, args: FoldArgs & Has<"dst">): readonly Problem[] {
  const cmd = reduceCmdOf(form, args);
  const isGiven = args.operands.initial_column !== undefined || args.values.initial !== null;
  const isIdle = cmd === "idle" && isReadOut(form, args);
  return [
    ...wantColumns(args, ["initial_column"]),
    ...(cmd === "load_reduce" ? wantOneOf(args, "load_reduce", "initial_column", "initial") : []),
    ...(cmd === "load_reduce" ? [] : wantThat(!isGiven, "the initial value", "given", `none with ${cmd}`)),
    ...wantThat(!isIdle, "reduce_cmd", "idle", `another command, or no ${form.column}`),
  ];
}

/** What changes nothing when it is joined to another number. */
const identities: Partial<Readonly<Record<Operator, number>>> = {
  add: 0,
  subtract: 0,
  multiply: 1,
  max: Number.NEGATIVE_INFINITY,
  min: Number.POSITIVE_INFINITY,
};

export function identityOf(op: Operator): number {
  return identities[op] ?? Number.NaN;
}

/** What a fold works with; without the initial values where nothing loads them. */
interface FoldValues {
  readonly values: { readonly reduce_cmd: ReduceCmd | null; readonly initial?: number | null };
}
interface FoldBlocks extends Blocks {
  readonly accumulator: Block | undefined;
}

/** What the fold of a row begins with; none where that is its first element. */
export function foldStart(cmd: ReduceCmd, blocks: FoldBlocks, { values }: FoldValues, row: number): number | undefined {
  if (cmd === "reduce" || cmd === "idle") return blocks.accumulator?.data[row];
  if (cmd !== "load_reduce") return undefined;
  return Math.fround(blocks.initial_column?.data[row] ?? values.initial ?? Number.NaN);
}

/** Folds each row of `tile` from the left by `op` into the accumulators, as the command says, and reads them out. */
export function accumulate(
  form: AccumulatorForm,
  { tile, op }: { readonly tile: Block; readonly op: Operator },
  blocks: FoldBlocks,
  args: AnyArgs & FoldValues & Has<"dst">,
): void {
  const cmd = reduceCmdOf(form, args);
  const column = form.column === undefined ? undefined : blocks[form.column];
  if (cmd === "idle" && column === undefined) return;
  const step = aluStep(op, args, "dve");
  for (let row = 0; row < tile.p; row++) {
    let folded = cmd === "reset" ? identityOf(op) : foldStart(cmd, blocks, args, row);
    const end = cmd === "reset" || cmd === "idle" ? 0 : tile.f;
    for (let f = 0; f < end; f++) {
      const x = tile.data[row * tile.f + f]!;
      folded = folded === undefined ? x : step(folded, x);
    }
    const result = folded ?? Number.NaN;
    if (blocks.accumulator !== undefined) blocks.accumulator.data[row] = result;
    if (column !== undefined) column.data[row] = result;
  }
}
