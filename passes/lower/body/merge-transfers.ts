// Loads of the parts of one run of elements become one load of the run, and so do stores: descriptors are as long as the run, not as
// a part of it. Parts follow one another, as the halves of a row do, or alternate, as pairs do.
//
//     a <- x[.., 0; 32:128, 64:1], b <- x[.., 64; 32:128, 64:1]     ->     u <- x[.., 0; 4096:1]; a, b are u[0; 32:128, 64:1], u[64; ..]

import { addAffine, constant } from "../../../ir-spec/affine.ts";
import type { BufferId } from "../../../ir-spec/base/ids.ts";
import {
  type Access,
  type AccessDim,
  type TileBuffer,
  type TileNode,
  type TileNodeOf,
  type TileStatement,
  withAccesses,
} from "../../../ir-spec/tile.ts";
import { joinOrigins } from "../origins.ts";
import type { BodyBuilder } from "../program-builder.ts";
import { withAllocsAtUse } from "./rewrite.ts";
import { accessesOf, type BodyUses, usesOf, widthOf } from "./uses.ts";

type Statements = readonly TileStatement[];
type Direction = "load" | "store";

export function mergeTransfers(builder: BodyBuilder, body: Statements): Statements {
  return (["load", "store"] as const).reduce((current, direction) => mergeAll(builder, current, direction), body);
}

/** The two sides of a transfer of a whole tile. */
export interface Transfer {
  readonly node: TileNodeOf<"dma">;
  readonly hbm: Access;
  readonly chip: Access;
}

/** Transfers of all the parts of a run, in the order of their places. */
interface Group {
  readonly parts: readonly Transfer[];
  /** Whether parts alternate, element by element. */
  readonly alternate: boolean;
}

function mergeAll(builder: BodyBuilder, body: Statements, direction: Direction): Statements {
  if (body.filter((statement) => statement.kind === "op" && statement.op === "dma").length < 2) return body;
  const uses = usesOf(body);
  const found = uses.nodes.flatMap((node) => transferOf(builder, uses, node, direction));
  const groups = groupsOf(builder, found).filter((group) => staysInOrder(uses, group, direction));
  const merged = groups.reduce((current, group) => mergeGroup(builder, current, group, direction), body);
  return merged === body ? body : withAllocsAtUse(merged);
}

/** A transfer of a whole tile that the body's statements use as a whole; none or one. */
export function transferOf(
  builder: BodyBuilder,
  uses: BodyUses,
  node: TileNode,
  direction: Direction,
): readonly Transfer[] {
  if (node.op !== "dma") return [];
  const { dst, src } = node.operands;
  const [hbm, chip] = direction === "load" ? [src, dst] : [dst, src];
  const isBetween =
    builder.bufferInfo(hbm.buffer).memory === "hbm" && builder.bufferInfo(chip.buffer).memory === "sbuf";
  const info = builder.bufferInfo(chip.buffer);
  const isOwn = isBetween && uses.isLocal(chip.buffer) && isWhole(info, chip) && isWholeEverywhere(uses, chip);
  const isTransferredOnce =
    uses.nodes.filter(({ op, operands }) => op === "dma" && hasBuffer(operands, chip.buffer)).length === 1;
  const isFixed = [...hbm.dims, ...chip.dims].every(({ size }) => size.limit === undefined);
  return isOwn && isTransferredOnce && isFixed ? [{ node, hbm, chip }] : [];
}

const hasBuffer = (operands: TileNode["operands"], buffer: BufferId): boolean =>
  Object.values<Access>(operands).some((access) => access.buffer === buffer);

/** Whether an access has all columns of a tile with rows. */
function isWhole({ shape }: TileBuffer, access: Access): boolean {
  return shape.length === 2 && access.partition.start === 0 && widthOf(access) === shape[1];
}

/** Whether all statements, none of them in a loop of the body, use all of a tile, in the same dimensions. */
function isWholeEverywhere(uses: BodyUses, chip: Access): boolean {
  const wanted = dimsText(chip.dims);
  const nodes = [...uses.readersOf(chip.buffer), ...uses.writersOf(chip.buffer)];
  if (!nodes.every(uses.isOwn)) return false;
  return nodes
    .flatMap(accessesOf)
    .every(
      ([{ buffer, dims, offset }]) =>
        buffer !== chip.buffer || (dimsText(dims) === wanted && offset.constant === 0 && offset.terms.length === 0),
    );
}

export const dimsText = (dims: readonly AccessDim[]): string =>
  dims.map(({ stride, size }) => `${size.max}:${stride}`).join();

/**
 * Whether transfers mean the same at one place: the first of what is loaded, the last of what is stored. A tile is loaded before anything
 * else touches it and stored after, and the tensor is not otherwise written, or when it is stored not read either.
 */
