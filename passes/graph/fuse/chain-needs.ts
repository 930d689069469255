// What a chain needs on chip, and what it saves: whether `fuse` makes one. It must fit where the kernels that it replaces do.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { formatBytes } from "../../../ir-spec/base/format-numbers.ts";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { elementCount } from "../../../ir-spec/base/tensor.ts";
import { type Graph, type Node, type NodeOf, operandsOf, typeOf } from "../../../ir-spec/graph.ts";
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

const productsOf = ({ nodes }: KernelRegion): readonly NodeOf<"matmul">[] =>
  nodes.filter((node) => node.op === "matmul");
const sum = (numbers: readonly number[]): number => numbers.reduce((total, x) => total + x, 0);

/** Why a region that can be a chain saves too little as one; `parts` are the kernels that it is made of. */
export function whyNotWorthwhile(
  graph: Graph,
  region: KernelRegion,
  parts: readonly KernelRegion[],
): string | undefined {
  const saved = sum(parts.map((part) => traffic(graph, part))) - traffic(graph, region);
  const operands = rightBytes(graph, region);
  if (hasStatistics(region) || saved >= worthwhileShare * operands) return undefined;
  return `one kernel saves ${formatBytes(saved)} of traffic, and its right operands have ${formatBytes(operands)}, which several load side by side`;
}

/** Whether rows that a product makes are reduced. */
function hasStatistics({ nodes }: KernelRegion): boolean {
  const ofProducts = new Set<ValueId>();
  return nodes.some(({ op, operands, results }) => {
    const isOfProduct = op === "matmul" || operands.some((operand) => ofProducts.has(operand));
    if (isOfProduct) for (const result of results) ofProducts.add(result);
    return isOfProduct && isKind(op, "reduce");
  });
}

/** Whether right operands take half of SBUF, so that rows in flight have little room. */
export function isCrowded(graph: Graph, region: KernelRegion, machine: Machine): boolean {
  const rights = sum([...rightsOf(region)].map((value) => rightBytesOnChip(graph, value, machine)));
  return rights > machine.sbufBytesPerPartition / 2;
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
  const rights = rightBytes(graph, region);
  const rows = Math.max(...products.map(({ results: [result] }) => typeOf(graph, result as ValueId).shape.at(-2) ?? 1));
  const isResident =
    (rights / Math.max(1, batchOf(graph, products))) * 2 <= machine.sbufBytesPerPartition * machine.partitions;
  const again = isResident ? 0 : (Math.ceil(rows / tile) - 1) * rights;
  return !isDeep && again <= 2 * betweenBytes(graph, region, products, columns);
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

/** Bytes that several kernels would store and load: rows between products, or those whose statistics alone are wanted. */
function betweenBytes(graph: Graph, region: KernelRegion, products: readonly Node[], columns: number): number {
  const held = [...heldRows(region, products)];
  const wide = products
    .flatMap(({ results }) => results)
    .filter((value) => typeOf(graph, value).shape.at(-1) === columns);
  return sum((held.length > 0 ? held : wide).map((value) => 2 * bytesOf(graph, value)));
}

function rightBytes(graph: Graph, region: KernelRegion): number {
  return sum([...rightsOf(region)].map((value) => bytesOf(graph, value)));
}

/** Bytes that a kernel loads and stores. */
function traffic(graph: Graph, region: KernelRegion): number {
  return sum([...inputsOf(region), ...region.outputs].map((value) => bytesOf(graph, value)));
}

/** Bytes that kernels store for each other, and load: whatever else they do, it takes so long. */
export function bytesBetween(graph: Graph, parts: readonly KernelRegion[]): number {
  const made = new Set(parts.flatMap(({ outputs }) => outputs));
  const loaded = parts.flatMap((part) => inputsOf(part).filter((value) => made.has(value)));
  return sum([...made, ...loaded].map((value) => bytesOf(graph, value)));
}

function rightsOf(region: KernelRegion): ReadonlySet<ValueId> {
  return new Set(productsOf(region).map((product) => operandsOf(product).rhs));
}

function bytesOf(graph: Graph, value: ValueId): number {
  const { shape, dtype } = typeOf(graph, value);
  return elementCount(shape) * dtypeBytes(dtype);
}

/** The most that the smallest schedule has: each product, and each operand of one that the array may have to transpose. */
function psumBanks(region: KernelRegion, products: readonly NodeOf<"matmul">[]): number {
  const held = heldRows(region, products);
  const transposed = products.flatMap((product) => {
    const { lhs, rhs } = operandsOf(product);
    return product.attrs.transpose_rhs ? [lhs, rhs] : [lhs];
  });
  return products.length + held.size + new Set(transposed.filter((operand) => !held.has(operand))).size;
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
  let total = 0;
  for (const node of region.nodes) {
    const { op, results } = node;
    if (op === "matmul") {
      const { rhs } = operandsOf(node);
      total += rightBytesOnChip(graph, rhs, machine, sizeOf);
      rights.add(rhs);
    }
    if (op === "matmul" || op === "cast") total += ofRow(results[0]);
  }
  for (const value of inputsOf(region)) if (!rights.has(value)) total += ofRow(value);
  return total;
}

/** In each partition. */
function rightBytesOnChip(
  graph: Graph,
  value: ValueId,
  machine: Machine,
  sizeOf: (size: number) => number = (size) => size,
): number {
  const { shape, dtype } = typeOf(graph, value);
  const slots = shape.slice(0, -2).some((size) => size > 1) ? 2 : 1;
  const [rows = 1, columns = 1] = shape.slice(-2).map(sizeOf);
  return slots * Math.ceil((rows * columns) / Math.min(machine.peRows, rows)) * dtypeBytes(dtype);
}
