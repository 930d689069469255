// What a chain needs on chip, and what it saves: whether `fuse` makes one. It must fit where the kernels that it replaces do.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { elementCount } from "../../../ir-spec/base/tensor.ts";
import { type Graph, type Node, operandsOf, typeOf } from "../../../ir-spec/graph.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { isKind } from "../../../ir-spec/ops/index.ts";
import { fewestTiles } from "../../lower/chain/candidates.ts";
import { findBlocks } from "../../lower/chain/find-blocks.ts";
import { segmentsOf } from "../../lower/chain/segments.ts";
import { simplifyRegion } from "../../lower/chain/simplify.ts";
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
  const usable = machine.sbufBytesPerPartition * usableShare;
  const needed = bytesOnChip(graph, region, machine);
  if (needed <= usable || isRoomInBlocks(graph, region, machine, usable)) return undefined;
  return `its operands and rows need ${needed} bytes of ${machine.sbufBytesPerPartition} in each partition`;
}

/** Whether there is room for a part of the columns of the longest rows at a time, where that is enough for what contracts them. */
function isRoomInBlocks(graph: Graph, original: KernelRegion, machine: Machine, usable: number): boolean {
  const { graph: simplified, region } = simplifyRegion(graph, original);
  const blocks = findBlocks(simplified, region, segmentsOf(simplified, region).segments);
  if (blocks === undefined) return false;
  const tile = Math.min(machine.peRows, machine.peColumns);
  const width = fewestTiles * tile;
  if (!isCheapInBlocks(simplified, region, { machine, tile, columns: blocks.columns })) return false;
  // A last block that is shorter has banks of its own.
  const copies = blocks.columns % width === 0 ? 1 : 2;
  if (copies * psumBanks(region, productsOf(region)) > machine.psumBanks) return false;
  const sizeOf = (size: number): number => (size === blocks.columns ? Math.min(width, size) : size);
  return bytesOnChip(simplified, region, machine, sizeOf) <= usable;
}

interface BlockCosts {
  readonly machine: Machine;
  /** Rows that go through at a time. */
  readonly tile: number;
  /** Columns of the rows that come in blocks. */
  readonly columns: number;
}

/** Right operands of more tiles along each dimension are mostly loaded and transposed, for few products. Assumed. */
const mostDepthTiles = 8;

/** Whether right operands have few tiles beside the columns, and loading them for each tile of rows moves less than the rows would. */
function isCheapInBlocks(graph: Graph, region: KernelRegion, { machine, tile, columns }: BlockCosts): boolean {
  const products = productsOf(region);
  const sizes = products.flatMap(({ operands: [, rhs] }) => typeOf(graph, rhs as ValueId).shape.slice(-2));
  const isDeep = sizes.some((size) => size !== columns && size > mostDepthTiles * tile);
  const rights = rightBytes(graph, products);
  const rows = Math.max(...products.map(({ results: [result] }) => typeOf(graph, result as ValueId).shape.at(-2) ?? 1));
  const isResident =
    (rights / Math.max(1, batchOf(graph, products))) * 2 <= machine.sbufBytesPerPartition * machine.partitions;
  const again = isResident ? 0 : (Math.ceil(rows / tile) - 1) * rights;
  return !isDeep && again <= 2 * bytesBetween(graph, region, products);
}

/** How many matrices the largest right operand has. */
function batchOf(graph: Graph, products: readonly Node[]): number {
  return Math.max(
    ...products.map(({ operands: [, rhs] }) => elementCount(typeOf(graph, rhs as ValueId).shape.slice(0, -2))),
  );
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

/** Right operands, twice where they change; rows of what is read and of every product and cast, twice. `sizeOf`: how much of a size. */
function bytesOnChip(
  graph: Graph,
  region: KernelRegion,
  machine: Machine,
  sizeOf: (size: number) => number = (size) => size,
): number {
  const bytes = (value: ValueId, elements: number): number => elements * dtypeBytes(typeOf(graph, value).dtype);
  const ofRow = (value: ValueId): number => 2 * bytes(value, sizeOf(typeOf(graph, value).shape.at(-1) ?? 1));
  const rights = new Set<ValueId>();
  let sum = 0;
  for (const node of region.nodes) {
    const { op, results } = node;
    if (op === "matmul") {
      const { rhs } = operandsOf(node);
      const { shape } = typeOf(graph, rhs);
      const slots = shape.slice(0, -2).some((size) => size > 1) ? 2 : 1;
      const [rows = 1, columns = 1] = shape.slice(-2).map(sizeOf);
      sum += slots * bytes(rhs, Math.ceil((rows * columns) / Math.min(machine.peRows, rows)));
      rights.add(rhs);
    }
    if (op === "matmul" || op === "cast") sum += ofRow(results[0]);
  }
  for (const value of inputsOf(region)) if (!rights.has(value)) sum += ofRow(value);
  return sum;
}
