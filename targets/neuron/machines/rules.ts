// Rules across the fields of a machine file: numbers that would contradict each other.

import { type Machine, type MachineKey, psumBankColumns } from "../../../ir-spec/machine.ts";
import { mxQuadrant } from "../isa/mx.ts";

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
];

export function findContradictions(machine: Machine): readonly Contradiction[] {
  return rules.flatMap((rule) => rule(machine) ?? []);
}
