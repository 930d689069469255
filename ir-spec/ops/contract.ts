// Contractions: rows that sum products over a shared dimension.

import { fail, ok } from "../base/result.ts";
import { elementCount, printShape, type Shape, type Tensor, type TensorType } from "../base/tensor.ts";
import { defineOp } from "./define.ts";
import { broadcastStrides, stridedOffsets } from "./loops.ts";
import {
  broadcastShapes,
  checkDtype,
  checkMinRank,
  checkSameDtype,
  floatDtypes,
  type Inferred,
  misfit,
} from "./shape-rules.ts";

interface Transposes {
  readonly transpose_lhs: boolean;
  readonly transpose_rhs: boolean;
}

/** The sizes of a product: lhs [m, k] by rhs [k, n] for each index of `batch`. */
export interface MatmulSizes {
  readonly batch: Shape;
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

function lastTwo(shape: Shape, isTransposed: boolean): readonly [rows: number, columns: number] {
  const rows = shape[shape.length - 2] as number;
  const columns = shape[shape.length - 1] as number;
  return isTransposed ? [columns, rows] : [rows, columns];
}

/** The sizes of a matmul whose operands are known to fit. */
export function matmulSizes(lhs: TensorType, result: TensorType, attrs: Transposes): MatmulSizes {
  const [m, k] = lastTwo(lhs.shape, attrs.transpose_lhs);
  return { batch: result.shape.slice(0, -2), m, n: result.shape.at(-1) as number, k };
}

function inferMatmul([lhs, rhs]: readonly [TensorType, TensorType], attrs: Transposes): Inferred {
  const wrong =
    checkDtype("lhs", lhs, floatDtypes) ??
    checkDtype("rhs", rhs, floatDtypes) ??
    checkSameDtype(lhs, rhs) ??
    checkMinRank("lhs", lhs, 2) ??
    checkMinRank("rhs", rhs, 2);
  if (wrong) return fail(wrong);
  const [m, left] = lastTwo(lhs.shape, attrs.transpose_lhs);
  const [right, n] = lastTwo(rhs.shape, attrs.transpose_rhs);
  if (left !== right) {
    const leftShape = printShape(lhs.shape) + (attrs.transpose_lhs ? " transposed" : "");
    const rightShape = printShape(rhs.shape) + (attrs.transpose_rhs ? " transposed" : "");
    return fail(misfit("E0302", { left, right, leftShape, rightShape }));
  }
  const batch = broadcastShapes(lhs.shape.slice(0, -2), rhs.shape.slice(0, -2));
  return batch.ok ? ok([{ dtype: lhs.dtype, shape: [...batch.value, m, n] }]) : batch;
}

/** A matrix within a tensor: element (i, j) is `data[start + i * rowStride + j * columnStride]`. */
export interface MatrixView {
  readonly data: Float64Array;
  readonly start: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** One product: lhs [m, k] times rhs [k, n], added to `result` [m, n], row-major. */
export interface MatrixProduct {
  readonly lhs: MatrixView;
  readonly rhs: MatrixView;
  readonly result: Float64Array;
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** Adds a product to its result, in place: to each element its terms, one by one in order of k. */
export type AddProduct = (product: MatrixProduct) => void;

/** How the matrix [rows, columns] lies that a tensor holds as it is or transposed. */
function matrixStrides(rows: number, columns: number, isTransposed: boolean) {
  return isTransposed ? { rowStride: 1, columnStride: rows } : { rowStride: columns, columnStride: 1 };
}

/** The matrix [rows, columns] row-major: a copy, but where it is stored so. */
function rowMajor({ data, start, rowStride, columnStride }: MatrixView, rows: number, columns: number): Float64Array {
  if (columnStride === 1 && rowStride === columns) return data.subarray(start, start + rows * columns);
  const matrix = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const from = start + row * rowStride;
    for (let column = 0; column < columns; column++) {
      matrix[row * columns + column] = data[from + column * columnStride]!;
    }
  }
  return matrix;
}

/** Two rows and four contracted elements at a time, so that what is loaded serves several products; the rest one by one. */
export function addProductPlainly({ lhs: left, rhs: right, result, m, n, k }: MatrixProduct): void {
  const lhs = rowMajor(left, m, k);
  const rhs = rowMajor(right, k, n);
  const pairedRows = m - (m % 2);
  const fullFours = k - (k % 4);
  for (let row = 0; row < pairedRows; row += 2) {
    for (let inner = 0; inner < fullFours; inner += 4) addTwoByFour(lhs, rhs, result, { row, inner, k, n });
  }
  for (let row = 0; row < m; row++) {
    for (let inner = row < pairedRows ? fullFours : 0; inner < k; inner++) {
      const factor = lhs[row * k + inner]!;
      for (let column = 0; column < n; column++) result[row * n + column]! += factor * rhs[inner * n + column]!;
    }
  }
}

interface ProductBlock {
  readonly row: number;
  readonly inner: number;
  readonly k: number;
  readonly n: number;
}

/** The products of rows `row`, `row + 1` with the contracted elements `inner` to `inner + 3`. */
function addTwoByFour(lhs: Float64Array, rhs: Float64Array, result: Float64Array, block: ProductBlock): void {
  const { row, inner, k, n } = block;
  const upper = row * k + inner;
  const [a0, a1, a2, a3] = [lhs[upper]!, lhs[upper + 1]!, lhs[upper + 2]!, lhs[upper + 3]!];
  const lower = upper + k;
  const [b0, b1, b2, b3] = [lhs[lower]!, lhs[lower + 1]!, lhs[lower + 2]!, lhs[lower + 3]!];
  const upperOut = row * n;
  const lowerOut = upperOut + n;
  const from = inner * n;
  for (let column = 0; column < n; column++) {
    const x0 = rhs[from + column]!;
    const x1 = rhs[from + n + column]!;
    const x2 = rhs[from + 2 * n + column]!;
    const x3 = rhs[from + 3 * n + column]!;
    result[upperOut + column] = result[upperOut + column]! + a0 * x0 + a1 * x1 + a2 * x2 + a3 * x3;
    result[lowerOut + column] = result[lowerOut + column]! + b0 * x0 + b1 * x1 + b2 * x2 + b3 * x3;
  }
}

/** The meaning of matmul; `addProduct` makes the product for each index of the batch. */
export function evalMatmul(
  [lhs, rhs]: readonly Tensor[],
  attrs: Transposes,
  result: Tensor,
  addProduct: AddProduct = addProductPlainly,
): void {
  if (lhs === undefined || rhs === undefined) return;
  const { batch, m, n, k } = matmulSizes(lhs, result, attrs);
  const startsIn = ({ shape }: Tensor, matrixElements: number): Int32Array => {
    const own = shape.slice(0, -2);
    return stridedOffsets(batch, broadcastStrides(own, batch)).map((index) => index * matrixElements);
  };
  const rhsStarts = startsIn(rhs, k * n);
  result.data.fill(0);
  startsIn(lhs, m * k).forEach((lhsStart, index) => {
    addProduct({
      lhs: { data: lhs.data, start: lhsStart, ...matrixStrides(m, k, attrs.transpose_lhs) },
      rhs: { data: rhs.data, start: rhsStarts[index]!, ...matrixStrides(k, n, attrs.transpose_rhs) },
      result: result.data.subarray(index * m * n, (index + 1) * m * n),
      ...{ m, n, k },
    });
  });
}

export const contractOps = {
  matmul: defineOp({
    kind: "contract",
    facts: { mayBeExact: true, nonnegative: "where operands are" },
    summary: "matrix product",
    detail:
      "`result[..., i, j] = sum over q of lhs[..., i, q] * rhs[..., q, j]`. `lhs` is [..., m, k], `rhs` is [..., k, n], the result is [..., m, n]; with `transpose_lhs` `lhs` is [..., k, m], with `transpose_rhs` `rhs` is [..., n, k]. Leading dimensions broadcast as in NumPy. Both operands have one float dtype, which is the result's; sums are kept wide, in order of q, and rounded once. Operands of rank 1 are refused: `reshape` them, so that it is plain which side they stand for.",
    source: "ONNX MatMul-13 without rank 1; the transposes as in StableHLO dot_general",
    operands: ["lhs", "rhs"],
    attrs: {
      transpose_lhs: { kind: "bool", default: false, summary: "whether lhs is [..., k, m]" },
      transpose_rhs: { kind: "bool", default: false, summary: "whether rhs is [..., n, k]" },
    },
    infer: inferMatmul,
    eval: (inputs, attrs, [result]) => evalMatmul(inputs, attrs, result),
    flops: ([lhs], [result], attrs) => {
      const { batch, m, n, k } = matmulSizes(lhs, result, attrs);
      return 2 * m * n * k * elementCount(batch);
    },
    example: `graph example(x: f32[2, 3], w: f32[3, 4]) -> (y: f32[2, 4]) {
  y = matmul(x, w)
}`,
  }),
};
