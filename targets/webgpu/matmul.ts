// The matmul kernel. Each invocation keeps up to 8 x 8 elements of the result in registers and walks along k; operands lie
// as they are, transposed or not, since each has its own strides. No workgroup memory: reuse comes from the registers and
// the cache. Invocations of a row read neighbouring columns of rhs and the same element of lhs.
// Source: measured on SwiftShader, 128 x 3072 x 768: 1.9 GFLOP/s; 4 x 4 with vec4 loads 1.0; 64 x 64 tiles in workgroup
// memory 0.55, and 1.4 s to compile, as each barrier splits the shader.

import { elementCount, type Shape, type TensorType } from "../../ir-spec/base/tensor.ts";
import type { Attrs } from "../../ir-spec/graph.ts";
import { matmulSizes } from "../../ir-spec/ops/contract.ts";
import type { OpNameOf } from "../../ir-spec/ops/index.ts";
import { broadcastStrides } from "../../ir-spec/ops/loops.ts";
import { roundText } from "./dtypes.ts";
import { type Kernel, type NodeTypes, result0 } from "./kernel.ts";
import { coalesceWalk, offsetText, type View } from "./views.ts";

/** Invocations of a workgroup along n and along m. */
const lanes = 8;
/** Most columns and rows per invocation; columns are computed four at a time. */
const most = 8;
const vectorColumns = 4;

/** The kernels of contractions. */
export const contractions: { readonly [N in OpNameOf<"contract">]: (node: NodeTypes) => Kernel } = {
  matmul: matmulKernel,
};

/** How one operand is walked: the start of its matrix for a batch index, and the strides along k and the other side. */
interface OperandWalk {
  readonly name: string;
  readonly start: string;
  readonly kStride: number;
  readonly sideStride: number;
}

interface MatmulTile {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Rows and vectors of four columns per invocation. */
  readonly rows: number;
  readonly vectors: number;
  readonly lhs: OperandWalk;
  readonly rhs: OperandWalk;
}

function matmulKernel(node: NodeTypes): Kernel {
  const [lhs, rhs] = node.operands as readonly [TensorType, TensorType];
  const result = node.results[0] as TensorType;
  const { m, n, k, batch } = matmulSizes(lhs, result, transposes(node.attrs));
  const tile: MatmulTile = {
    m,
    n,
    k,
    rows: Math.min(most, 2 ** Math.ceil(Math.log2(m))),
    vectors: n > lanes * vectorColumns ? most / vectorColumns : 1,
    lhs: walkOf("lhs", lhs, batch, node.attrs.transpose_lhs === true),
    rhs: walkOf("rhs", rhs, batch, node.attrs.transpose_rhs !== true),
  };
  const columnsPerGroup = lanes * tile.vectors * vectorColumns;
  return {
    kind: "kernel",
    name: "matmul",
    reads: [
      { name: "lhs", type: "f32", slot: { kind: "operand", index: 0 } },
      { name: "rhs", type: "f32", slot: { kind: "operand", index: 1 } },
    ],
    writes: { name: "result", type: "f32", slot: result0 },
    workgroup: [lanes, lanes],
    grid: [Math.ceil(n / columnsPerGroup), Math.ceil(m / (lanes * tile.rows)), elementCount(batch)],
    builtins: "@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) lane: vec3u",
    body: matmulBody(tile, (sum) => roundText(result.dtype, sum)),
  };
}

function transposes(attrs: Attrs): { readonly transpose_lhs: boolean; readonly transpose_rhs: boolean } {
  return { transpose_lhs: attrs.transpose_lhs === true, transpose_rhs: attrs.transpose_rhs === true };
}

/** `kIsOuter`: whether k is the second last dimension of the operand, not the last. */
function walkOf(name: string, type: TensorType, batch: Shape, kIsOuter: boolean): OperandWalk {
  const inner = type.shape.at(-1) as number;
  const matrixElements = (type.shape.at(-2) as number) * inner;
  const strides = broadcastStrides(type.shape.slice(0, -2), batch).map((stride) => stride * matrixElements);
  const walk = coalesceWalk({ domain: batch, views: [{ base: 0, strides }] });
  const start = offsetText(walk.views[0] as View, walk.domain, "group.z");
  return { name, start, kStride: kIsOuter ? inner : 1, sideStride: kIsOuter ? 1 : inner };
}

function matmulBody(tile: MatmulTile, round: (sum: string) => string): string {
  const { m, n, k, rows, vectors, lhs, rhs } = tile;
  const rowIds = [...new Array(rows).keys()];
  const vectorIds = [...new Array(vectors).keys()];
  const columnIds = [...new Array(vectors * vectorColumns).keys()];
  const at = (walk: OperandWalk, side: string): string => `${walk.name}[${side} + q * ${walk.kStride}u]`;
  const columnsOf = (vector: number): readonly number[] =>
    columnIds.slice(vector * vectorColumns, (vector + 1) * vectorColumns);
  // Rows and columns beyond the end read the last one; what comes of it is not stored.
  return [
    `let row = (group.y * ${lanes}u + lane.y) * ${rows}u;`,
    `let column = group.x * ${lanes * columnIds.length}u + lane.x;`,
    `let lhs_start = ${lhs.start};`,
    `let rhs_start = ${rhs.start};`,
    ...rowIds.map((i) => `let row${i} = lhs_start + min(row + ${i}u, ${m - 1}u) * ${lhs.sideStride}u;`),
    ...columnIds.map(
      (j) => `let column${j} = rhs_start + min(column + ${j * lanes}u, ${n - 1}u) * ${rhs.sideStride}u;`,
    ),
    ...rowIds.flatMap((i) => vectorIds.map((v) => `var sum${i}_${v} = vec4f();`)),
    `for (var q = 0u; q < ${k}u; q++) {`,
    ...vectorIds.map((v) => {
      const elements = columnsOf(v).map((j) => at(rhs, `column${j}`));
      return `  let y${v} = vec4f(${elements.join(", ")});`;
    }),
    ...rowIds.flatMap((i) => [
      `  let x${i} = ${at(lhs, `row${i}`)};`,
      ...vectorIds.map((v) => `  sum${i}_${v} += x${i} * y${v};`),
    ]),
    "}",
    `let result_start = group.z * ${m * n}u;`,
    ...rowIds.flatMap((i) => storeRow(tile, i, round)),
  ].join("\n");
}

/** Stores the columns of row `i` of an invocation that lie within the result. */
function storeRow({ m, n, vectors }: MatmulTile, i: number, round: (sum: string) => string): readonly string[] {
  const columns = [...new Array(vectors * vectorColumns).keys()];
  return [
    `if (row + ${i}u < ${m}u) {`,
    `  let start = result_start + (row + ${i}u) * ${n}u + column;`,
    ...columns.map((j) => {
      const sum = round(`sum${i}_${Math.floor(j / vectorColumns)}.${"xyzw"[j % vectorColumns]}`);
      return `  if (column + ${j * lanes}u < ${n}u) { result[start + ${j * lanes}u] = ${sum}; }`;
    }),
    "}",
  ];
}
