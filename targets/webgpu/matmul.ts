// The matmul kernel. Each invocation keeps up to 8 x 8 elements of the result in registers and walks along k; operands lie
// as they are, transposed or not, since each has its own strides. No workgroup memory: reuse comes from the registers and
// the cache. Invocations of a row read neighbouring columns of rhs and the same element of lhs.
// Source: measured on SwiftShader with two cores, 128 x 3072 x 768: 1.9 GFLOP/s; 4 x 4 with vec4 loads 1.0; 64 x 64 tiles
// in workgroup memory 0.55, and 1.4 s to compile, as each barrier splits the shader.

import { elementCount, type Shape, type TensorType } from "../../ir-spec/base/tensor.ts";
import { matmulSizes } from "../../ir-spec/ops/contract.ts";
import type { OpNameOf } from "../../ir-spec/ops/index.ts";
import { broadcastStrides } from "../../ir-spec/ops/loops.ts";
import type { GpuLimits } from "../gpu-host/gpu.ts";
import { roundText } from "./dtypes.ts";
import { type Kernel, makeLineKernel, type NodeTypes, result0, type Slot } from "./kernel.ts";
import { coalesceDomain, offsetText, timesText, type View } from "./views.ts";

/** Invocations of a workgroup along n and along m. */
const lanes = 8;
/** Most columns and rows per invocation; columns are computed four at a time. */
const max = 8;
const vectorColumns = 4;
/** Products that are summed one after the other before their sum is added to the whole. */
const sumBlock = 64;

/** The kernels of contractions, in order. */
export const contractions: {
  readonly [N in OpNameOf<"contract">]: (node: NodeTypes<N>, limits: GpuLimits) => readonly Kernel[];
} = {
  matmul: matmulKernels,
};

/**
 * The product is f32 whatever the dtype, and a kernel of its own rounds it: so a program and the same one widened to f32 have the
 * same product kernels, which are long to compile.
 */
function matmulKernels(node: NodeTypes<"matmul">, limits: GpuLimits): readonly Kernel[] {
  const { dtype, shape } = node.results[0] as TensorType;
  if (dtype === "f32") return [matmulKernel(node, result0)];
  const count = elementCount(shape);
  const sums: Slot = { kind: "scratch", index: 0, type: "f32", elements: count };
  const round = makeLineKernel(
    {
      name: "round",
      reads: [{ name: "sums", type: "f32", slot: sums }],
      writes: { name: "result", type: "f32", slot: result0 },
      count,
      body: `result[i] = ${roundText(dtype, "sums[i]")};`,
    },
    limits,
  );
  return [matmulKernel(node, sums), round];
}

/** One side of the result, its rows or its columns, as it is spread over invocations. */
interface Side {
  /** The variable that holds an invocation's first row or column. */
  readonly name: string;
  readonly length: number;
  /** The rows or columns of one invocation, as distances from its first one. */
  readonly offsets: readonly number[];
  readonly workgroups: number;
  /** Whether the workgroups cover nothing beyond the end, so that nothing need be checked. */
  readonly isExact: boolean;
}

/** How one operand is walked: where its matrix starts for a batch index, and the strides along k and along its side. */
interface OperandWalk {
  readonly name: string;
  readonly start: string;
  readonly kStride: number;
  readonly sideStride: number;
}

interface MatmulTile {
  readonly rows: Side;
  readonly columns: Side;
  readonly k: number;
  readonly lhs: OperandWalk;
  readonly rhs: OperandWalk;
}

function matmulKernel(node: NodeTypes<"matmul">, slot: Slot): Kernel {
  const [lhs, rhs] = node.operands as readonly [TensorType, TensorType];
  const result = node.results[0] as TensorType;
  const { transpose_lhs: isLhsTransposed, transpose_rhs: isRhsTransposed } = node.attrs;
  const { m, n, k, batch } = matmulSizes(lhs, result, node.attrs);
  const rowsEach = Math.min(max, 2 ** Math.ceil(Math.log2(m)));
  const columnsEach = n > lanes * vectorColumns ? max : vectorColumns;
  const rows = makeSide("row", m, counts(rowsEach));
  const columns = makeSide(
    "column",
    n,
    counts(columnsEach).map((j) => j * lanes),
  );
  const tile: MatmulTile = {
    rows,
    columns,
    k,
    lhs: walkOf("lhs", lhs, batch, isLhsTransposed),
    rhs: walkOf("rhs", rhs, batch, !isRhsTransposed),
  };
  return {
    kind: "kernel",
    name: "matmul",
    reads: [
      { name: "lhs", type: "f32", slot: { kind: "operand", index: 0 } },
      { name: "rhs", type: "f32", slot: { kind: "operand", index: 1 } },
    ],
    writes: { name: "result", type: "f32", slot },
    workgroup: [lanes, lanes],
    grid: [columns.workgroups, rows.workgroups, elementCount(batch)],
    builtins: "@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) lane: vec3u",
    body: [...startLines(tile), ...productLines(tile), ...storeLines(tile)].join("\n"),
  };
}

