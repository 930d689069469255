// The functional half of a run: carries out instructions over the raw memories.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import {
  at,
  type Diagnostic,
  fail,
  invariant,
  ok,
  type Problem,
  problem,
  type Result,
} from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { argsIfOf, type ResolvedArgsOf } from "../inst-args.ts";
import { byteRange } from "../isa/check.ts";
import {
  type Block,
  type Blocks,
  freeSize,
  type InstRow,
  type ResolvedArgs,
  type ResolvedOperand,
  roleOf,
  type UnitName,
} from "../isa/define.ts";
import { type InstName, indexedFields, instDef, operandFields } from "../isa/index.ts";
import { directArgs, directBlocks, putBack } from "../isa/indirect.ts";
import { laneUses, useLanes } from "../isa/lanes.ts";
import { type StationaryOperands, stationaryOf } from "../isa/stationary.ts";
import type { Instruction } from "../stream.ts";
import { holdOperand, makeArray, multiply, type SystolicArray, unpackStationary } from "./array.ts";
import { copyBits } from "./copy.ts";
import { type Lanes, laneBlocks, makeLanes } from "./lanes.ts";
import { gather, type Memories, scatter, tensorMemory } from "./memory.ts";
import type { Registers } from "./program.ts";
import { makeResolver, type Resolver, resolve, resolveWithStationary } from "./resolve.ts";

const noElements = new Float64Array(0);

/** What copies `src` to `dst` bit for bit where their dtypes are the same. */
const copyInsts = new Set(["dma_copy", "tensor_copy"] as const);
const loadInsts = new Set(["load_weights", "load_weights_mx"] as const);
const plainProducts = new Set(["matmul"] as const);
const gatherInsts = new Set(["dma_gather", "dma_gather_skip"] as const);
const scatterInsts = new Set(["dma_scatter", "dma_scatter_skip"] as const);

/** What the run's memories hold, the systolic array included; changed in place. */
export interface ValueState {
  readonly memories: Memories;
  readonly machine: Machine;
  /** Space for one gathered operand, by field name: as much of its buffer as was last needed. */
  readonly scratch: Map<string, Float64Array>;
  /** The stationary operand, if one is held; the block is empty where `array` has it. */
  stationary: { readonly operands: StationaryOperands; readonly block: Block } | undefined;
  /** Absent without WebAssembly: then matmuls run as their row says. */
  readonly array: SystolicArray | undefined;
  readonly lanes: Lanes;
  readonly resolvers: Map<Instruction, Resolver>;
}

export function makeValueState(memories: Memories, machine: Machine): ValueState {
  const [array, lanes] = [makeArray(memories, machine), makeLanes(machine)];
  return { memories, machine, scratch: new Map(), stationary: undefined, array, lanes, resolvers: new Map() };
}

/** Carries out one execution. Returns why it cannot be; its sizes are legal already. */
export function executeValues(
  state: ValueState,
  inst: Instruction,
  registers: Registers,
  unit: UnitName,
): readonly Diagnostic[] {
  const row = instDef(inst.inst);
  const resolver = resolverOf(state, inst);
  const stationary = row.weights === "use" ? state.stationary : undefined;
  const args = stationary
    ? resolveWithStationary(resolver, registers, stationary.operands)
    : resolve(resolver, registers);
  const uses = laneUses(row, args, unit);
  const problems = [
    ...checkStationary(state, row, inst, args),
    ...checkAddresses(state, inst, resolver),
    ...useLanes(state.lanes[unit].known, inst.inst, uses),
  ];
  if (problems.length > 0) return problems.map((found) => at(found, undefined));
  const indexed = indexedFields(inst.inst);
  const direct = directArgs(indexed, args);
  if (direct === args && executeInBulk(state, inst, args)) return [];
  const moved = moveRows(state, inst, args);
  if (moved !== undefined) return moved.map((found) => at(found, undefined));
  const blocks = { ...readBlocks(state, inst, args), ...laneBlocks(state.lanes[unit], uses) };
  const directly = direct === args ? blocks : directBlocks(indexed, blocks, args);
  row.execute(directly, direct, unit);
  if (directly !== blocks) putBack(indexed, blocks, directly);
  for (const [name, { role }] of operandFields(inst.inst)) {
    const [operand, block] = [args.operands[name], blocks[name]];
    if (role !== "read" && operand !== undefined && block !== undefined) scatter(state.memories, operand, block.data);
  }
  updateStationary(state, row, args, directly);
  return [];
}

