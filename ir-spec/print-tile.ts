// The text of stage 4, for people and for `parse-tile.ts`, which gives back the same program (in its normal form, see
// renumber-tile.ts). An operand reads `name[where it begins; partitions; free dimensions]`, a dimension `size:stride`.

import { type Affine, type Extent, printAffine, printFlag } from "./affine.ts";
import { attrValuesEqual, printNumber } from "./base/attr.ts";
import type { LoopId } from "./base/ids.ts";
import { appendAll } from "./base/lists.ts";
import { indentLines, printFieldValue, printName } from "./base/names.ts";
import { printType, rowMajorStrides } from "./base/tensor.ts";
import { renumberTileProgram } from "./renumber-tile.ts";
import { type IndexNames, nameSizes, plainNames } from "./size-names.ts";
import {
  type Access,
  namedAccesses,
  stageOf,
  type TileBuffer,
  type TileKernel,
  type TileLoop,
  type TileNode,
  type TileProgram,
  type TileStatement,
  tileAttrsOf,
} from "./tile.ts";
import { tileOpDef } from "./tile-ops/index.ts";

/** Numbers of a constant's data on one line of text. */
const NUMBERS_PER_LINE = 8;

/** Prints a tile program; equal programs give equal text. */
export function printTileProgram(program: TileProgram): string {
  const normal = renumberTileProgram(program);
  const lines = [`program ${printName(normal.name)}`];
  for (const buffer of normal.buffers) if (buffer.memory === "hbm") appendAll(lines, printBuffer(buffer));
  for (const kernel of normal.kernels) appendAll(lines, ["", ...printKernel(normal, kernel)]);
  return `${lines.join("\n")}\n`;
}

/** `sbuf lhs: bf16[128, 6, 128] x2`, `hbm x: bf16[128, 768] input`, `hbm c: f32[128] constant = 0.5`. */
function printBuffer(buffer: TileBuffer): string[] {
  const { name, memory, slots, role, data } = buffer;
  const words = [`${memory} ${printName(name)}: ${printType(buffer)}`];
  if (slots !== 1) words.push(`x${slots}`);
  if (role !== undefined) words.push(role);
  const declaration = words.join(" ");
  if (data === undefined) return [declaration];
  return printData(`${declaration} = `, data);
}

/** `= 0.5` for one number, else `= [...]` over as many lines as it takes. */
export function printData(before: string, data: readonly number[]): string[] {
  const numbers = data.map(printNumber);
  if (numbers.length === 1) return [`${before}${numbers[0]}`];
  if (numbers.length <= NUMBERS_PER_LINE) return [`${before}[${numbers.join(", ")}]`];
  const lines: string[] = [];
  for (let first = 0; first < numbers.length; first += NUMBERS_PER_LINE) {
    lines.push(`${numbers.slice(first, first + NUMBERS_PER_LINE).join(", ")},`);
  }
  return [`${before}[`, ...indentLines(lines), "]"];
}

/** `matmul_0 (matmul, add) schedule "tile_m=128"`: what tile programs and streams say of a kernel. */
export function printKernelTitle(kernel: Pick<TileKernel, "name" | "ops" | "schedule">): string {
  const schedule = kernel.schedule === "" ? "" : ` schedule ${JSON.stringify(kernel.schedule)}`;
  return `${printName(kernel.name)} (${kernel.ops.map(printName).join(", ")})${schedule}`;
}

function printKernel(program: TileProgram, kernel: TileKernel): string[] {
  const place: Place = { program, around: [], names: tileNames(program) };
  return [`kernel ${printKernelTitle(kernel)} {`, ...indentLines(printBody(place, kernel.body)), "}"];
}

/** Where a statement is: the loops around it, and how they and their sizes are written. */
interface Place {
  readonly program: TileProgram;
  readonly around: readonly LoopId[];
  readonly names: IndexNames;
}

/** A loop that the program does not have prints as `?3`, which is no name. */
function tileNames(program: TileProgram): IndexNames {
  return plainNames((loop) => {
    const name = program.loops[loop];
    return name === undefined ? `?${loop}` : printName(name);
  });
}

function printBody(place: Place, body: readonly TileStatement[]): string[] {
  return body.flatMap((statement) => {
    if (statement.kind === "op") return [printNode(place.program, place.names, statement)];
    if (statement.kind === "alloc") return printAlloc(place.program.buffers[statement.buffer]);
    return printLoop(place, statement);
  });
}

function printLoop({ program, around, names }: Place, statement: TileLoop): string[] {
  const { loop, trips, body } = statement;
  const sizes = nameSizes(names, loop, program.loops[loop] ?? "", around, sizesOf(body));
  const inner = printBody({ program, around: [...around, loop], names: sizes.names }, body);
  const head = `for ${names.loop(loop)} in 0..${names.size(trips)}${printStage(statement)} {`;
  return [head, ...indentLines([...sizes.lines, ...inner]), "}"];
}

/** ` stage 2`, or nothing for stage 0. */
function printStage(statement: TileLoop | TileNode): string {
  const stage = stageOf(statement);
  return stage === 0 ? "" : ` stage ${stage}`;
}

