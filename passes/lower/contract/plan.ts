// The plan of a contraction, made once, whatever its schedule: its sizes, the strides of its tensors along [batch..., m, n, k], and
// the nodes of its epilogue.

import type { Dtype } from "../../../ir-spec/base/dtype.ts";
import type { BufferId, ValueId } from "../../../ir-spec/base/ids.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import { type Node, typeOf } from "../../../ir-spec/graph.ts";
import { inputsOf, type KernelRegion, type LowerContext } from "../region.ts";
import { mergeSpace, type Strides } from "../space.ts";
import { broadcastView, permuteView, type View } from "../view.ts";

/** A tensor as the product accesses it: its start and strides along batch dimensions, m, n and k. */
export interface ProductTensor {
  readonly buffer: BufferId;
  readonly offset: number;
  readonly batch: readonly number[];
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** out[m, n] = sum over k of lhs[m, k] * rhs[k, n], in each of the batches. */
export interface ContractPlan {
  readonly sizes: { readonly m: number; readonly n: number; readonly k: number };
  readonly batch: readonly number[];
  readonly lhs: ProductTensor;
  readonly rhs: ProductTensor;
  /** Tensors of the epilogue, by value: operands from outside and the results. */
  readonly others: ReadonlyMap<ValueId, ProductTensor>;
  readonly epilogue: Epilogue;
  /** The dtypes of the operands that are contiguous along k, so that their tiles must be transposed. */
  readonly transposed: readonly Dtype[];
}

export interface Epilogue {
  /** Elementwise nodes after the matmul, in order. */
  readonly nodes: readonly Node[];
  readonly matmul: ValueId;
  readonly reads: readonly ValueId[];
  readonly output: ValueId;
}

export function planEpilogue(region: KernelRegion): Epilogue {
  const matmul = region.nodes.find((node) => node.op === "matmul");
  const [output, ...more] = region.outputs;
  invariant(matmul !== undefined && output !== undefined && more.length === 0, `${region.name} has one result`);
  const nodes = region.nodes.filter((node) => node !== matmul);
  const outside = new Set(inputsOf(region));
  const reads = [...new Set(nodes.flatMap((node) => node.operands.filter((value) => outside.has(value))))];
  return { nodes, matmul: matmul.results[0] as ValueId, reads, output };
}

/** Lays the region's tensors along [batch..., m, n, k] and merges what merges. */
export function planContract(context: LowerContext, region: KernelRegion): ContractPlan {
  const matmul = matmulOf(region);
  const [lhsValue, rhsValue] = matmul.operands as readonly [ValueId, ValueId];
  const shape = typeOf(context.graph, matmul.results[0] as ValueId).shape;
  const rank = shape.length;
  const [m, n] = [shape[rank - 2] as number, shape[rank - 1] as number];
  const batchShape = shape.slice(0, -2);
  const lhs = orient(context.viewOf(lhsValue), matmul.attrs.transpose_lhs === true);
  const rhs = orient(context.viewOf(rhsValue), matmul.attrs.transpose_rhs === true);
  const k = lhs.shape[lhs.shape.length - 1] as number;
  const batchOf = (view: View): Strides =>
    broadcastView({ ...view, shape: view.shape.slice(0, -2), strides: view.strides.slice(0, -2) }, batchShape).strides;
  const last = (view: View, back: number): number => view.strides[view.strides.length - back] as number;

  const others = [
    ...new Set([
      ...inputsOf(region).filter((v) => v !== lhsValue && v !== rhsValue),
      ...epilogueReads(region),
      ...region.outputs,
    ]),
  ];
  const outer = others.map((value) => broadcastView(context.viewOf(value), shape).strides);
  const space = {
    sizes: [...batchShape, m, n, k],
    strides: [
      [...batchOf(lhs), last(lhs, 2), 0, last(lhs, 1)],
      [...batchOf(rhs), 0, last(rhs, 1), last(rhs, 2)],
      ...outer.map((strides) => [...strides, 0]),
    ],
  };
  const barriers = new Set([rank - 1, rank]);
  const merged = mergeSpace(space, barriers);
  const sizeOf = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);
  const dimIndex = (dim: number): number => merged.lastOf.indexOf(dim);
  const mAt = dimIndex(rank - 2);
  const kept = [...merged.lastOf.keys()];
  const batchDims = kept.filter((dim) => (merged.lastOf[dim] as number) < rank - 2);
  const at = (strides: Strides, dim: number): number => (dim < 0 ? 0 : (strides[dim] as number));
  const toTensor = (view: View, strides: Strides): ProductTensor => ({
    buffer: view.buffer,
    offset: view.offset,
    batch: batchDims.map((dim) => strides[dim] as number),
    m: at(strides, mAt),
    n: at(strides, dimIndex(rank - 1)),
    k: at(strides, dimIndex(rank)),
  });
  const tensors = new Map(
    others.map((value, index) => [value, toTensor(context.viewOf(value), merged.space.strides[index + 2] as Strides)]),
  );
  const mSize = mAt < 0 ? 1 : (merged.space.sizes[mAt] as number);
  invariant(
    sizeOf(batchDims.map((dim) => merged.space.sizes[dim] as number)) * mSize === sizeOf(batchShape) * m,
    "batch sizes",
  );
  const [left, right] = [
    toTensor(lhs, merged.space.strides[0] as Strides),
    toTensor(rhs, merged.space.strides[1] as Strides),
  ];
  const isTransposed = (along: number, free: number): boolean => along === 1 && free !== 1 && k > 1;
  const transposed = [
    ...(isTransposed(left.k, left.m) ? [left] : []),
    ...(isTransposed(right.k, right.n) ? [right] : []),
  ];
  return {
    sizes: { m: mSize, n, k },
    batch: batchDims.map((dim) => merged.space.sizes[dim] as number),
    lhs: left,
    rhs: right,
    others: tensors,
    epilogue: planEpilogue(region),
    transposed: transposed.map(({ buffer }) => context.builder.bufferInfo(buffer).dtype),
  };
}

/** Values from outside that the epilogue reads; an operand of the matmul may be one of them too. */
function epilogueReads(region: KernelRegion): readonly ValueId[] {
  const outside = new Set(inputsOf(region));
  return region.nodes
    .filter((node) => node.op !== "matmul")
    .flatMap((node) => node.operands.filter((v) => outside.has(v)));
}

function matmulOf(region: KernelRegion): Node {
  const matmul = region.nodes.find((node) => node.op === "matmul");
  invariant(matmul !== undefined, `kernel ${region.name} has no matmul`);
  return matmul;
}

/** The view as [..., rows, contracted] or [..., contracted, columns]. */
function orient(view: View, isTransposed: boolean): View {
  if (!isTransposed) return view;
  const rank = view.shape.length;
  return permuteView(view, [...[...new Array(rank - 2).keys()], rank - 1, rank - 2]);
}
