// What a rule says its kernel in: WGSL texts for the operands and numbers of one execution. The texts are the same for all
// executions of a class; what differs between them, addresses, strides, sizes and numbers, they take from the
// execution's record, `r`. It has the numbers of all places; asking for the text of another number adds it.

import type { Dtype } from "../../../ir-spec/base/dtype.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import { dtypeTexts, rawText, withElementText } from "./dtype-texts.ts";
import { type DevicePlace, elementsPerWord } from "./places.ts";

export interface RecordField {
  readonly name: string;
  readonly type: "u32" | "i32" | "f32";
  /** The value of this execution. */
  readonly bits: number;
}

/** Texts for element (p, f) of one of the operands N; by default those of the element that the kernel makes. */
export interface ElementTexts<N extends string = string> {
  readonly has: (operand: N) => boolean;
  /** The element as f32. */
  readonly value: (operand: N, p?: string, f?: string) => string;
  /** The element of an i32 operand, unrounded. */
  readonly asInteger: (operand: N, p?: string, f?: string) => string;
  /** The element's bits. */
  readonly raw: (operand: N, p?: string, f?: string) => string;
  /** The element as bits of the dtype of `dst`: unchanged where it has that dtype, else by way of f32. */
  readonly converted: (operand: N, p?: string, f?: string) => string;
  /** The bits of an f32 in an operand's dtype. */
  readonly encoded: (operand: N, x: string) => string;
  /** The bits of an i32 in an operand's dtype. */
  readonly encodedWhole: (operand: N, x: string) => string;
  /** The word that holds the element. */
  readonly wordOf: (operand: N, p: string, f: string) => string;
  /** A number of the execution; to be asked for once. */
  readonly number: (name: string, x: number) => string;
  readonly integer: (name: string, x: number) => string;
  /** Elements of an operand's row. */
  readonly free: (operand: N) => string;
  /** Rows of an operand. */
  readonly rows: (operand: N) => string;
  /** The statement that stores bits; for kernels of which one invocation owns all that it stores into. */
  readonly store: (operand: N, p: string, f: string, raw: string) => string;
  /** Element number of (p, f) in its memory. */
  readonly index: (operand: N, p: string, f: string) => string;
}

export interface TextSource {
  readonly texts: ElementTexts;
  /** The record's fields so far, in order. */
  readonly fields: readonly RecordField[];
}

const floatWord = new Float32Array(1);
const floatBits = new Uint32Array(floatWord.buffer);

export function bitsOfF32(x: number): number {
  floatWord[0] = x;
  return floatBits[0]!;
}

/** Makes the texts of places by name; memories in `atomic` are read by atomic loads. */
export function makeTexts(
  places: ReadonlyMap<string, DevicePlace>,
  atomic: ReadonlySet<string> = new Set(),
  record = "r",
): TextSource {
  const fields = placeFields(places);
  const add = (name: string, type: RecordField["type"], bits: number): string => {
    fields.push({ name, type, bits: bits >>> 0 });
    return `${record}.${name}`;
  };
  const texts: ElementTexts = {
    ...makePlaceTexts(places, atomic, record),
    number: (name, x) => add(name, "f32", bitsOfF32(x)),
    integer: (name, x) => add(name, "i32", x),
  };
  return { texts, fields };
}

