// What a statement costs on an engine of this machine, for passes that choose engines: the cost of the instruction that it becomes, by
// its own row.

import type { EngineCost } from "../../ir-spec/cost.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import {
  type Access,
  type EngineHint,
  namedAccesses,
  type TileBuffer,
  type TileNode,
  tileAttrsOf,
} from "../../ir-spec/tile.ts";
import { choicesOf } from "./compile/select.ts";
import { type BufferInfo, costKey } from "./cost-key.ts";
import { completeValues } from "./isa/args.ts";
import { checkInstruction } from "./isa/check.ts";
import type { ResolvedArgs, ResolvedOperand } from "./isa/define.ts";
import { type InstName, instDef } from "./isa/index.ts";

const nsPerSecond = 1e9;

const clocks = { act: "actClockHz", dve: "dveClockHz", pool: "poolClockHz" } as const satisfies Record<
  EngineHint,
  string
>;

/** The cost of a statement as it is, on an engine that takes all its operands. */
export function engineCost(machine: Machine): EngineCost {
  const known = new Map<string, number | undefined>();
  return (node, engine, bufferInfo) => {
    const key = costKey(node, engine, bufferInfo);
    if (!known.has(key)) known.set(key, costOn(machine, node, engine, bufferInfo));
    return known.get(key);
  };
}

function costOn(machine: Machine, node: TileNode, engine: EngineHint, bufferInfo: BufferInfo): number | undefined {
  const [choice, ...others] = choicesOf(node.op);
  if (choice === undefined || others.length > 0) return undefined;
  const args = argsOf(node, choice.operands, choice.inst, bufferInfo);
  if (!instDef(choice.inst).units.includes(engine)) return undefined;
  if (checkInstruction(choice.inst, args, engine, machine).length > 0) return undefined;
  return (instDef(choice.inst).cycles(args, engine, machine).issueCycles / machine[clocks[engine]]) * nsPerSecond;
}

/** The arguments of the instruction that a statement becomes, in a whole tile at address 0. */
export function argsOf(
  node: TileNode,
  names: Readonly<Record<string, string>>,
  inst: InstName,
  bufferInfo: BufferInfo,
): ResolvedArgs {
  const [accesses, attrs] = [namedAccesses(node), tileAttrsOf(node)];
  const operands: Record<string, ResolvedOperand> = {};
  const { fields } = instDef(inst);
  for (const [name, field] of Object.entries(fields)) {
    const access = field.kind === "operand" ? accesses[names[name] ?? ""] : undefined;
    if (access !== undefined) operands[name] = resolved(access, bufferInfo(access.buffer));
  }
  return { operands, values: completeValues(fields, attrs) };
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