/** Carries out with SIMD, or as a copy of bits, what can be; false for other instructions. */
function executeInBulk(state: ValueState, { inst }: Instruction, args: ResolvedArgs): boolean {
  if (state.array !== undefined && executeInArray(state, state.array, inst, args)) return true;
  const copy = argsIfOf(copyInsts, inst, args)?.operands;
  return copy !== undefined && copyBits(state.memories, copy.dst, copy.src);
}

function resolverOf({ resolvers }: ValueState, inst: Instruction): Resolver {
  const known = resolvers.get(inst);
  if (known !== undefined) return known;
  const made = makeResolver(inst);
  resolvers.set(inst, made);
  return made;
}

/** Carries out loading and plain products with SIMD; false for other instructions, and for operands of 8 bits. */
function executeInArray(state: ValueState, array: SystolicArray, inst: InstName, args: ResolvedArgs): boolean {
  const load = argsIfOf(loadInsts, inst, args)?.operands;
  if (load !== undefined) {
    if (dtypeBytes(load.src.dtype) === 1) return false;
    holdOperand(array, state.memories, load.src);
    state.stationary = { operands: stationaryOf(args), block: { p: 0, f: 0, data: noElements } };
    return true;
  }
  const product = argsIfOf(plainProducts, inst, args);
  if (product === undefined || state.stationary?.block.p !== 0) return false;
  const { dst, moving } = product.operands;
  multiply(array, state.memories, { dst, moving, accumulate: product.values.accumulate });
  return true;
}

/** A product needs a stationary operand that goes with it. */
function checkStationary(state: ValueState, row: InstRow, inst: Instruction, args: ResolvedArgs): readonly Problem[] {
  if (row.weights !== "use") return [];
  if (state.stationary === undefined) return [problem("E0712", { inst: inst.inst })];
  return row.check(directArgs(indexedFields(inst.inst), args), "pe", state.machine);
}

/**
 * Addresses vary with loop indices, so each execution's are checked; sizes were checked when the cost was computed, and held
 * operands when they were loaded.
 */
function checkAddresses(state: ValueState, inst: Instruction, { operands }: Resolver): readonly Problem[] {
  const problems: Problem[] = [];
  for (const { name, resolved: operand } of operands) {
    if (operand.partitions === 0 || freeSize(operand) === 0) continue;
    const limit = limitBytes(state, operand);
    const [first, end] = wholeRange(operand);
    const found = first < 0 ? first : end - 1;
    if (first < 0 || end > limit) {
      problems.push(problem("E1004", { operand: name, inst: inst.inst, what: "byte", found, limit: limit - 1 }));
    } else if (operand.addressBytes % dtypeBytes(operand.dtype) !== 0) {
      const { dtype, addressBytes } = operand;
      problems.push(problem("E0713", { operand: name, found: addressBytes, bytes: dtypeBytes(dtype), dtype }));
    }
  }
  return problems;
}

function limitBytes({ memories }: ValueState, operand: ResolvedOperand): number {
  if (operand.memory === "hbm") return tensorMemory(memories, operand.tensor).u8.length;
  return operand.memory === "sbuf" ? memories.sbufBytesPerPartition : memories.psumBytesPerPartition;
}

/** First byte and one past the last, all rows of an HBM operand included. */
function wholeRange(operand: ResolvedOperand): readonly [first: number, end: number] {
  const [first, end] = byteRange(operand);
  const rowsBytes = (operand.partitions - 1) * operand.partitionStride * dtypeBytes(operand.dtype);
  return rowsBytes < 0 ? [first + rowsBytes, end] : [first, end + rowsBytes];
}

/** A block of the operand's size in the scratch space of `name`, its content left over from before. */
function scratchBlock(state: ValueState, name: string, operand: ResolvedOperand): Block {
  const f = freeSize(operand);
  const size = operand.partitions * f;
  const known = state.scratch.get(name);
  if (known?.length === size) return { p: operand.partitions, f, data: known };
  const isLarger = known !== undefined && known.buffer.byteLength >= size * Float64Array.BYTES_PER_ELEMENT;
  const data = isLarger ? new Float64Array(known.buffer, 0, size) : new Float64Array(size);
  state.scratch.set(name, data);
  return { p: operand.partitions, f, data };
}

