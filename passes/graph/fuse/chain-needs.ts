// What a chain needs on chip, and what it saves: whether `fuse` makes one. It must fit where the kernels that it replaces do.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { elementCount } from "../../../ir-spec/base/tensor.ts";
import { type Graph, type Node, operandsOf, typeOf } from "../../../ir-spec/graph.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { isKind } from "../../../ir-spec/ops/index.ts";
import { inputsOf, type KernelRegion } from "../../lower/region.ts";

/** What a chain without row statistics must save of the bytes that it loads anyway. Assumed, from perceptrons of 128 to 1024 rows. */
const worthwhileShare = 0.25;

/** Of SBUF. Assumed: the rest is for what loads of other kernels and small values take. */
const usableShare = 0.9;

const productsOf = ({ nodes }: KernelRegion): readonly Node[] => nodes.filter(({ op }) => op === "matmul");

/** Why a region that can be a chain saves too little as one. */
export function whyNotWorthwhile(graph: Graph, region: KernelRegion): string | undefined {
  const products = productsOf(region);
  const saved = bytesBetween(graph, region, products);
  const operands = rightBytes(graph, products);
  if (region.nodes.some(({ op }) => isKind(op, "reduce")) || saved >= worthwhileShare * operands) return undefined;
  return `it saves ${saved} bytes of traffic, and its right operands have ${operands}, which two kernels load side by side`;
}

/** Why a region that can be a chain has no room on chip as one. */
export function whyNoRoom(graph: Graph, region: KernelRegion, machine: Machine): string | undefined {
  const products = productsOf(region);
  const banks = psumBanks(region, products);
  if (banks > machine.psumBanks)
    return `its products and transposes need ${banks} banks of PSUM of ${machine.psumBanks}`;
  const needed = bytesOnChip(graph, region, machine);
  if (needed <= machine.sbufBytesPerPartition * usableShare) return undefined;
  return `its operands and rows need ${needed} bytes of ${machine.sbufBytesPerPartition} in each partition`;
}

/** The rows that a product of the region contracts and another node of it makes. */
function heldRows({ nodes }: KernelRegion, products: readonly Node[]): ReadonlySet<ValueId> {
  const made = new Set(nodes.flatMap(({ results }) => results));
  return new Set(products.flatMap(({ operands: [lhs] }) => (lhs !== undefined && made.has(lhs) ? [lhs] : [])));
}

/** Bytes that two kernels would store and load between products. */
function bytesBetween(graph: Graph, region: KernelRegion, products: readonly Node[]): number {
  return [...heldRows(region, products)].reduce((sum, value) => sum + 2 * bytesOf(graph, value), 0);
}

function rightBytes(graph: Graph, products: readonly Node[]): number {
  const operands = new Set(products.flatMap(({ operands: [, rhs] }) => (rhs === undefined ? [] : [rhs])));
  return [...operands].reduce((sum, value) => sum + bytesOf(graph, value), 0);
}

function bytesOf(graph: Graph, value: ValueId): number {
  const { shape, dtype } = typeOf(graph, value);
  return elementCount(shape) * dtypeBytes(dtype);
}

/** The most that the smallest schedule has: each product, and each operand of one that the array may have to transpose. */
function psumBanks(region: KernelRegion, products: readonly Node[]): number {
  const held = heldRows(region, products);
  const outside = new Set(products.flatMap(({ operands }) => operands.filter((operand) => !held.has(operand))));
  return products.length + held.size + outside.size;
}

/** Right operands, twice where they change; rows of what is read and of every product and cast, twice. */
function bytesOnChip(graph: Graph, region: KernelRegion, machine: Machine): number {
  const bytes = (value: ValueId, elements: number): number => elements * dtypeBytes(typeOf(graph, value).dtype);
  const ofRow = (value: ValueId): number => 2 * bytes(value, typeOf(graph, value).shape.at(-1) ?? 1);
  const rights = new Set<ValueId>();
  let sum = 0;
  for (const node of region.nodes) {
    const { op, results } = node;
    if (op === "matmul") {
      const { rhs } = operandsOf(node);
      const { shape } = typeOf(graph, rhs);
      const slots = shape.slice(0, -2).some((size) => size > 1) ? 2 : 1;
      sum += slots * bytes(rhs, Math.ceil(elementCount(shape.slice(-2)) / Math.min(machine.peRows, shape.at(-2) ?? 1)));
      rights.add(rhs);
    }
    if (op === "matmul" || op === "cast") sum += ofRow(results[0]);
  }
  for (const value of inputsOf(region)) if (!rights.has(value)) sum += ofRow(value);
  return sum;
}
