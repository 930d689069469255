// What a tile op costs on this machine, for the choice of tiles: the instruction's own cost, for operands that lie densely
// in SBUF, and for a transfer the descriptors of its rows.

import { dtypeBytes } from "../../ir-spec/base/dtype.ts";
import type { CostFunction, TileOpShape } from "../../ir-spec/cost.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import { isTransfer, type TileOpName, type TransferName } from "../../ir-spec/tile-ops/index.ts";
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
