// The form of a row in the tables of machine fields, and makers of rows.

export interface MachineField {
  readonly unit: string;
  readonly summary: string;
  readonly min: number;
  readonly max: number;
  /** Integers only. */
  readonly integer: boolean;
}

/**
 * The largest number of what has no limit of its own. Assumed: no single event takes longer than a second, which is more than any
 * real one does, so that sums of very many still count single nanoseconds; a core that wants more than this is a slip of units.
 */
const maxOf: Readonly<Record<string, number>> = { ns: 1e9, cycles: 1e6, banks: 2 ** 16 };

export const integer = (unit: string, summary: string, min = 1, max = maxOf[unit] ?? 2 ** 48): MachineField => ({
  unit,
  summary,
  min,
  max,
  integer: true,
});

export const real = (unit: string, summary: string, min = 0, max = maxOf[unit] ?? 1e18): MachineField => ({
  unit,
  summary,
  min,
  max,
  integer: false,
});

/** 1 where the machine has it, else 0. */
export const ability = (summary: string): MachineField => integer("0 or 1", summary, 0, 1);
