// The plan of a chain: its segments, and the strides of all tensors that it reads and stores along [batch..., rows] and along the
// columns of their segment.

import type { Dtype } from "../../../ir-spec/base/dtype.ts";
import type { BufferId, ValueId } from "../../../ir-spec/base/ids.ts";
import type { Shape } from "../../../ir-spec/base/tensor.ts";
import { type Graph, type Node, type NodeOf, operandsOf, typeOf } from "../../../ir-spec/graph.ts";
import { axesOf } from "../../analysis/positions.ts";
import type { KernelRegion, LowerContext } from "../region.ts";
import { iotaStrides } from "../rows/plan.ts";
import { mergeSpace, type Strides } from "../space.ts";
import { broadcastView, orientView } from "../view.ts";
import { findBlocks, type RowBlocks } from "./find-blocks.ts";
import { type Segment, segmentsOf } from "./segments.ts";
import { simplifyRegion } from "./simplify.ts";

/** A tensor in HBM: rows along the chain's batch dimensions and rows, and elements along columns. */
export interface RowTensor {
  readonly value: ValueId;
  readonly buffer: BufferId;
  readonly offset: number;
  readonly rows: Strides;
  readonly columns: number;
}

/** The right operand of a product: [k, n], the same for all rows. */
export interface RightOperand {
  readonly buffer: BufferId;
  readonly dtype: Dtype;
  readonly offset: number;
  readonly rows: Strides;
  readonly k: number;
  readonly n: number;
}

export interface ChainProduct {
  readonly result: ValueId;
  /** What is contracted: whole rows that an earlier segment made, or rows of a tensor. */
  readonly lhs:
    | { readonly kind: "held"; readonly value: ValueId }
    | { readonly kind: "tensor"; readonly tensor: RowTensor };
  readonly rhs: RightOperand;
  readonly contracted: number;
}

export interface PlannedIota {
  readonly value: ValueId;
  readonly rows: Strides;
  readonly step: number;
}

export interface PlannedSegment extends Omit<Segment, "products"> {
  /** Its place among the segments. */
  readonly at: number;
  readonly products: readonly ChainProduct[];
  /** Operands of its row-wise nodes from outside. */
  readonly reads: readonly RowTensor[];
  readonly iotas: readonly PlannedIota[];
  readonly stores: readonly RowTensor[];
  /** Columns of whole rows, of which a block has some. */
  readonly rowColumns: number;
  /** Whether no statement of the chain depends on the order of the columns. */
  readonly columnsAreFree: boolean;
  /** Values of it that products of later segments contract. */
  readonly contracted: readonly ValueId[];
  /** Reductions of products that are done piece by piece, as the pieces leave PSUM; they are none of `rowNodes`. */
  readonly reductions: readonly PieceReduction[];
}

export interface PieceReduction {
  readonly product: ValueId;
  readonly result: ValueId;
  readonly op: "max" | "min" | "add";
}

export interface ChainPlan {
  /** The graph with the chain's nodes as they are computed. */
  readonly graph: Graph;
  readonly region: KernelRegion;
  readonly batch: readonly number[];
  readonly rows: number;
  /** Whether the rows are the graph's last dimension but one, not merged with others. */
  readonly rowsAreOneDimension: boolean;
  readonly segments: readonly PlannedSegment[];
  /** How the columns of a segment can come in blocks. */
  readonly blocks: RowBlocks | undefined;
}

export function planChain(context: LowerContext, original: KernelRegion): ChainPlan {
  const { graph, region } = simplifyRegion(context.graph, original);
  const { rowShape, segments } = segmentsOf(graph, region);
  const made = new Set(region.nodes.flatMap(({ results }) => results));
  const merge = makeRowMerger(rowShape);
  const planning: Planning = { context, graph, region, rowShape, made, merge };
  const drafts = segments.map((segment, at) => planSegment(planning, segment, at));
  const { sizes, stridesOf } = merge.finish();
  const settled = drafts.map((draft) => draft(stridesOf));
  const rows = sizes.at(-1) as number;
  return {
    graph,
    region,
    batch: sizes.slice(0, -1),
    rows,
    rowsAreOneDimension: rows === (rowShape.at(-1) ?? 1),
    segments: settled,
    blocks: findBlocks(graph, region, segments),
  };
}

