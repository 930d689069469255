// Products of the reference with SIMD, block by block in the memory of a WebAssembly module; the text it is made from:
// product.wat. They are bit for bit those of the op row, which also computes where there is no WebAssembly.

import { type AddProduct, addProductPlainly, type MatrixProduct, type MatrixView } from "../../ir-spec/ops/contract.ts";
import { productWasm } from "./product-wasm.ts";

/** The part of the standard that is used; neither the language's own library nor that of Node 20 declares it. */
interface WebAssemblyApi {
  readonly Memory: new (limits: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

/** Addresses and distances in bytes from the memory's start; `m` and `n` in whole tiles. */
interface ProductModule {
  readonly addProduct: (
    lhs: number,
    rhs: number,
    k: number,
    m: number,
    n: number,
    out: number,
    rowBytes: number,
  ) => void;
}

/** Rows of a panel of lhs, columns of one of rhs. */
const panelLanes = 4;
const f64Bytes = Float64Array.BYTES_PER_ELEMENT;

/** The largest block: a panel of rhs stays in the first cache, all of lhs in the second one. Source: measured, 128 x 3072 x 768. */
const most = { m: 256, n: 512, k: 256 } as const;

/** Where the parts of a block lie, in elements. */
const lhsStart = 0;
const rhsStart = lhsStart + most.m * most.k;
const outStart = rhsStart + most.k * most.n;
const blockElements = outStart + most.m * most.n;

/** Makes what adds products: with SIMD where there is WebAssembly. */
export function makeAddProduct(): AddProduct {
  const { WebAssembly: api } = globalThis as unknown as { readonly WebAssembly?: WebAssemblyApi };
  if (api === undefined) return addProductPlainly;
  const pageBytes = 65536;
  const memory = new api.Memory({ initial: Math.ceil((blockElements * f64Bytes) / pageBytes) });
  const bytes = Uint8Array.from(atob(productWasm), (letter) => letter.charCodeAt(0));
  const { exports } = new api.Instance(new api.Module(bytes), { product: { memory } });
  const block: Block = { elements: new Float64Array(memory.buffer), module: exports as ProductModule };
  return (product) => addInBlocks(block, product);
}

interface Block {
  readonly elements: Float64Array;
  readonly module: ProductModule;
}

function addInBlocks(block: Block, product: MatrixProduct): void {
  const { m, n } = product;
  for (let column = 0; column < n; column += most.n) {
    for (let row = 0; row < m; row += most.m) {
      const columns = Math.min(most.n, n - column);
      const rows = Math.min(most.m, m - row);
      addPart(block, product, { row, rows, column, columns });
    }
  }
}

interface Part {
  readonly row: number;
  readonly rows: number;
  readonly column: number;
  readonly columns: number;
}

/** Adds to a part of the result; the block holds its sums along all of k. */
function addPart({ elements, module }: Block, product: MatrixProduct, part: Part): void {
  const { lhs, rhs, result, n, k } = product;
  const { row, rows, column, columns } = part;
  const width = inPanels(columns);
  for (let i = 0; i < rows; i++) {
    const from = (row + i) * n + column;
    elements.set(result.subarray(from, from + columns), outStart + i * width);
  }
  for (let q = 0; q < k; q += most.k) {
    const depth = Math.min(most.k, k - q);
    const left = { ...lhs, start: lhs.start + row * lhs.rowStride + q * lhs.columnStride };
    const right = { ...rhs, start: rhs.start + q * rhs.rowStride + column * rhs.columnStride };
    pack(elements.subarray(lhsStart, rhsStart), transposed(left), depth, rows);
    pack(elements.subarray(rhsStart, outStart), right, depth, columns);
    module.addProduct(
      lhsStart * f64Bytes,
      rhsStart * f64Bytes,
      depth,
      inPanels(rows),
      width,
      outStart * f64Bytes,
      width * f64Bytes,
    );
  }
  for (let i = 0; i < rows; i++) {
    const from = outStart + i * width;
    result.set(elements.subarray(from, from + columns), (row + i) * n + column);
  }
}

/** Whole panels that hold so many lanes, in lanes. */
const inPanels = (lanes: number): number => Math.ceil(lanes / panelLanes) * panelLanes;

const transposed = ({ data, start, rowStride, columnStride }: MatrixView): MatrixView => ({
  ...{ data, start, rowStride: columnStride, columnStride: rowStride },
});

/**
 * Packs the matrix [k, lanes] in panels of four lanes; those that the last one lacks are 0. Along k where its lanes are apart in
 * memory, else across: so neighbours in memory are read together.
 */
function pack(panels: Float64Array, matrix: MatrixView, k: number, lanes: number): void {
  const whole = Math.floor(lanes / panelLanes);
  if (matrix.columnStride === 1) for (let q = 0; q < k; q++) packElement(panels, matrix, { k, q, whole });
  else for (let panel = 0; panel < whole; panel++) packPanel(panels, matrix, k, panel);
  if (whole * panelLanes < lanes) packRest(panels, matrix, k, lanes);
}

/** One contracted element of all whole panels. */
function packElement(
  panels: Float64Array,
  { data, start, rowStride }: MatrixView,
  { k, q, whole }: { readonly k: number; readonly q: number; readonly whole: number },
): void {
  const row = start + q * rowStride;
  for (let panel = 0; panel < whole; panel++) {
    const from = row + panel * panelLanes;
    const to = (panel * k + q) * panelLanes;
    panels[to] = data[from]!;
    panels[to + 1] = data[from + 1]!;
    panels[to + 2] = data[from + 2]!;
    panels[to + 3] = data[from + 3]!;
  }
}

function packPanel(panels: Float64Array, matrix: MatrixView, k: number, panel: number): void {
  const { data, start, rowStride, columnStride } = matrix;
  for (let q = 0; q < k; q++) {
    const from = start + panel * panelLanes * columnStride + q * rowStride;
    const to = (panel * k + q) * panelLanes;
    panels[to] = data[from]!;
    panels[to + 1] = data[from + columnStride]!;
    panels[to + 2] = data[from + 2 * columnStride]!;
    panels[to + 3] = data[from + 3 * columnStride]!;
  }
}

/** The last panel, where it is not whole. */
function packRest(panels: Float64Array, matrix: MatrixView, k: number, lanes: number): void {
  const { data, start, rowStride, columnStride } = matrix;
  const first = Math.floor(lanes / panelLanes) * panelLanes;
  panels.fill(0, first * k, (first + panelLanes) * k);
  for (let lane = first; lane < lanes; lane++) {
    const to = first * k + (lane - first);
    for (let q = 0; q < k; q++) panels[to + q * panelLanes] = data[start + lane * columnStride + q * rowStride]!;
  }
}
