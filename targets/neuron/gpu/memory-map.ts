// The buffers that stand for the machine's memories, as 32-bit words of raw bytes, so that memory that is read with another
// dtype than it was written with gives what the machine would give. SBUF and PSUM lie partition by partition. Tensors in
// HBM lie one after the other in as few buffers as the adapter's limit allows. The buffers of SBUF and PSUM hold the memory
// as often as their versions say, see cells.ts. `held` has the operands that the systolic array holds: each load takes the
// next slot, since matmuls may use it after its source was overwritten. `generators` has the state of the engines' random
// generators, `accumulators` their accumulators.

import { at, fail, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
import { tensorBytes } from "../../../ir-spec/base/tensor.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { GpuLimits } from "../../gpu-host/gpu.ts";
import type { UnitName } from "../isa/define.ts";
import type { LaneRegisters } from "../isa/lane-registers.ts";
import { laneRegisters } from "../isa/lanes.ts";
import type { Stream, StreamTensor } from "../stream.ts";
import { maxTileRows } from "./matmul.ts";
import { packedElements } from "./mx-texts.ts";
import { wordBytes } from "./places.ts";

export interface TensorPlace {
  /** The buffer it lies in. */
  readonly memory: string;
  readonly offsetBytes: number;
  readonly bytes: number;
}

export interface LaneRows {
  readonly rowWords: number;
  readonly lanes: number;
  readonly units: readonly UnitName[];
}

export interface MemoryMap {
  /** Bytes of each buffer, by name. */
  readonly bufferBytes: ReadonlyMap<string, number>;
  /** Bytes from one partition to the next. */
  readonly rowBytes: { readonly sbuf: number; readonly psum: number };
  /** How often a buffer holds its memory, by name; others hold it once. */
  readonly versions: Readonly<Record<string, number>> & { readonly sbuf: number; readonly psum: number };
  /** Indexed by TensorId. */
  readonly tensors: readonly TensorPlace[];
  /** Slots for stationary operands, and the words of a slot's row and of a slot. */
  readonly stationary: { readonly slots: number; readonly rowWords: number; readonly slotWords: number };
  /** The registers of lanes, by name: a row of words for each lane of each engine that has some, engine by engine. */
  readonly lanes: Readonly<Record<LaneRegisters["name"], LaneRows>>;
}

/** Assumed: enough slots that matmuls of many stationary operands may run together; more is memory for nothing. */
const maxStationaryBytes = 2 ** 24;

/** Assumed: enough versions that instructions of many iterations may run together, and memory that every machine has. */
const maxVersions = 100;
const maxVersionsBytes = 2 ** 25;

const toWords = (bytes: number): number => Math.ceil(bytes / wordBytes) * wordBytes;

export function makeMemoryMap(stream: Stream, machine: Machine, limits: GpuLimits): Result<MemoryMap> {
  const limitBytes = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  const rowBytes = {
    sbuf: toWords(machine.sbufBytesPerPartition),
    psum: toWords(machine.psumBanks * machine.psumBankBytesPerPartition),
  };
  const versionsOf = (bytes: number): number =>
    Math.max(1, Math.min(maxVersions, Math.floor(Math.min(maxVersionsBytes, limitBytes) / bytes)));
  const [sbufBytes, psumBytes] = [machine.partitions * rowBytes.sbuf, machine.partitions * rowBytes.psum];
  const versions = { sbuf: versionsOf(sbufBytes), psum: versionsOf(psumBytes) };
  const stationaryColumns = machine.peColumns * (machine.peDoubleRow === 0 ? 1 : 2);
  const stationaryRowWords = Math.ceil(stationaryColumns / maxTileRows) * maxTileRows;
  const slotWords = machine.peRows * stationaryRowWords * (machine.peMx === 0 ? 1 : packedElements);
  const slots = Math.max(1, Math.floor(Math.min(maxStationaryBytes, limitBytes) / (slotWords * wordBytes)));
  const { tensors, pageBytes } = placeTensors(stream.tensors, limitBytes);
  const lanes = Object.fromEntries(laneRegisters.map((registers) => [registers.name, laneRows(registers, machine)]));
  const bufferBytes = new Map<string, number>([
    ["sbuf", versions.sbuf * sbufBytes],
    ["psum", versions.psum * psumBytes],
    ["stationary", slots * slotWords * wordBytes],
    ...laneRegisters.map(({ name }): [string, number] => [laneMemories[name], laneBytes(lanes[name]!)]),
    ...pageBytes.map((bytes, page): [string, number] => [pageName(page), bytes]),
  ]);
  const tooLarge = [...bufferBytes].filter(([, bytes]) => bytes > limitBytes);
  if (tooLarge.length > 0) {
    return fail(
      tooLarge.map(([memory, found]) => at(problem("E1010", { memory, found, limit: limitBytes }), undefined)),
    );
  }
  const stationary = { slots, rowWords: stationaryRowWords, slotWords };
  return ok({ bufferBytes, rowBytes, versions, tensors, stationary, lanes: lanes as MemoryMap["lanes"] });
}

/** The buffers of the registers of lanes. */
export const laneMemories: { readonly [N in LaneRegisters["name"]]: string } = {
  state: "generators",
  accumulator: "accumulators",
};

function laneRows({ words }: LaneRegisters, machine: Machine): LaneRows {
  const units = (["act", "dve", "pool"] as const).filter((unit) => words(unit, machine) > 0);
  const rowWords = Math.max(0, ...units.map((unit) => words(unit, machine)));
  return { rowWords, lanes: machine.partitions, units };
}

const laneBytes = ({ units, lanes, rowWords }: LaneRows): number => units.length * lanes * rowWords * wordBytes;

const pageName = (page: number): string => `hbm${page}`;

/** Tensors in order, each at the start of a word; a new buffer where the last one is full. */
function placeTensors(
  streamTensors: readonly StreamTensor[],
  limitBytes: number,
): { readonly tensors: readonly TensorPlace[]; readonly pageBytes: readonly number[] } {
  const pageBytes: number[] = [];
  const tensors = streamTensors.map((tensor) => {
    const bytes = tensorBytes(tensor);
    const last = pageBytes.at(-1);
    if (last === undefined || last + toWords(bytes) > limitBytes) pageBytes.push(0);
    const page = pageBytes.length - 1;
    const offsetBytes = pageBytes[page]!;
    pageBytes[page] = offsetBytes + toWords(bytes);
    return { memory: pageName(page), offsetBytes, bytes };
  });
  return { tensors, pageBytes };
}