interface Planning {
  readonly context: LowerContext;
  readonly graph: Graph;
  readonly region: KernelRegion;
  readonly rowShape: Shape;
  readonly made: ReadonlySet<ValueId>;
  readonly merge: RowMerger;
}

/** Collects strides along [batch..., rows]; gives them along the merged dimensions once all are known. */
interface RowMerger {
  readonly add: (strides: Strides, isSameForRows?: boolean) => number;
  readonly finish: () => { readonly sizes: readonly number[]; readonly stridesOf: (index: number) => Strides };
}

function makeRowMerger(rowShape: Shape): RowMerger {
  const all: Strides[] = [];
  const shared: number[] = [];
  return {
    add: (strides, isSameForRows = false) => {
      const index = all.push(strides) - 1;
      if (isSameForRows) shared.push(index);
      return index;
    },
    finish: () => {
      const { space } = mergeSpace({ sizes: rowShape, strides: all }, new Set());
      const last = space.sizes.length - 1;
      // A single row of each batch: there are no rows along which right operands are the same.
      const hasRows = last >= 0 && shared.every((index) => space.strides[index]?.[last] === 0);
      if (hasRows) return { sizes: space.sizes, stridesOf: (index) => space.strides[index] as Strides };
      return { sizes: [...space.sizes, 1], stridesOf: (index) => [...(space.strides[index] as Strides), 0] };
    },
  };
}

type StridesOf = (index: number) => Strides;

/** A segment once the merged strides are known. */
type SegmentDraft = (stridesOf: StridesOf) => PlannedSegment;

function planSegment(planning: Planning, segment: Segment, at: number): SegmentDraft {
  const { region, made } = planning;
  const nodes = [...segment.pieceNodes, ...segment.rowNodes];
  const read = new Set(nodes.flatMap(({ operands }) => operands.filter((operand) => !made.has(operand))));
  const masked = segment.masks.map(({ result }) => result);
  const own = new Set([...[...segment.products, ...nodes].flatMap(({ results }) => results), ...masked]);
  const products = segment.products.map((node) => planProduct(planning, node));
  const reads = [...read].map((value) => planTensor(planning, value, segment.columns));
  const stores = region.outputs
    .filter((value) => own.has(value))
    .map((value) => planTensor(planning, value, segment.columns));
  const iotas = nodes.filter((node) => node.op === "iota").map((node) => planIota(planning, node, segment.columns));
  const contracted = new Set(
    region.nodes.flatMap(({ op, operands }) =>
      op === "matmul" && own.has(operands[0] as ValueId) ? [operands[0] as ValueId] : [],
    ),
  );
  // Rows that a mask counts are not merged with others.
  for (const mask of segment.masks) if (axesOf(mask.visible).includes(1)) planning.merge.add(positionStrides(planning));
  const reductions = segment.rowNodes.flatMap((node) => reductionOf(planning, segment, node) ?? []);
  const inPieces = new Set(reductions.map(({ result }) => result));
  const isCounted = iotas.length > 0 || segment.masks.length > 0 || stores.length > 0;
  const areRead = nodes.some((node) =>
    node.operands.some((operand) => isWideOperand(planning, operand, segment.columns)),
  );
  return (stridesOf) => ({
    ...segment,
    at,
    rowColumns: segment.columns,
    columnsAreFree: !isCounted && !areRead && !isReadElsewhere(planning, own, nodes),
    reductions,
    rowNodes: segment.rowNodes.filter(({ results }) => !results.some((result) => inPieces.has(result))),
    products: products.map((draft) => draft(stridesOf)),
    reads: reads.map((draft) => draft(stridesOf)),
    stores: stores.map((draft) => draft(stridesOf)),
    iotas: iotas.map((draft) => draft(stridesOf)),
    contracted: [...contracted],
  });
}

/** Whether an operand from outside has columns of its own. */
function isWideOperand({ graph, made }: Planning, value: ValueId, columns: number): boolean {
  return !made.has(value) && columns > 1 && typeOf(graph, value).shape.at(-1) === columns;
}

