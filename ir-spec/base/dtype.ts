// THE DTYPE TABLE: size, range and rounding of every element type. Reference evaluation computes in f64 and rounds
// with the `round` of the value's dtype after each op.

export interface DtypeRow {
  readonly bytes: number;
  readonly kind: "float" | "int" | "bool";
  /** Bits of the significand after the point; 0 for integers. */
  readonly mantissaBits: number;
  /** Exponent of the smallest normal number; 0 for integers. */
  readonly minExponent: number;
  /** Largest finite value. */
  readonly maxFinite: number;
  /** Least finite value. */
  readonly minFinite: number;
  /** The nearest value of the dtype (ties to even); integers wrap modulo their width, floats overflow to infinity. */
  readonly round: (x: number) => number;
  readonly source: string;
}

function defineDtypes<const T extends Readonly<Record<string, DtypeRow>>>(rows: T): T {
  return rows;
}

/**
 * Rounds to a binary float with `mantissaBits` and subnormals below 2^minExponent, ties to even.
 * Scaling by a power of two is exact in f64, and adding and subtracting 1.5 * 2^52 rounds to an integer, ties to even.
 */
function roundToFloat(x: number, mantissaBits: number, minExponent: number, maxFinite: number): number {
  if (x === 0 || !Number.isFinite(x)) return x;
  const magnitude = Math.abs(x);
  const exponent = Math.max(exponentOf(magnitude), minExponent);
  const ulp = 2 ** (exponent - mantissaBits);
  const roundToInteger = 1.5 * 2 ** 52;
  const rounded = (magnitude / ulp + roundToInteger - roundToInteger) * ulp;
  const limited = rounded > maxFinite ? Number.POSITIVE_INFINITY : rounded;
  return x < 0 ? -limited : limited;
}

/** The exponent of the leading bit of a positive finite number: the `e` of 2^e <= x < 2^(e+1). */
export function exponentOf(x: number): number {
  const guess = Math.floor(Math.log2(x));
  if (2 ** guess > x) return guess - 1;
  return 2 ** (guess + 1) <= x ? guess + 1 : guess;
}

/** Shared view for the fast path of bf16: the bits of one f32. */
const f32Word = new Float32Array(1);
const f32Bits = new Uint32Array(f32Word.buffer);

/**
 * Rounds f64 to bf16, ties to even. Going by way of f32 would round twice, so the f32 step is corrected: when the f32
 * value lies exactly between two bf16 values, the exact value decides the tie.
 */
function roundToBf16(x: number): number {
  f32Word[0] = x;
  const bits = f32Bits[0] as number;
  const low = bits & 0xffff;
  if (!Number.isFinite(x)) return x;
  if (low === 0x8000 && f32Word[0] !== x) return roundToFloat(x, 7, -126, BF16_MAX);
  const up = low > 0x8000 || (low === 0x8000 && ((bits >>> 16) & 1) === 1);
  f32Bits[0] = up ? ((bits >>> 16) + 1) << 16 : bits & 0xffff0000;
  return f32Word[0] as number;
}

const BF16_MAX = 2 ** 127 * (2 - 2 ** -7);

/** The facts and the rounding of a narrow binary float with infinities, as in IEEE 754. */
function narrowFloat(mantissaBits: number, minExponent: number, maxFinite: number) {
  return {
    kind: "float",
    mantissaBits,
    minExponent,
    maxFinite,
    minFinite: -maxFinite,
    round: (x: number) => roundToFloat(x, mantissaBits, minExponent, maxFinite),
  } as const;
}

/** The facts of an integer; `wrap` drops the fraction and takes the value modulo the width. */
function integerFormat(minFinite: number, maxFinite: number, wrap: (x: number) => number) {
  return { kind: "int", mantissaBits: 0, minExponent: 0, minFinite, maxFinite, round: wrap } as const;
}

export const dtypes = defineDtypes({
  f32: {
    bytes: 4,
    kind: "float",
    mantissaBits: 23,
    minExponent: -126,
    maxFinite: 2 ** 127 * (2 - 2 ** -23),
    minFinite: -(2 ** 127) * (2 - 2 ** -23),
    round: Math.fround,
    source: "IEEE 754-2019 binary32",
  },
  bf16: {
    bytes: 2,
    kind: "float",
    mantissaBits: 7,
    minExponent: -126,
    maxFinite: BF16_MAX,
    minFinite: -BF16_MAX,
    round: roundToBf16,
    source: "the upper half of IEEE 754 binary32",
  },
  f16: { bytes: 2, ...narrowFloat(10, -14, 65504), source: "IEEE 754-2019 binary16" },
  f8e4m3: {
    bytes: 1,
    ...narrowFloat(3, -6, 240),
    source:
      "ml_dtypes float8_e4m3, which the NKI documentation names for Trainium's fp8_e4: bias 7, infinities, largest value 240; not the OCP format e4m3fn (448, no infinities)",
  },
  f8e5m2: {
    bytes: 1,
    ...narrowFloat(2, -14, 57344),
    source: "OCP 8-bit Floating Point Specification 1.0, E5M2: bias 15, with infinities",
  },
  i32: {
    bytes: 4,
    ...integerFormat(-(2 ** 31), 2 ** 31 - 1, (x) => Math.trunc(x) | 0),
    source: "two's complement, 32 bits",
  },
  i8: { bytes: 1, ...integerFormat(-128, 127, (x) => (Math.trunc(x) << 24) >> 24), source: "two's complement, 8 bits" },
  u8: { bytes: 1, ...integerFormat(0, 255, (x) => Math.trunc(x) & 0xff), source: "unsigned, 8 bits" },
  bool: {
    bytes: 1,
    kind: "bool",
    mantissaBits: 0,
    minExponent: 0,
    maxFinite: 1,
    minFinite: 0,
    round: (x) => (x === 0 ? 0 : 1),
    source: "one byte, 0 or 1",
  },
});

export type Dtype = keyof typeof dtypes;

export const dtypeNames = Object.keys(dtypes) as readonly Dtype[];

export function isDtype(name: string): name is Dtype {
  return Object.hasOwn(dtypes, name);
}

/** Rounds `x` to the dtype: the only way a value gets its dtype's precision. */
export function roundTo(dtype: Dtype, x: number): number {
  return dtypes[dtype].round(x);
}

/** Rounds all numbers to the dtype, in place. The common dtypes have loops of their own, into which their rounding is compiled. */
export function roundAllTo(dtype: Dtype, data: Float64Array): void {
  if (dtype === "f32") {
    for (let index = 0; index < data.length; index++) data[index] = Math.fround(data[index]!);
  } else if (dtype === "bf16") {
    for (let index = 0; index < data.length; index++) data[index] = roundToBf16(data[index]!);
  } else {
    const { round } = dtypes[dtype];
    for (let index = 0; index < data.length; index++) data[index] = round(data[index]!);
  }
}

export function dtypeBytes(dtype: Dtype): number {
  return dtypes[dtype].bytes;
}

export function isFloat(dtype: Dtype): boolean {
  return dtypes[dtype].kind === "float";
}

/** The distance between neighbouring values of a float dtype around `x` (unit in the last place); 1 for integers. */
export function ulpAt(dtype: Dtype, x: number): number {
  const row = dtypes[dtype];
  if (row.kind !== "float") return 1;
  const magnitude = Math.abs(x);
  const exponent = magnitude === 0 ? row.minExponent : Math.max(exponentOf(magnitude), row.minExponent);
  return 2 ** (exponent - row.mantissaBits);
}
