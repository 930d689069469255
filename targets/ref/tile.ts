// The meaning of stage 4, in plain steps: every statement gathers its operands, calls `eval` of its row, rounds to the
// dtype of the buffer that it writes, and scatters. Fresh buffers are full of NaN, so that what nobody wrote is seen.

import { evalAffine, evalExtent, evalFlag } from "../../ir-spec/affine.ts";
import { completeAttrs } from "../../ir-spec/base/attr.ts";
import { type Dtype, isFloat, roundAllTo } from "../../ir-spec/base/dtype.ts";
import type { BufferId } from "../../ir-spec/base/ids.ts";
import { invariant } from "../../ir-spec/base/result.ts";
import type { Tensor } from "../../ir-spec/base/tensor.ts";
import {
  type Access,
  inStageOrder,
  namedAccesses,
  stageOf,
  type TileBuffer,
  type TileKernel,
  type TileNode,
  type TileProgram,
  type TileStatement,
} from "../../ir-spec/tile.ts";
import type { TileValue } from "../../ir-spec/tile-ops/define.ts";
import { tileOpDef } from "../../ir-spec/tile-ops/index.ts";
import { bufferElements, gather, type ResolvedAccess, resolveAccess, scatter } from "./access.ts";
import { evalTileOp } from "./eval.ts";

export interface RunTileOptions {
  /** Whether floats are rounded to their buffer's dtype; integers and booleans always are. */
  readonly rounding: boolean;
  /** Called for each operand that a statement writes, in the order of the run. */
  readonly onWrite?: (written: TileWritten) => void;
}

/** What one execution of a statement writes to one operand. */
export interface TileWritten {
  readonly node: TileNode;
  readonly kernel: string;
  readonly indices: readonly number[];
  readonly buffer: BufferId;
  readonly region: ResolvedAccess;
  /** Rounded; good until the next call. */
  readonly data: Float64Array;
}

/** One run: the memory of every buffer by BufferId, and the indices of the loops by LoopId. */
interface Machine {
  readonly program: TileProgram;
  readonly options: RunTileOptions;
  readonly memories: Float64Array[];
  readonly indices: number[];
  readonly kernel: string;
}

/**
 * Runs a tile program. `inputs` holds a tensor for each input, weight and state, by name; the result has the outputs and
 * the states as they are at the end. The program must be one that `verifyTile` accepts.
 */
export function runTile(
  program: TileProgram,
  inputs: ReadonlyMap<string, Tensor>,
  options: RunTileOptions,
): Map<string, Tensor> {
  const memories = program.buffers.map((buffer) => initialMemory(buffer, inputs));
  for (const kernel of program.kernels) runKernel(program, kernel, memories, options);
  const results = new Map<string, Tensor>();
  for (const [index, { name, dtype, shape, role }] of program.buffers.entries()) {
    const data = memories[index];
    if ((role === "output" || role === "state") && data !== undefined) results.set(name, { dtype, shape, data });
  }
  return results;
}

function initialMemory(buffer: TileBuffer, inputs: ReadonlyMap<string, Tensor>): Float64Array {
  const memory = new Float64Array(buffer.memory === "hbm" ? bufferElements(buffer) : 0).fill(Number.NaN);
  const { name, role, data } = buffer;
  if (data !== undefined) return data.length === 1 ? memory.fill(data[0]!) : Float64Array.from(data);
  if (role !== "input" && role !== "weight" && role !== "state") return memory;
  const given = inputs.get(name);
  invariant(given !== undefined, `no tensor given for ${role} \`${name}\``);
  const why = `\`${name}\` has ${memory.length} elements, given ${given.data.length}`;
  invariant(given.data.length === memory.length, why);
  memory.set(given.data);
  return memory;
}

function runKernel(program: TileProgram, kernel: TileKernel, memories: Float64Array[], options: RunTileOptions): void {
  const indices = new Array<number>(program.loops.length).fill(0);
  runBody({ program, options, memories, indices, kernel: kernel.name }, kernel.body);
}