/** All sizes of a body, those of inner loops too. */
function sizesOf(body: readonly TileStatement[]): Extent[] {
  return body.flatMap((statement) => {
    if (statement.kind === "alloc") return [];
    if (statement.kind === "loop") return [statement.trips, ...sizesOf(statement.body)];
    const accesses = Object.values<Access>(statement.operands);
    return accesses.flatMap(({ partition, dims }) => [partition.size, ...dims.map(({ size }) => size)]);
  });
}

function printAlloc(buffer: TileBuffer | undefined): string[] {
  return buffer === undefined ? ["// an alloc of a buffer that the program does not have"] : printBuffer(buffer);
}

/** One op on a line of its own, with its sizes written out. */
export function printTileNode(program: TileProgram, node: TileNode): string {
  return printNode(program, tileNames(program), node);
}

/** `activation out[0; 128; 512:1] <- acc[0; 128; 512:1], bias=b[0; 128; 1:1], func=gelu on act stage 1`. */
function printNode(program: TileProgram, names: IndexNames, node: TileNode): string {
  const written: string[] = [];
  const read: string[] = [];
  const row = tileOpDef(node.op);
  const accesses = namedAccesses(node);
  const needed = row.operands.filter(({ role, optional }) => role === "read" && optional !== true);
  for (const { name, role, optional } of row.operands) {
    const access = accesses[name];
    if (access === undefined) continue;
    const text = printAccess(program, names, access);
    const isAlone = needed.length === 1 && optional !== true;
    if (role !== "read") written.push(written.length === 0 ? text : `${name}=${text}`);
    else read.push(isAlone ? text : `${name}=${text}`);
  }
  const right = [...read, ...printAttrs(node), ...printIterationValues(names, node)];
  const arrow = right.length === 0 ? "" : ` <- ${right.join(", ")}`;
  const engine = node.engine === undefined ? "" : ` on ${node.engine}`;
  return `${node.op} ${written.join(", ")}${arrow}${engine}${printStage(node)}`;
}

/** Attributes that differ from their defaults. */
function printAttrs(node: TileNode): string[] {
  const attrs = tileAttrsOf(node);
  return Object.entries(tileOpDef(node.op).attrs).flatMap(([name, kind]) => {
    const value = attrs[name];
    if (value === undefined || attrValuesEqual(value, kind.default ?? null)) return [];
    return [`${name}=${printFieldValue(kind, value)}`];
  });
}

function printIterationValues(names: IndexNames, node: TileNode): string[] {
  const values: string[] = [];
  if (node.base !== undefined) values.push(`base=${printAffine(node.base, names.loop)}`);
  if (node.accumulate !== undefined) values.push(`accumulate=${printFlag(node.accumulate, names.loop)}`);
  return values;
}

function printAccess(program: TileProgram, names: IndexNames, access: Access): string {
  const buffer = program.buffers[access.buffer];
  const { start, stride, size } = access.partition;
  const isStrideSaid = buffer?.memory === "hbm" || stride !== 1;
  const partitions = `${names.size(size)}${start === 0 ? "" : `@${start}`}${isStrideSaid ? `:${stride}` : ""}`;
  const parts = [printOffset(access.offset, buffer, names.loop), partitions];
  const dims = access.dims.map(({ size: count, stride: step }) => `${names.size(count)}:${step}`);
  if (dims.length > 0) parts.push(dims.join(", "));
  return `${buffer === undefined ? `?${access.buffer}` : printName(buffer.name)}[${parts.join("; ")}]`;
}

/** The coordinates of an offset, one for each dimension that it runs over: `128*m, 0` for the offset `98304*m`. */
function printOffset(offset: Affine, buffer: TileBuffer | undefined, name: (loop: LoopId) => string): string {
  const strides = buffer === undefined ? [1] : offsetStrides(buffer);
  const constants = splitOffset(offset.constant, strides);
  const scales = offset.terms.map(({ loop, scale }) => ({ loop, parts: splitOffset(scale, strides) }));
  const coordinates = strides.map((_stride, axis): Affine => {
    const terms = scales.map(({ loop, parts }) => ({ loop, scale: parts[axis] ?? 0 }));
    return { constant: constants[axis] ?? 0, terms: terms.filter(({ scale }) => scale !== 0) };
  });
  return coordinates.map((coordinate) => printAffine(coordinate, name)).join(", ");
}

/** The strides that coordinates count in: of all dimensions in HBM, of the free ones on chip; at least one. */
export function offsetStrides(buffer: TileBuffer): readonly number[] {
  const strides = rowMajorStrides(buffer.memory === "hbm" ? buffer.shape : buffer.shape.slice(1));
  return strides.length === 0 ? [1] : strides;
}

/** Parts with sum of part * stride = `elements`, as much as possible in the outer ones. */
function splitOffset(elements: number, strides: readonly number[]): number[] {
  let rest = elements;
  return strides.map((stride) => {
    const part = stride === 0 ? 0 : Math.trunc(rest / stride);
    rest -= part * stride;
    return part;
  });
}
