// The matmul kernel. Each invocation keeps up to 64 elements of the result in registers and walks along k; operands lie
// as they are, transposed or not, since each has its own strides. No workgroup memory: reuse comes from the registers and
// the cache. Invocations of a row read neighbouring columns of rhs and the same elements of lhs, in quads where the adapter has those.
// Source: measured on SwiftShader with two cores, 128 x 3072 x 768: 1.9 GFLOP/s; 4 x 4 with vec4 loads 1.0; 64 x 64 tiles
// in workgroup memory 0.55, and 1.4 s to compile, as each barrier splits the shader.

import { elementCount, type Shape, type TensorType } from "../../ir-spec/base/tensor.ts";
import { matmulSizes } from "../../ir-spec/ops/contract.ts";
import type { OpNameOf } from "../../ir-spec/ops/index.ts";
import { broadcastStrides } from "../../ir-spec/ops/loops.ts";
import type { GpuLimits } from "../gpu-host/gpu.ts";
import { aloneRows, hasQuads, quadRows, type RowValues } from "../gpu-host/wgsl/row-values.ts";
import { roundText } from "./dtypes.ts";
import { type Kernel, makeLineKernel, type NodeTypes, result0, type Slot } from "./kernel.ts";
import { coalesceDomain, offsetText, timesText, type View } from "./views.ts";

/** Columns are computed four at a time. */
const vectorColumns = 4;
/** Products that are summed one after the other before their sum is added to the whole. */
const sumBlock = 64;

/** The kernels of contractions, in order. */
export const contractions: {
  readonly [N in OpNameOf<"contract">]: (node: NodeTypes<N>, limits: GpuLimits) => readonly Kernel[];
} = {
  matmul: matmulKernels,
};

/** How elements are spread over invocations. */
interface MatmulTiling {
  /** Invocations of a workgroup along n and along m. */
  readonly lanes: readonly [n: number, m: number];
  /** Rows and columns of an invocation. */
  readonly rows: number;
  readonly columns: number;
  /** Elements of k in one iteration. */
  readonly steps: number;
  readonly isQuad: boolean;
}

/** Invocations along n in whose columns a result as narrow as that fits. */
const narrowQuadLanes = 4;

function tilingOf(
  { m, n, k }: { readonly m: number; readonly n: number; readonly k: number },
  limits: GpuLimits,
): MatmulTiling {
  const rowsUpTo = (max: number): number => Math.min(max, 2 ** Math.ceil(Math.log2(m)));
  if (hasQuads(limits, m)) {
    const lanes = n <= narrowQuadLanes * vectorColumns ? narrowQuadLanes : 16;
    return { lanes: [lanes, 1], rows: rowsUpTo(16), columns: vectorColumns, steps: k % 2 === 0 ? 2 : 1, isQuad: true };
  }
  const lanes = 8;
  const columns = n > lanes * vectorColumns ? 8 : vectorColumns;
  return { lanes: [lanes, lanes], rows: rowsUpTo(8), columns, steps: 1, isQuad: false };
}

/**
 * The product is f32 whatever the dtype, and a kernel of its own rounds it: so a program and the same one widened to f32 have the
 * same product kernels, which are long to compile.
 */
function matmulKernels(node: NodeTypes<"matmul">, limits: GpuLimits): readonly Kernel[] {
  const { dtype, shape } = node.results[0] as TensorType;
  if (dtype === "f32") return [matmulKernel(node, result0, limits)];
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
  return [matmulKernel(node, sums, limits), round];
}

/** One side of the result, its rows or its columns, as it is spread over invocations. */
interface Side {
  /** The variable that holds an invocation's first row or column. */
  readonly name: string;
  readonly length: number;
  /** The rows or columns that one invocation loads, as distances from its first one. */
  readonly offsets: readonly string[];
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
  readonly rowValues: RowValues;
  readonly tiling: MatmulTiling;
  readonly k: number;
  readonly lhs: OperandWalk;
  readonly rhs: OperandWalk;
}