function runBody(machine: Machine, body: readonly TileStatement[]): void {
  for (const statement of body) {
    if (statement.kind === "op") runNode(machine, statement);
    else if (statement.kind === "alloc") freshBuffer(machine, statement.buffer);
    else {
      const trips = evalExtent(statement.trips, machine.indices);
      const inner = inStageOrder(statement.body, stageOf);
      for (let index = 0; index < trips; index++) {
        machine.indices[statement.loop] = index;
        runBody(machine, inner);
      }
      machine.indices[statement.loop] = 0;
    }
  }
}

/** Every iteration has its own instance; only one can be named at a time, so the memory is used again. */
function freshBuffer(machine: Machine, id: BufferId): void {
  const elements = bufferElements(bufferOf(machine, id));
  const memory = machine.memories[id];
  if (memory?.length === elements) memory.fill(Number.NaN);
  else machine.memories[id] = new Float64Array(elements).fill(Number.NaN);
}

function bufferOf(machine: Machine, id: BufferId): TileBuffer {
  const buffer = machine.program.buffers[id];
  invariant(buffer !== undefined, `buffer ${id} does not exist`);
  return buffer;
}

function runNode(machine: Machine, node: TileNode): void {
  const { indices } = machine;
  const row = tileOpDef(node.op);
  const accumulate = evalFlag(node.accumulate ?? false, indices);
  const base = node.base === undefined ? 0 : evalAffine(node.base, indices);
  const isI32 = Object.values<Access>(node.operands).every(({ buffer }) => bufferOf(machine, buffer).dtype === "i32");
  const accesses = namedAccesses(node);
  const sources: Record<string, TileValue> = {};
  for (const { name, role } of row.operands) {
    const access = accesses[name];
    if (role === "read" && access !== undefined) sources[name] = readOperand(machine, node, access);
  }
  const use = { op: node.op, sources, attrs: completeAttrs(row.attrs, node.attrs) };
  const written = row.operands.flatMap(({ name, role }) => {
    const access = accesses[name];
    if (role === "read" || access === undefined) return [];
    const region = regionOf(machine, node, access);
    if (region.p * region.f === 0) return [];
    const memory = memoryOf(machine, access);
    const isKept = accumulate || role === "modify";
    const data = isKept ? gather(region, memory).slice() : new Float64Array(region.p * region.f).fill(Number.NaN);
    evalTileOp(use, { p: region.p, f: region.f, data }, { accumulate, base, isI32, result: name });
    roundAll(bufferOf(machine, access.buffer).dtype, data, machine.options);
    return [{ buffer: access.buffer, region, memory, data }];
  });
  // Sources may be views of memory that is written: all results are there before one is stored.
  for (const { buffer, region, memory, data } of written) {
    scatter(region, memory, data);
    machine.options.onWrite?.({ node, kernel: machine.kernel, indices, buffer, region, data });
  }
}

function memoryOf(machine: Machine, access: Access): Float64Array {
  const memory = machine.memories[access.buffer];
  invariant(memory !== undefined, `buffer ${access.buffer} has no memory`);
  return memory;
}

function regionOf(machine: Machine, node: TileNode, access: Access): ResolvedAccess {
  const buffer = bufferOf(machine, access.buffer);
  const region = resolveAccess(access, buffer, machine.indices);
  const where = `${machine.kernel}: ${node.op} at [${machine.indices.join(", ")}]`;
  invariant(region.isInBounds, `${where} leaves \`${buffer.name}\``);
  return region;
}

function readOperand(machine: Machine, node: TileNode, access: Access): TileValue {
  const region = regionOf(machine, node, access);
  return { p: region.p, f: region.f, data: gather(region, memoryOf(machine, access)) };
}

function roundAll(dtype: Dtype, data: Float64Array, { rounding }: RunTileOptions): void {
  if (rounding || !isFloat(dtype)) roundAllTo(dtype, data);
}
