// Rules across the fields of a machine file: numbers that would contradict each other.

import { type Machine, type MachineKey, psumBankColumns } from "../../../ir-spec/machine.ts";

/** What is wrong with a field, given the others. */
export interface Contradiction {
  readonly field: MachineKey;
  readonly found: string;
  readonly wanted: string;
}

type Rule = (machine: Machine) => Contradiction | undefined;

/** The stationary and the moving operand have a row of the array in each partition. */
const rowsArePartitions: Rule = ({ peRows, partitions }) =>
  peRows <= partitions
    ? undefined
    : { field: "peRows", found: String(peRows), wanted: `at most the ${partitions} of partitions` };

/** A result tile has a column of the array in each partition of PSUM. */
const columnsArePartitions: Rule = ({ peColumns, partitions }) =>
  peColumns <= partitions
    ? undefined
    : { field: "peColumns", found: String(peColumns), wanted: `at most the ${partitions} of partitions` };

/** One matmul's result lies in one PSUM bank. */
const resultFitsBank: Rule = (machine) =>
  machine.peMovingColumns <= psumBankColumns(machine)
    ? undefined
    : {
        field: "peMovingColumns",
        found: String(machine.peMovingColumns),
        wanted: `at most the ${psumBankColumns(machine)} f32 columns of a bank of psumBankBytesPerPartition`,
      };

const startsDividePartitions: Rule = ({ partitions, partitionStartMultiple }) =>
  partitions % partitionStartMultiple === 0
    ? undefined
    : {
        field: "partitionStartMultiple",
        found: String(partitionStartMultiple),
        wanted: `a divisor of the ${partitions} of partitions`,
      };

const bankHoldsWords: Rule = ({ psumBankBytesPerPartition }) =>
  psumBankBytesPerPartition % Float32Array.BYTES_PER_ELEMENT === 0
    ? undefined
    : {
        field: "psumBankBytesPerPartition",
        found: String(psumBankBytesPerPartition),
        wanted: "a multiple of 4, since PSUM accumulates f32",
      };

const partitionHoldsWords: Rule = ({ sbufBytesPerPartition }) =>
  sbufBytesPerPartition % Float32Array.BYTES_PER_ELEMENT === 0
    ? undefined
    : {
        field: "sbufBytesPerPartition",
        found: String(sbufBytesPerPartition),
        wanted: "a multiple of 4, so that f32 is aligned",
      };

const rules: readonly Rule[] = [
  rowsArePartitions,
  columnsArePartitions,
  resultFitsBank,
  startsDividePartitions,
  bankHoldsWords,
  partitionHoldsWords,
];

export function findContradictions(machine: Machine): readonly Contradiction[] {
  return rules.flatMap((rule) => rule(machine) ?? []);
}
