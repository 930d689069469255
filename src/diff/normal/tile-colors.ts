// What buffers and statements of a tile program are, apart from their names, numbers and order: colours, by colour refinement.
// Source: Weisfeiler and Leman, 1968: a colour is a hash of a thing's own form and of the colours around it, round after round.

import type { Affine, Extent, Flag } from "../../../ir-spec/affine.ts";
import { completeAttrs } from "../../../ir-spec/base/attr.ts";
import type { LoopId } from "../../../ir-spec/base/ids.ts";
import { printType } from "../../../ir-spec/base/tensor.ts";
import {
  type Access,
  stageOf,
  type TileBuffer,
  type TileNode,
  type TileProgram,
  type TileStatement,
} from "../../../ir-spec/tile.ts";
import { tileOpDef } from "../../../ir-spec/tile-ops/index.ts";
import { hashText } from "./hash.ts";
import { compareTexts } from "./order.ts";
import { operandsOf } from "./tile-touches.ts";

/** Assumed: enough to see apart buffers whose differences are three statements away; equal colours only cost a canonical order. */
const rounds = 4;

/** Colours of buffers by BufferId, and how a statement reads in them. */
export interface TileColors {
  readonly buffers: readonly string[];
  readonly statement: (statement: TileStatement, around: readonly LoopId[]) => string;
}

export function colorTileProgram(program: TileProgram): TileColors {
  let buffers = program.buffers.map(ownColor);
  for (let round = 0; round < rounds; round++) buffers = refine(program, buffers);
  return { buffers, statement: (statement, around) => signatureOf(buffers, statement, around) };
}

/** An interface has its name; all others are what they hold. */
function ownColor({ name, memory, dtype, shape, slots, role, data }: TileBuffer): string {
  const isInterface = role !== undefined && role !== "temp" && role !== "constant";
  const own = isInterface ? ["interface", name] : [memory, role ?? "", String(slots), JSON.stringify(data ?? null)];
  return hashText(JSON.stringify([...own, printType({ dtype, shape })]));
}

function refine(program: TileProgram, buffers: readonly string[]): string[] {
  const uses = program.buffers.map((): string[] => []);
  const visit = (statement: TileStatement, around: readonly LoopId[]): void => {
    if (statement.kind === "loop") {
      for (const child of statement.body) visit(child, [...around, statement.loop]);
    }
    if (statement.kind !== "op") return;
    const signature = signatureOf(buffers, statement, around);
    for (const { name, access } of operandsOf(statement)) uses[access.buffer]?.push(`${name} of ${signature}`);
  };
  for (const { body } of program.kernels) for (const statement of body) visit(statement, []);
  return buffers.map((color, index) => hashText(JSON.stringify([color, ...(uses[index] ?? []).sort(compareTexts)])));
}

function signatureOf(colors: readonly string[], statement: TileStatement, around: readonly LoopId[]): string {
  if (statement.kind === "alloc") return "";
  if (statement.kind === "op") return nodeSignature(colors, statement, around);
  const inner = statement.body.map((child) => signatureOf(colors, child, [...around, statement.loop]));
  const trips = printSize(statement.trips, depthNames(around));
  return `loop ${trips} stage ${stageOf(statement)} ${hashText(JSON.stringify(inner.sort(compareTexts)))}`;
}

/** Loops are named by their depth. */
function depthNames(around: readonly LoopId[]): LoopName {
  return (loop) => `i${around.indexOf(loop)}`;
}

function nodeSignature(colors: readonly string[], node: TileNode, around: readonly LoopId[]): string {
  const name = depthNames(around);
  const operands = operandsOf(node).map((operand) => `${operand.name}=${printColored(colors, operand.access, name)}`);
  const attrs = completeAttrs(tileOpDef(node.op).attrs, node.attrs);
  const values = Object.keys(attrs).sort(compareTexts);
  const more = [
    ...values.map((key) => `${key}=${JSON.stringify(attrs[key])}`),
    node.accumulate === undefined ? "" : printFlagInOrder(node.accumulate, name),
    node.base === undefined ? "" : printInOrder(node.base, name),
    node.engine ?? "",
    String(stageOf(node)),
  ];
  return `${node.op} ${[...operands, ...more].join(", ")}`;
}

function printColored(colors: readonly string[], access: Access, name: LoopName): string {
  const { buffer, offset, partition, dims } = access;
  const size = (of: Extent): string => printSize(of, name);
  const parts = [
    printInOrder(offset, name),
    `${partition.start}+${size(partition.size)}:${partition.stride}`,
    ...dims.map((dim) => `${size(dim.size)}:${dim.stride}`),
  ];
  return `${colors[buffer] ?? ""}[${parts.join("; ")}]`;
}

type LoopName = (loop: LoopId) => string;

/** Terms by the names of their loops, whose numbers say nothing. */
function printInOrder({ constant, terms }: Affine, name: LoopName): string {
  const texts = terms.map(({ loop, scale }) => `${scale}*${name(loop)}`).sort(compareTexts);
  return [String(constant), ...texts].join(" + ");
}

function printSize({ max, limit }: Extent, name: LoopName): string {
  return limit === undefined ? String(max) : `min(${max}, ${printInOrder(limit, name)})`;
}

function printFlagInOrder(flag: Flag, name: LoopName): string {
  return typeof flag === "boolean"
    ? String(flag)
    : `notFirst(${flag.notFirst.map(name).sort(compareTexts).join(", ")})`;
}