function makePlaceTexts(
  places: ReadonlyMap<string, DevicePlace>,
  atomic: ReadonlySet<string>,
  record: string,
): Omit<ElementTexts, "number" | "integer"> {
  const place = (operand: string): DevicePlace => {
    const found = places.get(operand);
    invariant(found !== undefined, `operand ${operand} is missing`);
    return found;
  };
  const dtypeOf = (operand: string): Dtype => place(operand).dtype;
  const encoded = (operand: string, x: string): string => dtypeTexts[dtypeOf(operand)].encode(x);
  const index = (operand: string, p: string, f: string): string => indexText(place(operand), p, f, record);
  const wordAt = (operand: string, i: string): string => wordText(place(operand), i, atomic);
  const direct = (operand: string, p: string, f: string): string => {
    const i = index(operand, p, f);
    return rawText(dtypeOf(operand), wordAt(operand, i), i);
  };
  const indexAt = (indices: string, f: string): string => `bitcast<i32>(${direct(indices, "0u", f)})`;
  const isThere = (operand: string, at: string): string => `${at} >= 0 && ${at} < i32(${record}.${operand}_free)`;
  /** The element that an index picks; NaN or 0 where there is none. */
  const raw = (operand: string, p = "p", f = "f"): string => {
    const { indices } = place(operand);
    if (indices === undefined) return direct(operand, p, f);
    const at = indexAt(indices, f);
    const there = direct(operand, p, `u32(clamp(${at}, 0, i32(${record}.${operand}_free) - 1))`);
    return `select(${encoded(operand, "float_of(0x7fc00000u)")}, ${there}, ${isThere(operand, at)})`;
  };
  const value = (operand: string, p?: string, f?: string): string =>
    dtypeTexts[dtypeOf(operand)].decode(raw(operand, p, f));
  return {
    has: (operand) => places.has(operand),
    value,
    raw,
    encoded,
    encodedWhole: (operand, x) => dtypeTexts[dtypeOf(operand)].encodeWhole(x),
    index,
    wordOf: (operand, p, f) => wordAt(operand, index(operand, p, f)),
    asInteger: (operand, p, f) => `bitcast<i32>(${raw(operand, p, f)})`,
    converted: (operand, p, f) =>
      dtypeOf(operand) === dtypeOf("dst") ? raw(operand, p, f) : encoded("dst", value(operand, p, f)),
    free: (operand) => `${record}.${place(operand).indices ?? operand}_free`,
    rows: (operand) => `${record}.${operand}_rows`,
    store: (operand, p, f, bits) => {
      const { indices } = place(operand);
      const at = indices === undefined ? "" : indexAt(indices, f);
      const i = index(operand, p, indices === undefined ? f : `u32(${at})`);
      const stored = `${wordAt(operand, i)} = ${withElementText(dtypeOf(operand), wordAt(operand, i), i, bits)};`;
      return indices === undefined ? stored : `if (${isThere(operand, at)}) { ${stored} }`;
    },
  };
}

/** The word that holds element i. */
function wordText({ memory, dtype }: DevicePlace, i: string, atomic: ReadonlySet<string>): string {
  const word = `${memory}[${elementsPerWord(dtype) === 1 ? i : `(${i}) / ${elementsPerWord(dtype)}u`}]`;
  return atomic.has(memory) ? `atomicLoad(&${word})` : word;
}

/** The record's fields for each place: where it is and how large. */
export function placeFields(places: ReadonlyMap<string, DevicePlace>): RecordField[] {
  const fields: RecordField[] = [];
  for (const [name, { base, rows, rowStride, free, dims }] of places) {
    const add = (field: string, bits: number): number =>
      fields.push({ name: `${name}_${field}`, type: "u32", bits: bits >>> 0 });
    add("base", base);
    add("rows", rows);
    add("row", rowStride);
    add("free", free);
    let span = free;
    for (const [dim, { size, stride }] of dims.entries()) {
      span /= size;
      add(`size${dim}`, size);
      add(`span${dim}`, span);
      add(`stride${dim}`, stride);
    }
  }
  return fields;
}

/** Words of a place's fields; the first is the number of its first element. */
export function placeWords({ dims }: DevicePlace): number {
  return 4 + 3 * dims.length;
}

/** `base + p * row + ...`: the number of element (p, f) in the place's memory. */
function indexText({ name, dims }: DevicePlace, p: string, f: string, record: string): string {
  const field = (suffix: string): string => `${record}.${name}_${suffix}`;
  const terms = [field("base"), `${p} * ${field("row")}`];
  for (const dim of dims.keys()) {
    const outer = dim === dims.length - 1 ? `(${f})` : `((${f}) / ${field(`span${dim}`)})`;
    const position = dim === 0 ? outer : `(${outer} % ${field(`size${dim}`)})`;
    terms.push(`${position} * ${field(`stride${dim}`)}`);
  }
  return terms.join(" + ");
}
