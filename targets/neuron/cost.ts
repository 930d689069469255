// What a tile op costs on this machine, for the choice of tiles and engines: the instruction's own cost, for operands that lie densely
// in SBUF or as a statement has them, and for a transfer the descriptors of its rows.

import { dtypeBytes } from "../../ir-spec/base/dtype.ts";
import type { CostFunction, EngineCost, TileOpShape } from "../../ir-spec/cost.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import type { Access, EngineHint, TileBuffer, TileNode } from "../../ir-spec/tile.ts";
import { isTransfer, type TileOpName, type TransferName } from "../../ir-spec/tile-ops/index.ts";
import { choices } from "./compile/select.ts";
import { checkInstruction } from "./isa/check.ts";
import type { ResolvedArgs, ResolvedOperand, UnitName } from "./isa/define.ts";
import { type InstName, instDef } from "./isa/index.ts";
import { descriptorNs } from "./sim/transfer.ts";

const nsPerSecond = 1e9;

interface Priced {
  readonly inst: InstName;
  readonly unit: UnitName;
  readonly clock: "peClockHz" | "actClockHz" | "dveClockHz" | "poolClockHz";
}

const pe = { unit: "pe", clock: "peClockHz" } as const;
const dve = { unit: "dve", clock: "dveClockHz" } as const;

/** The instruction that pays for a tile op; transfers are priced by their descriptors. */
const priced: { readonly [N in Exclude<TileOpName, TransferName>]: Priced } = {
  matmul: { inst: "matmul", ...pe },
  transpose: { inst: "transpose", ...pe },
  activation: { inst: "activation", unit: "act", clock: "actClockHz" },
  tensor_copy: { inst: "tensor_copy", ...dve },
  tensor_tensor: { inst: "tensor_tensor", ...dve },
  tensor_scalar: { inst: "tensor_scalar", ...dve },
  tensor_reduce: { inst: "tensor_reduce", ...dve },
  tensor_scalar_reduce: { inst: "tensor_scalar_reduce", ...dve },
  scalar_tensor_tensor: { inst: "scalar_tensor_tensor", ...dve },
  select: { inst: "select", ...dve },
  reciprocal: { inst: "reciprocal", ...dve },
  memset: { inst: "memset", ...dve },
  iota: { inst: "iota", unit: "pool", clock: "poolClockHz" },
};

export function costFunction(machine: Machine): CostFunction {
  return (op, shape) => {
    if (op === "dma_transpose") {
      return transferNs({ ...shape, p: shape.f, f: shape.p }, machine, machine.dmaTransposeFactor);
    }
    if (isTransfer(op)) return transferNs(shape, machine);
    const { inst, unit, clock } = priced[op];
    const { issueCycles } = instDef(inst).cycles(denseArgs(inst, shape), unit, machine);
    return (issueCycles / machine[clock]) * nsPerSecond;
  };
}

/** Rows of `f` elements, one run each, spread over the DMA engines; not faster than HBM. */
function transferNs(shape: TileOpShape, machine: Machine, timeFactor = 1): number {
  const rowBytes = shape.f * dtypeBytes(shape.dtype);
  const pieces = Math.ceil(rowBytes / machine.dmaDescriptorMaxBytes);
  const rowNs = pieces * descriptorNs(rowBytes / pieces, machine);
  const enginesNs = (shape.p * rowNs * timeFactor) / Math.min(machine.dmaEngines, shape.p);
  const hbmNs = ((shape.p * rowBytes) / machine.hbmBytesPerSecond) * nsPerSecond;
  return Math.max(enginesNs, hbmNs, machine.dmaIssueNs);
}

function denseArgs(inst: InstName, shape: TileOpShape): ResolvedArgs {
  const operands: Record<string, ResolvedOperand> = {};
  for (const [name, field] of Object.entries(instDef(inst).fields)) {
    if (field.kind !== "operand" || field.optional === true) continue;
    const memory = field.memories.find((candidate) => candidate !== "hbm") ?? "sbuf";
    operands[name] = {
      memory,
      dtype: memory === "psum" && inst === "matmul" ? "f32" : shape.dtype,
      tensor: -1,
      startPartition: 0,
      partitions: name === "moving" ? (shape.k ?? shape.p) : shape.p,
      partitionStride: 0,
      addressBytes: 0,
      sizes: [shape.f],
      strides: [1],
    };
  }
  return { operands, values: {} };
}

const clocks = { act: "actClockHz", dve: "dveClockHz", pool: "poolClockHz" } as const satisfies Record<
  EngineHint,
  string
>;

/** The cost of a statement as it is, on an engine that takes all its operands. */
export function engineCost(machine: Machine): EngineCost {
  return (node, engine, bufferInfo) => {
    const [choice, ...others] = choices[node.op];
    if (choice === undefined || others.length > 0) return undefined;
    const args = argsOf(node, choice.operands, choice.inst, bufferInfo);
    if (!instDef(choice.inst).units.includes(engine)) return undefined;
    if (checkInstruction(choice.inst, args, engine, machine).length > 0) return undefined;
    return (instDef(choice.inst).cycles(args, engine, machine).issueCycles / machine[clocks[engine]]) * nsPerSecond;
  };
}

/** The arguments of the instruction that a statement becomes, in a whole tile at address 0. */
export function argsOf(
  node: TileNode,
  names: Readonly<Record<string, string>>,
  inst: InstName,
  bufferInfo: (buffer: Access["buffer"]) => TileBuffer,
): ResolvedArgs {
  const operands: Record<string, ResolvedOperand> = {};
  const values: Record<string, ResolvedArgs["values"][string]> = {};
  for (const [name, field] of Object.entries(instDef(inst).fields)) {
    const access = field.kind === "operand" ? node.operands[names[name] ?? ""] : undefined;
    if (access !== undefined) operands[name] = resolved(access, bufferInfo(access.buffer));
    const value = field.kind === "value" ? node.attrs[name] : undefined;
    if (value !== undefined && value !== null) values[name] = value;
  }
  return { operands, values };
}

function resolved({ partition, dims }: Access, { memory, dtype }: TileBuffer): ResolvedOperand {
  return {
    memory,
    dtype,
    tensor: -1,
    startPartition: partition.start,
    partitions: partition.size.max,
    partitionStride: memory === "hbm" ? partition.stride : 0,
    addressBytes: 0,
    sizes: dims.map(({ size }) => size.max),
    strides: dims.map(({ stride }) => stride),
  };
}
