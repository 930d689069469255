// What a machine file says: one row per number, with its unit in its name. The type `Machine`, the file's checks and
// MACHINE.md are derived from this table. The numbers themselves are in the machine files, each with its source.

import { abilityFields } from "./machine-abilities.ts";
import type { MachineEnergy } from "./machine-energy.ts";
import { integer, type MachineField, real } from "./machine-field.ts";
import { systemFields } from "./machine-system.ts";

const rate = (what: string): MachineField => real("elements/cycle", `vector engine: ${what}`, 0.01, 4096);
const clock = (engine: string): MachineField => real("Hz", `clock of ${engine}`, 1e6, 1e11);

export const machineFields = {
  partitions: integer("partitions", "partitions of SBUF and PSUM; rows of every on-chip operand", 1, 4096),
  partitionStartMultiple: integer("partitions", "an operand may start only at multiples of this", 1, 4096),
  sbufBytesPerPartition: integer("B", "SBUF that a program may use, per partition"),
  psumBanks: integer("banks", "PSUM accumulator banks", 1, 2 ** 16),
  psumBankBytesPerPartition: integer("B", "one PSUM bank, per partition"),
  hbmBytes: integer("B", "HBM that one core may use"),
  accessDims: integer("dimensions", "free dimensions of an on-chip operand", 1, 8),

  peRows: integer("rows", "rows of the systolic array: the most that one matmul contracts", 1, 4096),
  peColumns: integer("columns", "columns of the array: the most rows of a result tile", 1, 4096),
  peMovingColumns: integer("columns", "the most columns of one matmul whose result is f32 in one PSUM bank", 1),
  peClockHz: clock("the systolic array"),
  peMinCycles: integer("cycles", "least issue interval of a matmul", 0),
  peOverheadCycles: integer("cycles", "issue cost of a matmul beyond one cycle per moving column", 0),
  peLatencyCycles: integer("cycles", "from start to result in PSUM, beyond one cycle per moving column", 0),
  peLoadWeightsColumnsPerCycle: real("columns/cycle", "speed of loading the stationary operand", 0.01, 4096),
  peLoadWeightsLatencyCycles: integer("cycles", "from start to the operand's being held, beyond its columns", 0),
  peLoadWeightsF32Factor: real("1", "time of loading a stationary f32 operand in one pass, relative to bf16", 1, 64),
  peF32Factor: real("1", "time of an f32 matmul relative to bf16, all passes together", 1, 64),
  peF32Passes: integer("passes", "instructions of the array that one f32 matmul is", 1, 16),
  peF32TransposeFactor: real("1", "time of a transpose of 4-byte elements relative to bf16", 1, 64),
  peFillCycles: integer(
    "cycles",
    "part of the latency that the array's own clock governs: grows while that is gated",
    0,
  ),
  peColdFactor: real("1", "time of a column while the array's clock is gated, relative to full clock", 1, 64),
  peClockWindowNs: real(
    "ns",
    "the clock is set at the ends of windows of this length, by what the array did in them",
    1,
  ),
  peWarmActivity: real("1", "share of a window that the array must be busy to run at full clock in the next one", 0, 2),
  peStayWarmActivity: real("1", "share of a window that it must be busy to stay at full clock", 0, 2),

  actClockHz: clock("the scalar engine"),
  actMinCycles: integer("cycles", "least issue interval", 0),
  actOverheadCycles: integer("cycles", "issue cost of a copy beyond one cycle per element", 0),
  actLatencyCycles: integer("cycles", "from start to result of a copy, beyond one cycle per element", 0),
  actFunctionOverheadCycles: integer("cycles", "issue cost of a function by table on PSUM, beyond the elements", 0),
  actFunctionLatencyCycles: integer("cycles", "from start to result of a function on PSUM, beyond the elements", 0),
  actFunctionSbufOverheadCycles: integer("cycles", "issue cost of a function by table on SBUF, beyond the elements", 0),
  actFunctionSbufLatencyCycles: integer("cycles", "from start to result of a function on SBUF, beyond the elements", 0),
  actTableLoadNs: real("ns", "loading the table of another function"),
  dveClockHz: clock("the vector engine"),
  dveMinCycles: integer("cycles", "least issue interval", 0),
  dveOverheadCycles: integer("cycles", "issue cost beyond the elements", 0),
  dveLatencyCycles: integer("cycles", "from start to result, beyond the elements", 0),
  dveScalarOverheadCycles: integer("cycles", "issue cost of a scalar operation beyond the elements", 0),
  dveScalarLatencyCycles: integer("cycles", "from start to result of a scalar operation, beyond the elements", 0),
  dveReduceOverheadCycles: integer("cycles", "issue cost of a fold beyond the elements", 0),
  dveReduceLatencyCycles: integer("cycles", "from start to result of a fold, beyond the elements", 0),
  dveRate16: rate("copies and scalar operations, 2-byte, dense, SBUF to SBUF"),
  dveRate16Slow: rate("the same with strides, or with one side in PSUM and dense; zero fills of 2-byte elements"),
  dveRate32: rate("copies and scalar operations, f32, SBUF to SBUF"),
  dveTwoInputRate: rate("operations on several tiles, all in SBUF"),
  dveTwoInputRate16: rate("operations on several tiles, all in SBUF and 2-byte"),
  dveFoldRate16: rate("folds by add or max, 2-byte on both sides"),
  dveReciprocalFactor: real("cycles/element", "time of a reciprocal", 1, 64),
  dveReciprocalLatencyCycles: integer("cycles", "from start to result of a reciprocal, beyond the elements", 0),
  poolClockHz: clock("the general engine"),
  poolOverheadCycles: integer("cycles", "issue cost beyond one cycle per element", 0),
  poolLatencyCycles: integer("cycles", "from start to result, beyond one cycle per element", 0),
  poolTwoInputFactor: real("1", "time per element of an operation on two tiles, relative to one", 1, 64),

  dmaQueues: integer("queues", "DMA queues that a program may use", 1, 64),
  dmaEngines: integer("engines", "DMA engines shared by the queues", 1, 1024),
  dmaEngineBytesPerSecond: real("B/s", "one engine, long descriptors", 1),
  dmaDescriptorNs: real("ns", "cost of a descriptor beyond its bytes, until the engine's next one"),
  dmaDescriptorTailNs: real("ns", "from an engine's being free for the next descriptor until the one before is done"),
  dmaDescriptorAheadNs: real(
    "ns",
    "part of a descriptor's cost that an idle engine has already spent when the transfer starts",
  ),
  dmaDescriptorGranuleBytes: integer(
    "B",
    "a descriptor takes the time of its bytes, rounded up to a multiple of this",
    1,
  ),
  dmaDescriptorMaxBytes: integer("B", "the longest run of one descriptor"),
  dmaIssueNs: real("ns", "issue interval of DMA instructions in one queue"),
  dmaStartNs: real("ns", "from the trigger to the first byte"),
  dmaFinishNs: real("ns", "from the last byte to the transfer's being known as complete"),
  hbmBytesPerSecond: real("B/s", "HBM bandwidth of one core, reads and writes together", 1),

  semaphores: integer("semaphores", "semaphores of one core"),
  semaphoreHopNs: real("ns", "from a release to the acquire that waits for it"),
  peSemaphoreHopNs: real("ns", "the same where the systolic array waits"),
  peReleaseNs: real("ns", "how much longer it takes where the systolic array releases"),
  ownResultNs: real("ns", "from a result to an instruction of the same engine that needs it"),
  psumPortBanks: integer(
    "banks",
    "PSUM banks that share one port, which serves either the vector or the scalar engine",
  ),
  sbufPorts: integer(
    "ports",
    "1 where the vector and the general engine take turns on SBUF, 2 where each has its own",
    1,
    2,
  ),
  instructionBytes: integer("B", "one instruction in HBM, for fetching it; 0: fetching is not modelled", 0),
  instructionFetchBytes: integer("B", "what is fetched at once, ahead of its use; a loop's body once"),
  queueIssueNs: real("ns", "cost of an acquire or a release that need not wait"),
  programStartNs: real("ns", "from the launch to the first instruction"),
  programEndNs: real("ns", "from the last completion to the end of the run"),

  ...abilityFields,
  ...systemFields,
} as const satisfies Readonly<Record<string, MachineField>>;

export type MachineKey = keyof typeof machineFields;
export const machineKeys = Object.keys(machineFields) as readonly MachineKey[];

/** A machine: its numbers by name, and where each comes from. */
export type Machine = { readonly [K in MachineKey]: number } & {
  readonly name: string;
  readonly summary: string;
  readonly sources: { readonly [K in MachineKey]: string };
  /** Absent where nothing is known of it. */
  readonly energy?: MachineEnergy;
};

/** The most columns of one matmul whose result has elements of `resultBytes` (B). */
export function maxResultColumns({ peMovingColumns, peResultBanks }: Machine, resultBytes: number): number {
  return (peMovingColumns * peResultBanks * Float32Array.BYTES_PER_ELEMENT) / resultBytes;
}

/** Columns of f32 that one PSUM bank holds in each partition. */
export function psumBankColumns(machine: Machine): number {
  return machine.psumBankBytesPerPartition / Float32Array.BYTES_PER_ELEMENT;
}
