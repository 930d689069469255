// The form of a row in the tables of machine fields, and makers of rows.

export interface MachineField {
  readonly unit: string;
  readonly summary: string;
  readonly min: number;
  readonly max: number;
  /** Whole numbers only. */
  readonly integer: boolean;
}

export const whole = (unit: string, summary: string, min = 1, max = 2 ** 48): MachineField => ({
  unit,
  summary,
  min,
  max,
  integer: true,
});

export const real = (unit: string, summary: string, min = 0, max = 1e18): MachineField => ({
  unit,
  summary,
  min,
  max,
  integer: false,
});

/** 1 where the machine has it, else 0. */
export const ability = (summary: string): MachineField => whole("0 or 1", summary, 0, 1);