function matmulKernel(node: NodeTypes<"matmul">, slot: Slot, limits: GpuLimits): Kernel {
  const [lhs, rhs] = node.operands as readonly [TensorType, TensorType];
  const result = node.results[0] as TensorType;
  const { transpose_lhs: isLhsTransposed, transpose_rhs: isRhsTransposed } = node.attrs;
  const sizes = matmulSizes(lhs, result, node.attrs);
  const { m, n, k, batch } = sizes;
  const tiling = tilingOf(sizes, limits);
  const [lanesN, lanesM] = tiling.lanes;
  const rowValues = tiling.isQuad ? quadRows(tiling.rows) : aloneRows(tiling.rows);
  const columnOffsets = counts(tiling.columns).map((j) => `${j * lanesN}u`);
  const tile: MatmulTile = {
    rows: makeSide({ name: "row", length: m, offsets: rowValues.loaded }, lanesM * tiling.rows),
    columns: makeSide({ name: "column", length: n, offsets: columnOffsets }, lanesN * tiling.columns),
    ...{ rowValues, tiling, k },
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
    workgroup: tiling.lanes,
    grid: [tile.columns.workgroups, tile.rows.workgroups, elementCount(batch)],
    builtins: `@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) lane: vec3u${rowValues.builtin}`,
    enable: rowValues.enable,
    body: [...startLines(tile), ...productLines(tile), ...storeLines(tile)].join("\n"),
  };
}

function counts(end: number): readonly number[] {
  return [...new Array(end).keys()];
}

/** `perGroup` rows or columns are those of a workgroup. */
function makeSide(side: Pick<Side, "name" | "length" | "offsets">, perGroup: number): Side {
  const { length } = side;
  return { ...side, workgroups: Math.ceil(length / perGroup), isExact: length % perGroup === 0 };
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
function startLines({ rows, columns, rowValues, tiling, lhs, rhs }: MatmulTile): readonly string[] {
  const [lanesN, lanesM] = tiling.lanes;
  const starts = (side: Side, walk: OperandWalk): readonly string[] =>
    side.offsets.map((offset, index) => {
      const position = `${side.name} + ${offset}`;
      const limited = side.isExact ? `(${position})` : `min(${position}, ${side.length - 1}u)`;
      return `let ${side.name}${index} = ${walk.name}_start + ${timesText(limited, walk.sideStride)};`;
    });
  const group = lanesM === 1 ? "group.y" : `(group.y * ${lanesM}u + lane.y)`;
  return [
    ...rowValues.start,
    `let row = ${group} * ${tiling.rows}u;`,
    `let column = group.x * ${lanesN * tiling.columns}u + lane.x;`,
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
function productLines(tile: MatmulTile): readonly string[] {
  const { tiling, k } = tile;
  const sums = counts(tiling.rows).flatMap((i) => vectorsOf(tiling).map((vector) => `${i}_${vector}`));
  const loop = (from: string, end: string, sum: string): readonly string[] => {
    const steps = counts(tiling.steps).map((step) => stepLines(tile, step, sum));
    const advance = tiling.steps === 1 ? "q++" : `q += ${tiling.steps}u`;
    // A block of its own, as all steps use the same names.
    const lines = tiling.steps === 1 ? steps.flat() : steps.flatMap((step) => ["{", ...step, "}"]);
    return [`for (var q = ${from}; q < ${end}; ${advance}) {`, ...lines.map((line) => `  ${line}`), "}"];
  };
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

const vectorsOf = ({ columns }: MatmulTiling): readonly number[] => counts(columns / vectorColumns);

/** The products of contracted element `q + step`, added to the sums. */
function stepLines({ rowValues, tiling, lhs, rhs }: MatmulTile, step: number, sum: string): readonly string[] {
  const q = step === 0 ? "q" : `(q + ${step}u)`;
  const element = (walk: OperandWalk, start: string): string =>
    `${walk.name}[${start} + ${timesText(q, walk.kStride)}]`;
  const vectors = vectorsOf(tiling);
  return [
    ...vectors.map((vector) => {
      const elements = counts(vectorColumns).map((j) => element(rhs, `column${vector * vectorColumns + j}`));
      return `let y${vector} = vec4f(${elements.join(", ")});`;
    }),
    ...rowValues.define(
      (index) => element(lhs, `row${index}`),
      (i) => vectors.map((vector) => `${sum}${i}_${vector} += x${i} * y${vector};`),
    ),
  ];
}

/** Stores the sums that lie within the result. */
function storeLines({ rows, columns, rowValues }: MatmulTile): readonly string[] {
  const guard = ({ name, isExact, length }: Side, offset: string): string =>
    isExact ? "" : `if (${name} + ${offset} < ${length}u) `;
  const storeRow = (offset: string, i: number): readonly string[] => [
    `${guard(rows, offset)}{`,
    `  let start = result_start + (row + ${offset}) * ${columns.length}u + column;`,
    ...columns.offsets.map((column, j) => {
      const sum = `sum${i}_${Math.floor(j / vectorColumns)}.${"xyzw"[j % vectorColumns]}`;
      return `  ${guard(columns, column)}{ result[start + ${column}] = ${sum}; }`;
    }),
    "}",
  ];
  return [`let result_start = group.z * ${rows.length * columns.length}u;`, ...rowValues.rows.flatMap(storeRow)];
}
