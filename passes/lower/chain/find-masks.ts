// Masks by position among the nodes of a segment: which are applied to a product in PSUM, and whether what they hide is left out.

import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { type Graph, type Node, typeOf } from "../../../ir-spec/graph.ts";
import type { HiddenElements } from "../../analysis/hidden.ts";
import { axesOf, type Condition, type Positions } from "../../analysis/positions.ts";
import type { KernelRegion } from "../region.ts";
import { type ColumnMask, isExactInF32 } from "./masks.ts";

/** A region, and what is known of its values by position. */
export interface MaskContext {
  readonly graph: Graph;
  readonly region: KernelRegion;
  readonly positions: Positions;
  readonly hidden: HiddenElements;
}

/** The segment that a mask may be in. */
interface MaskedSegment {
  readonly products: readonly Node[];
  readonly rows: readonly Node[];
  readonly held: readonly ValueId[];
}

/** A node that replaces elements of a product, which nothing else reads, by a number where positions say so. */
export function maskOf(context: MaskContext, node: Node, segment: MaskedSegment): ColumnMask | undefined {
  const { region, positions, graph } = context;
  const [result] = node.results;
  if (node.op !== "where" || result === undefined) return undefined;
  const [by, x, y] = node.operands as readonly [ValueId, ValueId, ValueId];
  const condition = positions.conditionOf(by);
  const [onTrue, onFalse] = [positions.numberOf(x), positions.numberOf(y)];
  const number = onFalse ?? onTrue;
  if (condition === undefined || number === undefined) return undefined;
  const product = onFalse === undefined ? y : x;
  const isSole = region.nodes.every((reader) => reader === node || !reader.operands.includes(product));
  const isProduct = segment.products.some(({ results }) => results[0] === product);
  const { shape } = typeOf(graph, product);
  const [rows, columns] = [shape.at(-2) ?? 1, shape.at(-1) ?? 1];
  const isPlain = axesOf(condition).every((axis) => axis <= 1) && isExactInF32(condition, rows, columns);
  if (!isSole || !isProduct || !isPlain || segment.held.includes(product)) return undefined;
  const visible: Condition = onFalse === undefined ? { kind: "not", of: condition } : condition;
  const isSkipped = isSkippable(context, result, segment);
  const values = [result, ...definedFor(region, [by, onFalse === undefined ? x : y])];
  return { product, result, visible, constant: number, isSkipped, values };
}

/** The values of a region that others are computed from, and they themselves. */
function definedFor({ nodes }: KernelRegion, wanted: readonly ValueId[]): readonly ValueId[] {
  const found = new Set(wanted);
  for (const { operands, results } of nodes.toReversed())
    if (results.some((result) => found.has(result))) for (const operand of operands) found.add(operand);
  return nodes.flatMap(({ results }) => results.filter((result) => found.has(result)));
}

/** Whether masked columns change no result: maxima ignore them, sums and products read zeros, and no rows are kept beside them. */
function isSkippable(
  { graph, hidden, region }: MaskContext,
  masked: ValueId,
  { products, rows, held }: MaskedSegment,
): boolean {
  const visible = hidden.visibleOf(masked);
  if (visible === undefined || hidden.constantOf(masked) !== Number.NEGATIVE_INFINITY || products.length > 1)
    return false;
  const isHidden = (value: ValueId): boolean => hidden.visibleOf(value) === visible;
  const isColumn = (value: ValueId): boolean => (typeOf(graph, value).shape.at(-1) ?? 1) === 1;
  const wide = rows.flatMap(({ results }) => results.filter((result) => !isColumn(result)));
  const kept = held.filter((value) => !isColumn(value));
  if (![...wide, ...kept].every(isHidden) || region.outputs.some(isHidden)) return false;
  const neutral: Readonly<Record<string, number>> = { reduce_max: Number.NEGATIVE_INFINITY, reduce_sum: 0, matmul: 0 };
  return region.nodes.every((node) => {
    const read = node.operands.filter(isHidden);
    if (read.length === 0 || node.results.every(isHidden)) return true;
    const constant = neutral[node.op];
    return constant !== undefined && read.every((value) => hidden.constantOf(value) === constant);
  });
}
