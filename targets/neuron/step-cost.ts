// What one execution of a statement takes on this machine, for passes that place statements in time: the costs of the instructions that
// it becomes, as the simulator has them.

import type { StepCost, StepTime } from "../../ir-spec/cost.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import type { TileNode } from "../../ir-spec/tile.ts";
import { choicesOf, engineOf } from "./compile/select.ts";
import { argsOf } from "./cost.ts";
import { type BufferInfo, costKey } from "./cost-key.ts";
import type { ResolvedArgs } from "./isa/define.ts";
import { type InstName, instDef } from "./isa/index.ts";
import { clockHzOf } from "./sim/cost.ts";
import { makeTransfer, type Transfer } from "./sim/transfer.ts";

const nsPerSecond = 1e9;

type ComputeUnit = Exclude<StepTime["unit"], "dma">;

/** An instruction of a statement with its operands. */
interface Step {
  readonly inst: InstName;
  readonly args: ResolvedArgs;
}

export function stepCost(machine: Machine): StepCost {
  const known = new Map<string, StepTime>();
  return (node, bufferInfo) => {
    const engine = engineOf(node);
    const key = costKey(node, engine, bufferInfo);
    const time = known.get(key) ?? timeOf(machine, node, engine, bufferInfo);
    known.set(key, time);
    return time;
  };
}

function timeOf(machine: Machine, node: TileNode, engine: ComputeUnit | undefined, bufferInfo: BufferInfo): StepTime {
  const steps = choicesOf(node.op).map(({ inst, operands }) => ({
    inst,
    args: argsOf(node, operands, inst, bufferInfo),
  }));
  return engine === undefined ? transferTime(steps, machine) : computeTime(engine, steps, machine);
}

/**
 * Transfers share the DMA engines: many keep all of them busy, however few descriptors each has, while one alone ends with its last round of
 * descriptors.
 */
function transferTime(steps: readonly Step[], machine: Machine): StepTime {
  const transfers = steps.map(({ inst, args }) => makeTransfer(inst, args, machine));
  const total = (enginesNs: (transfer: Transfer) => number): number =>
    sum(transfers.map((transfer) => Math.max(enginesNs(transfer), transfer.hbmNs)));
  const busyNs = total(({ descriptors, descriptorNs }) => (descriptors * descriptorNs) / machine.dmaEngines);
  const aloneNs = total(({ descriptors, descriptorNs }) => Math.ceil(descriptors / machine.dmaEngines) * descriptorNs);
  const latencyNs = machine.dmaStartNs + aloneNs + machine.dmaDescriptorTailNs + machine.dmaFinishNs;
  return { unit: "dma", issueNs: machine.dmaIssueNs, busyNs, latencyNs, leadNs: 0 };
}

/** The instructions of one statement overlap: the array loads its stationary operand while it multiplies. */
function computeTime(unit: ComputeUnit, steps: readonly Step[], machine: Machine): StepTime {
  const nsPerCycle = nsPerSecond / clockHzOf(unit, machine);
  const cycles = steps.map(({ inst, args }) => instDef(inst).cycles(args, unit, machine));
  const issueNs = Math.max(...cycles.map(({ issueCycles }) => issueCycles)) * nsPerCycle;
  const latencyNs = Math.max(issueNs, (cycles.at(-1)?.latencyCycles ?? 0) * nsPerCycle);
  const leadNs = sum(cycles.map(({ issueCycles, runsBehind }) => (runsBehind === true ? issueCycles : 0))) * nsPerCycle;
  return { unit, issueNs, busyNs: issueNs, latencyNs, leadNs };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, x) => total + x, 0);