function staysInOrder(uses: BodyUses, { parts }: Group, direction: Direction): boolean {
  const nodes: readonly TileNode[] = parts.map(({ node }) => node);
  const touching = ({ buffer }: Access): readonly TileNode[] => [...uses.readersOf(buffer), ...uses.writersOf(buffer)];
  const isAtEnd = parts.every(({ node, chip }) => {
    const places = touching(chip).map((each) => uses.nodes.indexOf(each));
    const own = uses.nodes.indexOf(node);
    return direction === "load" ? own === Math.min(...places) : own === Math.max(...places);
  });
  return (
    isAtEnd &&
    parts.every(({ hbm }) => {
      const others = direction === "load" ? uses.writersOf(hbm.buffer) : touching(hbm);
      return others.every((each) => nodes.includes(each));
    })
  );
}

/** Whether nothing in the body writes a tensor. */
export const isWithoutWriters = (uses: BodyUses, tensor: BufferId): boolean => uses.writersOf(tensor).length === 0;

/** What transfers of one run have in common. */
function runKey(builder: BodyBuilder, { hbm, chip }: Transfer): string {
  const { dtype, shape } = builder.bufferInfo(chip.buffer);
  const { buffer, partition, dims, offset } = hbm;
  return [
    buffer,
    dtype,
    shape.join("x"),
    partition.stride,
    JSON.stringify(partition.size),
    dimsText(dims),
    dimsText(chip.dims),
    JSON.stringify(offset.terms),
  ].join(" ");
}

function groupsOf(builder: BodyBuilder, transfers: readonly Transfer[]): readonly Group[] {
  const byRun = new Map<string, Transfer[]>();
  for (const transfer of transfers) {
    const key = runKey(builder, transfer);
    byRun.set(key, [...(byRun.get(key) ?? []), transfer]);
  }
  return [...byRun.values()].flatMap((parts) => {
    const inOrder = parts.toSorted((a, b) => a.hbm.offset.constant - b.hbm.offset.constant);
    const [first] = inOrder;
    const inner = first?.hbm.dims.at(-1);
    if (first === undefined || inner === undefined || inOrder.length < 2) return [];
    const alternate = inner.stride === inOrder.length;
    const step = alternate ? 1 : inner.size.max;
    const start = first.hbm.offset.constant;
    const areParts = inOrder.every(({ hbm }, at) => hbm.offset.constant === start + at * step);
    const isRun = alternate || inner.stride === 1;
    return areParts && isRun ? [{ parts: inOrder, alternate }] : [];
  });
}

function mergeGroup(
  builder: BodyBuilder,
  body: Statements,
  { parts, alternate }: Group,
  direction: Direction,
): Statements {
  const [first] = parts as readonly [Transfer];
  const count = parts.length;
  const info = builder.bufferInfo(first.chip.buffer);
  const [rows = 1, width = 1] = info.shape;
  const slots = Math.max(...parts.map(({ chip }) => builder.bufferInfo(chip.buffer).slots));
  const buffer = builder.buffer({ ...info, shape: [rows, width * count], slots });
  const innerSize = first.hbm.dims.at(-1)?.size.max ?? 1;
  const placeOf = new Map(parts.map(({ chip }, at) => [chip.buffer, alternate ? at : at * innerSize] as const));
  const placed = (access: Access): Access => {
    const place = placeOf.get(access.buffer);
    if (place === undefined) return access;
    const dims = access.dims.map(({ stride, size }, dim) => ({
      stride: dim < access.dims.length - 1 || alternate ? stride * count : stride,
      size,
    }));
    return { ...access, buffer, offset: addAffine(access.offset, constant(place)), dims };
  };
  const run = [{ stride: 1, size: { max: width * count } }];
  const chip: Access = { ...first.chip, buffer, dims: run };
  const hbm: Access = { ...first.hbm, dims: mergedDims(first.hbm.dims, count) };
  const operands = direction === "load" ? { dst: chip, src: hbm } : { dst: hbm, src: chip };
  const nodes: readonly TileStatement[] = parts.map(({ node }) => node);
  const origin = joinOrigins(parts.map(({ node }) => node.origin));
  const kept =
    direction === "load"
      ? body.findIndex((each) => nodes.includes(each))
      : body.findLastIndex((each) => nodes.includes(each));
  const alloc: TileStatement = { kind: "alloc", buffer };
  const replaced = body.flatMap((statement, at): Statements => {
    if (at === kept) return [{ ...first.node, operands, ...(origin.length === 0 ? {} : { origin }) }];
    if (nodes.includes(statement)) return [];
    return [statement.kind === "op" ? withAccesses(statement, placed) : statement];
  });
  return [alloc, ...replaced];
}

/** The dimensions of a run of `count` parts. */
function mergedDims(dims: readonly AccessDim[], count: number): readonly AccessDim[] {
  const inner = dims.at(-1);
  const run = { stride: 1, size: { max: (inner?.size.max ?? 1) * count } };
  return [...dims.slice(0, -1), run];
}