function counts(end: number): readonly number[] {
  return [...new Array(end).keys()];
}

function makeSide(name: string, length: number, offsets: readonly number[]): Side {
  const perGroup = lanes * offsets.length;
  return { name, length, offsets, workgroups: Math.ceil(length / perGroup), isExact: length % perGroup === 0 };
}

/** `kIsOuter`: whether k is the second last dimension of the operand, not the last. */
function walkOf(name: string, type: TensorType, batch: Shape, kIsOuter: boolean): OperandWalk {
  const inner = type.shape.at(-1) as number;
  const matrixElements = (type.shape.at(-2) as number) * inner;
  const strides = broadcastStrides(type.shape.slice(0, -2), batch).map((stride) => stride * matrixElements);
  const walk = coalesceDomain({ domain: batch, views: [{ base: 0, strides }] });
  const start = offsetText(walk.views[0] as View, walk.domain, "group.z");
  return { name, start, kStride: kIsOuter ? inner : 1, sideStride: kIsOuter ? 1 : inner };
}

/** Where the invocation's rows of lhs and columns of rhs begin. Beyond the end it reads the last one, and stores nothing. */
function startLines({ rows, columns, lhs, rhs }: MatmulTile): readonly string[] {
  const starts = (side: Side, walk: OperandWalk): readonly string[] =>
    side.offsets.map((offset, index) => {
      const position = `${side.name} + ${offset}u`;
      const limited = side.isExact ? `(${position})` : `min(${position}, ${side.length - 1}u)`;
      return `let ${side.name}${index} = ${walk.name}_start + ${timesText(limited, walk.sideStride)};`;
    });
  return [
    `let row = (group.y * ${lanes}u + lane.y) * ${rows.offsets.length}u;`,
    `let column = group.x * ${lanes * columns.offsets.length}u + lane.x;`,
    `let lhs_start = ${lhs.start};`,
    `let rhs_start = ${rhs.start};`,
    ...starts(rows, lhs),
    ...starts(columns, rhs),
  ];
}

/**
 * The sums `sum<row>_<vector of columns>`, and the loops along k that make them. Long sums are made of the sums of blocks,
 * so that they err by about sqrt(k) roundings instead of k.
 */
function productLines({ rows, columns, k, lhs, rhs }: MatmulTile): readonly string[] {
  const vectors = counts(columns.offsets.length / vectorColumns);
  const sums = counts(rows.offsets.length).flatMap((i) => vectors.map((vector) => `${i}_${vector}`));
  const element = (walk: OperandWalk, start: string): string =>
    `${walk.name}[${start} + ${timesText("q", walk.kStride)}]`;
  const loop = (from: string, end: string, sum: string): readonly string[] => [
    `for (var q = ${from}; q < ${end}; q++) {`,
    ...vectors.map((vector) => {
      const elements = counts(vectorColumns).map((j) => element(rhs, `column${vector * vectorColumns + j}`));
      return `  let y${vector} = vec4f(${elements.join(", ")});`;
    }),
    ...counts(rows.offsets.length).flatMap((i) => [
      `  let x${i} = ${element(lhs, `row${i}`)};`,
      ...vectors.map((vector) => `  ${sum}${i}_${vector} += x${i} * y${vector};`),
    ]),
    "}",
  ];
  const declare = (sum: string): readonly string[] => sums.map((id) => `var ${sum}${id} = vec4f();`);
  if (k <= 2 * sumBlock) return [...declare("sum"), ...loop("0u", `${k}u`, "sum")];
  const end = k % sumBlock === 0 ? `start + ${sumBlock}u` : `min(start + ${sumBlock}u, ${k}u)`;
  const block = [...declare("part"), ...loop("start", end, "part"), ...sums.map((id) => `sum${id} += part${id};`)];
  return [
    ...declare("sum"),
    `for (var start = 0u; start < ${k}u; start += ${sumBlock}u) {`,
    ...block.map((line) => `  ${line}`),
    "}",
  ];
}

/** Stores the sums that lie within the result. */
function storeLines({ rows, columns }: MatmulTile): readonly string[] {
  const guard = (side: Side, offset: number): string =>
    side.isExact ? "" : `if (${side.name} + ${offset}u < ${side.length}u) `;
  const storeRow = (i: number): readonly string[] => [
    `${guard(rows, i)}{`,
    `  let start = result_start + (row + ${i}u) * ${columns.length}u + column;`,
    ...columns.offsets.map((offset, j) => {
      const sum = `sum${i}_${Math.floor(j / vectorColumns)}.${"xyzw"[j % vectorColumns]}`;
      return `  ${guard(columns, offset)}{ result[start + ${offset}u] = ${sum}; }`;
    }),
    "}",
  ];
  return [
    `let result_start = group.z * ${rows.length * columns.length}u;`,
    ...counts(rows.offsets.length).flatMap(storeRow),
  ];
}
