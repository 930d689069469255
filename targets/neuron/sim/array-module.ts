// The SIMD half of the systolic array as a WebAssembly module over one memory; the text it is made from: array.wat.
// Where there is no WebAssembly the memory is a plain buffer, and the instruction rows compute instead (array.ts).

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { type Machine, maxResultColumns } from "../../../ir-spec/machine.ts";
import { arrayWasm } from "./array-wasm.ts";

/** Addresses and distances in bytes from the memory's start. Panels: see array.wat. */
export interface ArrayModule {
  readonly packBf16: (src: number, rowBytes: number, k: number, n: number, panels: number) => void;
  /** In whole tiles of `tileRows` by `tileColumns`: all of each tile at `out` is written. */
  readonly product: (
    stationary: number,
    moving: number,
    k: number,
    m: number,
    n: number,
    out: number,
    rowBytes: number,
    accumulate: 0 | 1,
  ) => void;
}

/** The part of the standard that is used; neither the language's own library nor that of Node 20 declares it. */
interface WebAssemblyApi {
  readonly Memory: new (limits: {
    readonly initial: number;
  }) => {
    readonly buffer: ArrayBuffer;
    readonly grow: (pages: number) => number;
  };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

export interface ChipBuffer {
  readonly buffer: ArrayBuffer;
  readonly module: ArrayModule | undefined;
}

/** Columns of a panel, and the tile that the product is made of. */
export const panelColumns = 4;
export const tileRows = 4;
export const tileColumns = 8;

/** Bytes of one f32, and of what lies between panels. */
const f32Bytes = Float32Array.BYTES_PER_ELEMENT;
const panelGapBytes = 16 * f32Bytes;

/** Distance of panels of `k` rows (B). */
export function panelBytes(k: number): number {
  return k * panelColumns * f32Bytes + panelGapBytes;
}

/** Room for the panels of a matrix [k, n], made up to whole tiles of the product (B). */
function panelsBytes(k: number, n: number): number {
  const panels = Math.ceil(n / tileColumns) * (tileColumns / panelColumns);
  return panels * panelBytes(k);
}

/** The most columns of a moving operand. */
export function maxArrayColumns(machine: Machine): number {
  return maxResultColumns(machine, dtypeBytes(machine.peResultBf16 === 0 ? "f32" : "bf16"));
}

/** What the array needs: for the stationary operand, the moving one, and a product that cannot go to PSUM at once (B). */
export function arraySizes(machine: Machine) {
  const { peRows, peColumns } = machine;
  const movingColumns = maxArrayColumns(machine);
  const columns = Math.ceil(movingColumns / tileColumns) * tileColumns;
  const rows = Math.ceil(peColumns / tileRows) * tileRows;
  return {
    stationaryBytes: panelsBytes(peRows, peColumns),
    movingBytes: panelsBytes(peRows, movingColumns),
    sumsBytes: rows * columns * f32Bytes,
  };
}

export function arrayBytes(machine: Machine): number {
  const { stationaryBytes, movingBytes, sumsBytes } = arraySizes(machine);
  return stationaryBytes + movingBytes + sumsBytes;
}

/** Memory of `lengthBytes`, with the module over it if `useSimd` is set and WebAssembly is there. */
export function makeChipBuffer(lengthBytes: number, useSimd: boolean): ChipBuffer {
  const { WebAssembly: api } = globalThis as unknown as { readonly WebAssembly?: WebAssemblyApi };
  if (!useSimd || api === undefined) return { buffer: new ArrayBuffer(lengthBytes), module: undefined };
  const memory = new api.Memory({ initial: 1 });
  const pageBytes = memory.buffer.byteLength;
  memory.grow(Math.ceil(lengthBytes / pageBytes) - 1);
  const bytes = Uint8Array.from(atob(arrayWasm), (letter) => letter.charCodeAt(0));
  const { exports } = new api.Instance(new api.Module(bytes), { array: { memory } });
  return { buffer: memory.buffer, module: exports as ArrayModule };
}