/** Gathers what the instruction reads; what it only writes is an uncleared block. */
function readBlocks(state: ValueState, { inst }: Instruction, args: ResolvedArgs): Readonly<Record<string, Block>> {
  const blocks: Record<string, Block> = {};
  const row = instDef(inst);
  for (const [name] of operandFields(inst)) {
    const operand = args.operands[name];
    if (operand === undefined) continue;
    const block = scratchBlock(state, name, operand);
    const role = roleOf(row, name, args);
    const isRead = role === "update" ? args.values.accumulate === true : role !== "write";
    if (isRead) gather(state.memories, operand, block.data);
    blocks[name] = block;
  }
  if (row.weights === "use" && state.stationary !== undefined)
    blocks.stationary = stationaryBlock(state, state.stationary);
  return blocks;
}

function stationaryBlock({ array }: ValueState, { operands, block }: NonNullable<ValueState["stationary"]>): Block {
  return block.p === 0 && array !== undefined ? unpackStationary(array, operands.stationary) : block;
}

function updateStationary(state: ValueState, row: InstRow, args: ResolvedArgs, blocks: Blocks): void {
  if (row.weights === "destroy") state.stationary = undefined;
  if (row.weights !== "load") return;
  const block = row.hold?.(blocks, args) ?? blocks.src;
  invariant(block !== undefined, "what is loaded has a source");
  state.stationary = { operands: stationaryOf(args), block: { ...block, data: block.data.slice() } };
}

type Gather = ResolvedArgsOf<"dma_gather" | "dma_gather_skip">;
type Scatter = ResolvedArgsOf<"dma_scatter" | "dma_scatter_skip">;

/** Carries out transfers by index row by row, so that no table is read as a whole; nothing for other instructions. */
function moveRows(state: ValueState, inst: Instruction, args: ResolvedArgs): readonly Problem[] | undefined {
  const gathered = argsIfOf(gatherInsts, inst.inst, args);
  if (gathered !== undefined) return gatherRows(state, inst, gathered);
  const scattered = argsIfOf(scatterInsts, inst.inst, args);
  return scattered && scatterRows(state, inst, scattered);
}

/** Those of them that leave a row alone which the table does not have. */
const skippingInsts: ReadonlySet<InstName> = new Set<InstName>(["dma_gather_skip", "dma_scatter_skip"]);

/** The rows of a table that the indices name, one for each; or which one is not there, if that is a mistake. */
function namedRows(
  state: ValueState,
  { inst }: Instruction,
  { operands: { table, index } }: Gather | Scatter,
): Result<readonly (ResolvedOperand | undefined)[], Problem> {
  const indices = scratchBlock(state, "index", index);
  gather(state.memories, index, indices.data);
  const rowBytes = table.partitionStride * dtypeBytes(table.dtype);
  const isOdd = (row: number): boolean => row < 0 || row >= table.partitions;
  const odd = skippingInsts.has(inst) ? undefined : indices.data.find(isOdd);
  if (odd !== undefined) return fail(problem("E1005", { inst, found: odd, last: table.partitions - 1 }));
  const rowAt = (row: number) => ({ ...table, partitions: 1, addressBytes: table.addressBytes + row * rowBytes });
  return ok(Array.from(indices.data, (row) => (isOdd(row) ? undefined : rowAt(row))));
}

/** Rows of a table to a tile: the meaning is that of the row's `execute`. */
function gatherRows(state: ValueState, inst: Instruction, args: Gather): readonly Problem[] {
  const sources = namedRows(state, inst, args);
  if (!sources.ok) return [sources.error];
  const { dst } = args.operands;
  const rows = scratchBlock(state, "dst", dst);
  if (skippingInsts.has(inst.inst)) gather(state.memories, dst, rows.data);
  for (const [p, source] of sources.value.entries()) {
    if (source !== undefined) gather(state.memories, source, rows.data.subarray(p * rows.f, (p + 1) * rows.f));
  }
  scatter(state.memories, dst, rows.data);
  return [];
}

/** Rows of a tile to a table, likewise. */
function scatterRows(state: ValueState, inst: Instruction, args: Scatter): readonly Problem[] {
  const places = namedRows(state, inst, args);
  if (!places.ok) return [places.error];
  const { src } = args.operands;
  const rows = scratchBlock(state, "src", src);
  gather(state.memories, src, rows.data);
  for (const [p, place] of places.value.entries()) {
    if (place !== undefined) scatter(state.memories, place, rows.data.subarray(p * rows.f, (p + 1) * rows.f));
  }
  return [];
}
