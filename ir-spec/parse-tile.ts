// Reads the text of stage 4 that `print-tile.ts` prints: parse(print(p)) is p in its normal form. Collects one mistake
// for each line; names are resolved on the way, as every name is declared before its use.

import { type BufferId, bufferId, loopId } from "./base/ids.ts";
import { readChoice, readData, readInt, readName, readSlots, readString, readType } from "./base/read-values.ts";
import { fail, ok, problem, type Result } from "./base/result.ts";
import {
  accept,
  beginStatement,
  type Cursor,
  type Dialect,
  expect,
  expectLineEnd,
  isNext,
  makeCursor,
  peek,
  readList,
  recover,
  report,
  reportWanted,
  spanFrom,
} from "./base/scan.ts";
import { makeScope } from "./base/scoped.ts";
import { carrySpans, type Source } from "./base/span.ts";
import { maxLoopDepth } from "./limits.ts";
import { readExtent, readLet } from "./read-affine.ts";
import { loopFinder, readNode, readStage, type TileReader, type TileScope } from "./read-tile-op.ts";
import { renumberTileProgram } from "./renumber-tile.ts";
import type { TensorRole, TileBuffer, TileKernel, TileLoop, TileProgram, TileStatement } from "./tile.ts";
import { listTileParts, type TileSpans } from "./tile-parts.ts";

const tileDialect: Dialect = { syntax: "E0620", unknown: "E0621", value: "E0622", missing: "E0623" };

const roles = ["input", "weight", "state", "output", "temp", "constant"] as const satisfies readonly TensorRole[];
const memories = ["hbm", "sbuf", "psum"] as const;

/** A tile program, and where its parts are in the text. */
export interface LocatedTileProgram {
  readonly program: TileProgram;
  readonly spanOf: TileSpans;
}

/** Reads a tile program; the diagnostics have codes E0620 to E0623. */
export function parseTileProgram(source: Source): Result<TileProgram> {
  const read = parseLocatedTileProgram(source);
  return read.ok ? ok(read.value.program) : read;
}

/** Reads a tile program and remembers its places. */
export function parseLocatedTileProgram(source: Source): Result<LocatedTileProgram> {
  const cursor = makeCursor(source, tileDialect);
  const reader: TileReader = { cursor, buffers: [], loops: [], spans: new Map() };
  const scope: TileScope = { buffers: makeScope(), loops: makeScope(), sizes: makeScope(), depth: 0 };
  expect(cursor, "program");
  const name = readName(cursor);
  expectLineEnd(cursor);
  recover(cursor);
  const kernels: TileKernel[] = [];
  while (peek(cursor).kind !== "end") {
    beginStatement(cursor);
    if (isNext(cursor, "hbm")) readBuffer(reader, scope);
    else if (isNext(cursor, "kernel")) kernels.push(readKernel(reader, scope));
    else reportWanted(cursor, "`hbm` or `kernel`");
    recover(cursor);
  }
  if (cursor.diagnostics.length > 0) return fail(cursor.diagnostics);
  const { buffers, loops, spans } = reader;
  const written: TileProgram = { name, buffers, loops, kernels };
  const program = renumberTileProgram(written);
  const spanOf = carrySpans(listTileParts(written), listTileParts(program), (part) => spans.get(part));
  return ok({ program, spanOf });
}

/** `sbuf lhs: bf16[128, 6, 128] x2`; from here on its name is known. */
function readBuffer({ cursor, buffers, spans }: TileReader, scope: TileScope): BufferId {
  const first = peek(cursor);
  const memory = readChoice(cursor, memories, "a memory");
  const name = readName(cursor);
  expect(cursor, ":");
  const { dtype, shape } = readType(cursor);
  const slots = readSlots(cursor);
  const hasRole = peek(cursor).kind === "name" && !peek(cursor).isFirst;
  const role = hasRole ? { role: readChoice(cursor, roles, "a role") } : {};
  const data = accept(cursor, "=") ? { data: readData(cursor) } : {};
  expectLineEnd(cursor);
  const id = bufferId(buffers.length);
  const buffer: TileBuffer = { name, memory, dtype, shape, slots, ...role, ...data };
  spans.set(buffer, spanFrom(cursor, first));
  buffers.push(buffer);
  scope.buffers.own.set(name, id);
  return id;
}

/** `matmul_0 (matmul, add) schedule "tile_m=128"` */
export function readKernelTitle(cursor: Cursor): Omit<TileKernel, "body"> {
  const name = readName(cursor);
  expect(cursor, "(");
  const ops = readList(cursor, ")", () => readName(cursor));
  expect(cursor, ")");
  const schedule = accept(cursor, "schedule") ? readString(cursor) : "";
  return { name, ops, schedule };
}

function readKernel(reader: TileReader, scope: TileScope): TileKernel {
  expect(reader.cursor, "kernel");
  const title = readKernelTitle(reader.cursor);
  return { ...title, body: readBody(reader, scope) };
}

/** `{ ... }`, one statement a line. */
function readBody(reader: TileReader, outer: TileScope): TileStatement[] {
  const { cursor } = reader;
  const scope: TileScope = { ...outer, buffers: makeScope(outer.buffers), sizes: makeScope(outer.sizes) };
  const body: TileStatement[] = [];
  expect(cursor, "{");
  while (!cursor.isLost && !isNext(cursor, "}") && peek(cursor).kind !== "end") {
    beginStatement(cursor);
    if (isNext(cursor, "let")) readLet(cursor, loopFinder(cursor, scope), scope.sizes);
    else body.push(readStatement(reader, scope));
    expectLineEnd(cursor);
    recover(cursor);
  }
  expect(cursor, "}");
  return body;
}

function readStatement(reader: TileReader, scope: TileScope): TileStatement {
  const { cursor, spans } = reader;
  if (isNext(cursor, "for")) return readLoop(reader, scope);
  const first = peek(cursor);
  const isAlloc = memories.some((memory) => isNext(cursor, memory));
  const statement: TileStatement = isAlloc
    ? { kind: "alloc", buffer: readBuffer(reader, scope) }
    : readNode(reader, scope);
  spans.set(statement, spanFrom(cursor, first));
  return statement;
}

/** `for k in 0..6 { ... }`, `for k in 0..6 stage 1 { ... }` */
function readLoop(reader: TileReader, scope: TileScope): TileLoop {
  const { cursor, loops, spans } = reader;
  const first = peek(cursor);
  if (scope.depth >= maxLoopDepth) report(cursor, problem("E0108", { limit: maxLoopDepth, what: "loops" }));
  expect(cursor, "for");
  const name = readName(cursor, "a loop");
  expect(cursor, "in");
  const token = peek(cursor);
  if (readInt(cursor, "0, where loops begin") !== 0) reportWanted(cursor, "0, where loops begin", token);
  expect(cursor, "..");
  const trips = readExtent(cursor, loopFinder(cursor, scope), scope.sizes);
  const stage = readStage(cursor);
  const head = spanFrom(cursor, first);
  const id = loopId(loops.length);
  loops.push(name);
  const inner: TileScope = { ...scope, loops: makeScope(scope.loops), depth: scope.depth + 1 };
  inner.loops.own.set(name, id);
  const read: TileLoop = { kind: "loop", loop: id, trips, ...stage, body: readBody(reader, inner) };
  spans.set(read, head);
  return read;
}
