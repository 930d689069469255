// Rules across the fields of a machine file: numbers that would contradict each other.

import { type Machine, type MachineKey, psumBankColumns } from "../../../ir-spec/machine.ts";
import { mxQuadrant } from "../isa/mx.ts";
import { arrayBytes } from "../sim/array-module.ts";

/** What is wrong with a field, given the others. */
export interface Contradiction {
  readonly field: MachineKey;
  readonly found: string;
  readonly wanted: string;
}

type MachineRule = (machine: Machine) => Contradiction | undefined;

/** The stationary and the moving operand have a row of the array in each partition. */
const rowsArePartitions: MachineRule = ({ peRows, partitions }) =>
  peRows <= partitions
    ? undefined
    : { field: "peRows", found: String(peRows), wanted: `at most the ${partitions} of partitions` };

/** A result tile has a column of the array in each partition of PSUM. */
const columnsArePartitions: MachineRule = ({ peColumns, partitions }) =>
  peColumns <= partitions
    ? undefined
    : { field: "peColumns", found: String(peColumns), wanted: `at most the ${partitions} of partitions` };

/** One matmul's result lies in one PSUM bank. */
const resultFitsBank: MachineRule = (machine) =>
  machine.peMovingColumns <= psumBankColumns(machine)
    ? undefined
    : {
        field: "peMovingColumns",
        found: String(machine.peMovingColumns),
        wanted: `at most the ${psumBankColumns(machine)} f32 columns of a bank of psumBankBytesPerPartition`,
      };

const startsDividePartitions: MachineRule = ({ partitions, partitionStartMultiple }) =>
  partitions % partitionStartMultiple === 0
    ? undefined
    : {
        field: "partitionStartMultiple",
        found: String(partitionStartMultiple),
        wanted: `a divisor of the ${partitions} of partitions`,
      };

const bankHoldsWords: MachineRule = ({ psumBankBytesPerPartition }) =>
  psumBankBytesPerPartition % Float32Array.BYTES_PER_ELEMENT === 0
    ? undefined
    : {
        field: "psumBankBytesPerPartition",
        found: String(psumBankBytesPerPartition),
        wanted: "a multiple of 4, since PSUM accumulates f32",
      };

const partitionHoldsWords: MachineRule = ({ sbufBytesPerPartition }) =>
  sbufBytesPerPartition % Float32Array.BYTES_PER_ELEMENT === 0
    ? undefined
    : {
        field: "sbufBytesPerPartition",
        found: String(sbufBytesPerPartition),
        wanted: "a multiple of 4, so that f32 is aligned",
      };

/** Tiles of the array's rows are halves of halves of it. */
const tilesHalveRows: MachineRule = ({ peRows, peTileRows }) =>
  Number.isInteger(Math.log2(peRows / peTileRows)) && peTileRows <= peRows
    ? undefined
    : { field: "peTileRows", found: String(peTileRows), wanted: `the ${peRows} of peRows by a power of two` };

/** And so are tiles of its columns. */
const tilesHalveColumns: MachineRule = ({ peColumns, peTileColumns }) =>
  Number.isInteger(Math.log2(peColumns / peTileColumns)) && peTileColumns <= peColumns
    ? undefined
    : {
        field: "peTileColumns",
        found: String(peTileColumns),
        wanted: `the ${peColumns} of peColumns by a power of two`,
      };

const processorsDividePartitions: MachineRule = ({ partitions, poolCorePartitions }) =>
  partitions % poolCorePartitions === 0
    ? undefined
    : {
        field: "poolCorePartitions",
        found: String(poolCorePartitions),
        wanted: `a divisor of the ${partitions} of partitions`,
      };

/** The scales of MX formats lie in quadrants. */
const scalesHaveQuadrants: MachineRule = ({ peMx, dveQuantizeRate, partitionStartMultiple }) =>
  (peMx === 0 && dveQuantizeRate === 0) || partitionStartMultiple === mxQuadrant
    ? undefined
    : {
        field: "partitionStartMultiple",
        found: String(partitionStartMultiple),
        wanted: `${mxQuadrant}, where there are MX formats`,
      };

const stacksDivideCores: MachineRule = ({ coresPerChip, coresPerHbmStack }) =>
  coresPerChip % coresPerHbmStack === 0
    ? undefined
    : {
        field: "coresPerHbmStack",
        found: String(coresPerHbmStack),
        wanted: `a divisor of the ${coresPerChip} of coresPerChip`,
      };

/** The links of an instance form a grid of its chips. */
const gridHoldsChips: MachineRule = ({ chipsPerInstance, torusX, torusY }) =>
  torusX * torusY === chipsPerInstance
    ? undefined
    : {
        field: "torusX",
        found: `${torusX}, by ${torusY} of torusY`,
        wanted: `the ${chipsPerInstance} of chipsPerInstance as a product`,
      };

/** The engines that wait for each other at PSUM are kept in the bits of one word, next to SBUF's. */
const maxPorts = 31;

const portsAreFew: MachineRule = ({ psumBanks, psumPortBanks }) =>
  psumBanks <= maxPorts * psumPortBanks
    ? undefined
    : {
        field: "psumPortBanks",
        found: String(psumPortBanks),
        wanted: `at least ${Math.ceil(psumBanks / maxPorts)}, so that the ${psumBanks} of psumBanks have ${maxPorts} ports at most`,
      };

/** Assumed: several times what any core has, and what fits in the memory of whoever simulates it. */
const maxChipBytes = 2 ** 30;

/** The simulator holds all of SBUF and PSUM, and what the array holds. */
const chipFitsSimulator: MachineRule = (machine) => {
  const { partitions, sbufBytesPerPartition, psumBanks, psumBankBytesPerPartition } = machine;
  const found = partitions * (sbufBytesPerPartition + psumBanks * psumBankBytesPerPartition) + arrayBytes(machine);
  if (found <= maxChipBytes) return undefined;
  return {
    field: "sbufBytesPerPartition",
    found: `${sbufBytesPerPartition}, with PSUM and the array ${found} B on chip`,
    wanted: `at most ${maxChipBytes} B, which the simulator holds`,
  };
};

/** A fetch brings an instruction at least. */
const fetchesInstructions: MachineRule = ({ instructionBytes, instructionFetchBytes }) =>
  instructionBytes <= instructionFetchBytes
    ? undefined
    : {
        field: "instructionFetchBytes",
        found: String(instructionFetchBytes),
        wanted: `at least the ${instructionBytes} of instructionBytes`,
      };

const rules: readonly MachineRule[] = [
  rowsArePartitions,
  columnsArePartitions,
  resultFitsBank,
  startsDividePartitions,
  bankHoldsWords,
  partitionHoldsWords,
  tilesHalveRows,
  tilesHalveColumns,
  processorsDividePartitions,
  scalesHaveQuadrants,
  stacksDivideCores,
  gridHoldsChips,
  portsAreFew,
  chipFitsSimulator,
  fetchesInstructions,
];

export function findContradictions(machine: Machine): readonly Contradiction[] {
  return rules.flatMap((rule) => rule(machine) ?? []);
}
