// How a number is in an image: its width, its range, and bytes <-> number. All are little-endian; integers are two's
// complement, floats IEEE 754 binary64. A number that does not fit is refused by the writer, never cut.

interface NumberRow {
  readonly bytes: number;
  /** What fits, for messages. */
  readonly wanted: string;
  readonly fits: (x: number) => boolean;
  readonly write: (view: DataView, at: number, x: number) => void;
  readonly read: (view: DataView, at: number) => number;
}

/** Integers from `min` to `max`; -0 is none of them, since it would come back as 0. */
function whole(bytes: number, min: number, max: number): Pick<NumberRow, "bytes" | "wanted" | "fits"> {
  const fits = (x: number): boolean => Number.isInteger(x) && x >= min && x <= max && !Object.is(x, -0);
  return { bytes, wanted: `an integer from ${min} to ${max}`, fits };
}

/** How many numbers there are of so many bytes. */
const valuesOf = (bytes: number): number => 2 ** (8 * bytes);
const unsigned = (bytes: number) => whole(bytes, 0, valuesOf(bytes) - 1);
const signed = (bytes: number) => whole(bytes, -valuesOf(bytes) / 2, valuesOf(bytes) / 2 - 1);

/** The NaN that stands for all of them, so that equal streams give equal bytes. Source: IEEE 754-2019, 6.2.1 (quiet NaN). */
const canonicalNan = 0x7ff8_0000_0000_0000n;

function writeFloat(view: DataView, at: number, x: number): void {
  if (Number.isNaN(x)) view.setBigUint64(at, canonicalNan, true);
  else view.setFloat64(at, x, true);
}

const { MIN_SAFE_INTEGER: minExact, MAX_SAFE_INTEGER: maxExact } = Number;

export const numberTypes = {
  u8: {
    ...unsigned(1),
    write: (view, at, x) => view.setUint8(at, x),
    read: (view, at) => view.getUint8(at),
  },
  u16: {
    ...unsigned(2),
    write: (view, at, x) => view.setUint16(at, x, true),
    read: (view, at) => view.getUint16(at, true),
  },
  u32: {
    ...unsigned(4),
    write: (view, at, x) => view.setUint32(at, x, true),
    read: (view, at) => view.getUint32(at, true),
  },
  i32: {
    ...signed(4),
    write: (view, at, x) => view.setInt32(at, x, true),
    read: (view, at) => view.getInt32(at, true),
  },
  /** 8 bytes, of which those are used that an f64 holds exactly. */
  i64: {
    ...whole(8, minExact, maxExact),
    write: (view, at, x) => view.setBigInt64(at, BigInt(x), true),
    read: (view, at) => Number(view.getBigInt64(at, true)),
  },
  f64: {
    bytes: 8,
    wanted: "a number",
    fits: () => true,
    write: writeFloat,
    read: (view, at) => view.getFloat64(at, true),
  },
} as const satisfies Readonly<Record<string, NumberRow>>;

export type NumberType = keyof typeof numberTypes;

export function numberRow(type: NumberType): NumberRow {
  return numberTypes[type];
}