/** Whether nodes of other segments, products aside, read columns of this one. */
function isReadElsewhere({ graph, region }: Planning, own: ReadonlySet<ValueId>, nodes: readonly Node[]): boolean {
  return region.nodes.some((node) => {
    if (node.op === "matmul" || nodes.includes(node)) return false;
    return node.operands.some((operand) => own.has(operand) && typeOf(graph, operand).shape.at(-1) !== 1);
  });
}

/** The strides of the rows' own numbers. */
function positionStrides({ rowShape }: Planning): Strides {
  return rowShape.map((size, dim) => (dim === rowShape.length - 1 && size > 1 ? 1 : 0));
}

/** A reduction of a product that is kept as it is: what empties PSUM can do it on the way. */
function reductionOf(
  { region }: Planning,
  { products, masks, held }: Segment,
  { op, operands, results }: Node,
): PieceReduction | undefined {
  const reduction = reductionOps[op as keyof typeof reductionOps];
  const sourceOf = (value: ValueId): ValueId => {
    const cast = region.nodes.find((node) => node.op === "cast" && node.results.includes(value));
    return cast === undefined || held.includes(value) ? value : sourceOf(cast.operands[0] as ValueId);
  };
  const [operand, result] = [operands[0], results[0]];
  if (reduction === undefined || operand === undefined || result === undefined) return undefined;
  const product = sourceOf(operand);
  const isMade = products.some((node) => node.results[0] === product) || masks.some((mask) => mask.result === product);
  const isProduct = isMade && held.includes(product);
  return isProduct ? { product, result, op: reduction } : undefined;
}

const reductionOps = { reduce_max: "max", reduce_min: "min", reduce_sum: "add" } as const;

/** A value as [..., rows, columns]; columns that it does not have are read again. */
function planTensor(
  { context, rowShape, merge }: Planning,
  value: ValueId,
  columns: number,
): (stridesOf: StridesOf) => RowTensor {
  const view = context.viewOf(value);
  const { strides } = broadcastView(view, [...rowShape, columns]);
  const index = merge.add(strides.slice(0, -1));
  const { buffer, offset } = view;
  return (stridesOf) => ({ value, buffer, offset, rows: stridesOf(index), columns: strides.at(-1) as number });
}

function planIota(
  { rowShape, merge }: Planning,
  node: NodeOf<"iota">,
  columns: number,
): (stridesOf: StridesOf) => PlannedIota {
  const strides = iotaStrides(node, [...rowShape, columns]);
  const index = merge.add(strides.slice(0, -1));
  return (stridesOf) => ({ value: node.results[0], rows: stridesOf(index), step: strides.at(-1) as number });
}

function planProduct(planning: Planning, node: NodeOf<"matmul">): (stridesOf: StridesOf) => ChainProduct {
  const { context, rowShape, made, merge } = planning;
  const { lhs: lhsValue, rhs: rhsValue } = operandsOf(node);
  const rhs = orientView(context.viewOf(rhsValue), node.attrs.transpose_rhs);
  const [contracted] = rhs.shape.slice(-2) as [number, number];
  const batch = broadcastView(
    { ...rhs, shape: rhs.shape.slice(0, -2), strides: rhs.strides.slice(0, -2) },
    rowShape.slice(0, -1),
  );
  const rhsIndex = merge.add([...batch.strides, 0], true);
  const [k, n] = rhs.strides.slice(-2) as [number, number];
  const [result] = node.results;
  const right = (stridesOf: StridesOf): RightOperand => ({
    buffer: rhs.buffer,
    dtype: context.builder.bufferInfo(rhs.buffer).dtype,
    offset: rhs.offset,
    rows: stridesOf(rhsIndex),
    k,
    n,
  });
  if (made.has(lhsValue)) {
    return (stridesOf) => ({ result, lhs: { kind: "held", value: lhsValue }, rhs: right(stridesOf), contracted });
  }
  const lhs = broadcastView(orientView(context.viewOf(lhsValue), node.attrs.transpose_lhs), [...rowShape, contracted]);
  const lhsIndex = merge.add(lhs.strides.slice(0, -1));
  const { buffer, offset } = lhs;
  const columns = lhs.strides.at(-1) as number;
  return (stridesOf) => ({
    result,
    lhs: { kind: "tensor", tensor: { value: lhsValue, buffer, offset, rows: stridesOf(lhsIndex), columns } },
    rhs: right(stridesOf),
    contracted,
  });
}
