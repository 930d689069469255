// The plan of a contraction, made once, whatever its schedule: its sizes, the strides of its tensors along [batch..., m, n, k], and
// the nodes of its epilogue.

import type { Dtype } from "../../../ir-spec/base/dtype.ts";
import type { BufferId, ValueId } from "../../../ir-spec/base/ids.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import { type Node, type NodeOf, operandsOf, typeOf } from "../../../ir-spec/graph.ts";
import { inputsOf, isProduct, type KernelRegion, type LowerContext } from "../region.ts";
import { mergeSpace, type Space, type Strides } from "../space.ts";
import { broadcastView, orientView, type View } from "../view.ts";

/** A tensor as the product accesses it: its start and strides along batch dimensions, m, n and k. */
export interface ProductTensor {
  readonly buffer: BufferId;
  readonly dtype: Dtype;
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
  /** Elementwise nodes after the product, in order. */
  readonly nodes: readonly Node[];
  readonly product: ValueId;
  readonly reads: readonly ValueId[];
  readonly output: ValueId;
}

/** What follows the only matmul or convolution of a region. */
export function planEpilogue(region: KernelRegion): Epilogue {
  const product = region.nodes.find(isProduct);
  const [output, ...more] = region.outputs;
  invariant(product !== undefined && output !== undefined && more.length === 0, `${region.name} has one result`);
  const nodes = region.nodes.filter((node) => node !== product);
  const outside = new Set(inputsOf(region));
  const reads = [...new Set(nodes.flatMap((node) => node.operands.filter((value) => outside.has(value))))];
  return { nodes, product: product.results[0], reads, output };
}

/** Lays the region's tensors along [batch..., m, n, k] and merges what merges. */
export function planContract(context: LowerContext, region: KernelRegion): ContractPlan {
  const { space, rank, views, values } = spaceOfContract(context, region);
  const merged = mergeSpace(space, new Set([rank - 1, rank]));
  const dims = dimsOfProduct(merged, rank);
  const sizeAt = (dim: number): number => (dim < 0 ? 1 : (merged.space.sizes[dim] as number));
  const tensors = views.map(({ buffer, offset }, index): ProductTensor => {
    const strides = merged.space.strides[index] as Strides;
    const strideAt = (dim: number): number => (dim < 0 ? 0 : (strides[dim] as number));
    const batch = dims.batch.map(strideAt);
    const { dtype } = context.builder.bufferInfo(buffer);
    return { buffer, dtype, offset, batch, m: strideAt(dims.m), n: strideAt(dims.n), k: strideAt(dims.k) };
  });
  const [lhs, rhs, ...others] = tensors as [ProductTensor, ProductTensor, ...ProductTensor[]];
  const sizes = { m: sizeAt(dims.m), n: sizeAt(dims.n), k: sizeAt(dims.k) };
  const isTransposed = (along: number, free: number): boolean => along === 1 && free !== 1 && sizes.k > 1;
  const transposed = [...(isTransposed(lhs.k, lhs.m) ? [lhs] : []), ...(isTransposed(rhs.k, rhs.n) ? [rhs] : [])];
  return {
    sizes,
    batch: dims.batch.map(sizeAt),
    lhs,
    rhs,
    others: new Map(others.map((tensor, index) => [values[index] as ValueId, tensor])),
    epilogue: planEpilogue(region),
    transposed: transposed.map(({ dtype }) => dtype),
  };
}

/** What the region accesses in HBM: the product's operands first, then what its epilogue reads and what it stores. */
interface ContractSpace {
  readonly space: Space;
  /** Of the product's result; the space has k as one dimension more. */
  readonly rank: number;
  readonly views: readonly View[];
  /** All but the operands of the product. */
  readonly values: readonly ValueId[];
}

function spaceOfContract(context: LowerContext, region: KernelRegion): ContractSpace {
  const matmul = matmulOf(region);
  const { lhs: lhsValue, rhs: rhsValue } = operandsOf(matmul);
  const { shape } = typeOf(context.graph, matmul.results[0]);
  const lhs = orientView(context.viewOf(lhsValue), matmul.attrs.transpose_lhs);
  const rhs = orientView(context.viewOf(rhsValue), matmul.attrs.transpose_rhs);
  const batchOf = (view: View): Strides =>
    broadcastView({ ...view, shape: view.shape.slice(0, -2), strides: view.strides.slice(0, -2) }, shape.slice(0, -2))
      .strides;
  const last = ({ strides }: View, back: number): number => strides.at(-back) as number;
  const reads = inputsOf(region).filter((value) => value !== lhsValue && value !== rhsValue);
  const others = [...new Set([...reads, ...epilogueReads(region), ...region.outputs])];
  const k = lhs.shape.at(-1) as number;
  const strides = [
    [...batchOf(lhs), last(lhs, 2), 0, last(lhs, 1)],
    [...batchOf(rhs), 0, last(rhs, 1), last(rhs, 2)],
    ...others.map((value) => [...broadcastView(context.viewOf(value), shape).strides, 0]),
  ];
  const views = [lhs, rhs, ...others.map(context.viewOf)];
  return { space: { sizes: [...shape, k], strides }, rank: shape.length, views, values: others };
}

/** Dimensions of a merged space; -1 where it has none, as the size is 1. */
interface ProductDims {
  readonly batch: readonly number[];
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/**
 * Which merged dimension is what. Where the product has single rows, m are the rows of a batch dimension along which the right
 * operand is the same: query heads that share a key head are one product, which reads the keys once.
 */
function dimsOfProduct({ space, lastOf }: ReturnType<typeof mergeSpace>, rank: number): ProductDims {
  const outer = [...lastOf.keys()].filter((dim) => (lastOf[dim] as number) < rank - 2);
  const [n, k] = [lastOf.indexOf(rank - 1), lastOf.indexOf(rank)];
  const own = lastOf.indexOf(rank - 2);
  const m = own >= 0 ? own : (outer.findLast((dim) => space.strides[1]?.[dim] === 0) ?? -1);
  return { batch: outer.filter((dim) => dim !== m), m, n, k };
}

/** Values from outside that the epilogue reads; an operand of the matmul may be one of them too. */
function epilogueReads(region: KernelRegion): readonly ValueId[] {
  const outside = new Set(inputsOf(region));
  return region.nodes
    .filter((node) => node.op !== "matmul")
    .flatMap((node) => node.operands.filter((v) => outside.has(v)));
}

function matmulOf(region: KernelRegion): NodeOf<"matmul"> {
  const matmul = region.nodes.find((node) => node.op === "matmul");
  invariant(matmul !== undefined, `kernel ${region.name} has no matmul`);
  return matmul;
}
