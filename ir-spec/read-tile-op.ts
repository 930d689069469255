// Reads one tile op of the text of stage 4: `activation out[...] <- acc[...], bias=b[...], func=gelu on act stage 1`.

import type { Affine, Extent, Flag } from "./affine.ts";
import type { AttrValue } from "./base/attr.ts";
import { type BufferId, bufferId, type LoopId, loopId } from "./base/ids.ts";
import { readAttrValue, readChoice, readInt, readName, reportUnknown } from "./base/read-values.ts";
import { problem } from "./base/result.ts";
import {
  accept,
  type Cursor,
  expect,
  isNext,
  note,
  peek,
  readList,
  report,
  reportWanted,
  type Token,
  take,
} from "./base/scan.ts";
import { findIn, namesIn, type Scoped } from "./base/scoped.ts";
import type { Span } from "./base/span.ts";
import { offsetStrides } from "./print-tile.ts";
import {
  affineOf,
  type FindLoop,
  readAffine,
  readExtent,
  readFlag,
  readSum,
  type SizeNames,
  type WrittenTerm,
} from "./read-affine.ts";
import type { Access, AccessDim, EngineHint, TileBuffer, TileNode, TileNodeMore } from "./tile.ts";
import type { AnyTileOpRow } from "./tile-ops/define.ts";
import { isTileOpName, type TileOpName, tileOpDef, tileOpNames } from "./tile-ops/index.ts";
import type { TilePart } from "./tile-parts.ts";

const engines = ["act", "dve", "pool"] as const satisfies readonly EngineHint[];

/** What has been read so far; ids count in the order of the text. */
export interface TileReader {
  readonly cursor: Cursor;
  readonly buffers: TileBuffer[];
  readonly loops: string[];
  readonly spans: Map<TilePart, Span>;
}

/** The names that can be meant at a place. */
export interface TileScope {
  readonly buffers: Scoped<string, BufferId>;
  readonly loops: Scoped<string, LoopId>;
  readonly sizes: Scoped<string, Extent>;
  /** Loops around the place. */
  readonly depth: number;
}

/** Finds loops by their names in a scope. */
export function loopFinder(cursor: Cursor, scope: TileScope): FindLoop {
  return ({ name, token }) => {
    const id = findIn(scope.loops, name);
    if (id === undefined) reportUnknown(cursor, "loop", token, namesIn(scope.loops));
    return id ?? loopId(0);
  };
}

/** What is after the arrow, by name. */
interface NodeFields {
  readonly operands: Record<string, Access>;
  readonly attrs: Record<string, AttrValue>;
  accumulate?: Flag;
  base?: Affine;
}

/** Reads one op. */
export function readNode(reader: TileReader, scope: TileScope): TileNode {
  const { cursor } = reader;
  const token = take(cursor, "name", "a tile op, `for`, `let`, `sbuf`, `psum` or `}`");
  const op = token.text;
  if (!isTileOpName(op)) {
    reportUnknown(cursor, "tile op", token, tileOpNames);
    return asNode({ op: "memset", operands: {}, attrs: {} });
  }
  const fields: NodeFields = { operands: {}, attrs: {} };
  const written = tileOpDef(op).operands.find(({ role }) => role !== "read");
  if (written !== undefined) fields.operands[written.name] = readAccess(reader, scope);
  while (accept(cursor, ",")) readField(reader, scope, op, fields);
  if (accept(cursor, "<-")) {
    do readField(reader, scope, op, fields);
    while (accept(cursor, ","));
  } else if (!peek(cursor).isFirst && !isNext(cursor, "on") && !isNext(cursor, "stage")) reportWanted(cursor, "`<-`");
  const engine = accept(cursor, "on") ? { engine: readChoice(cursor, engines, "an engine") } : {};
  noteMissing(cursor, op, fields, token);
  return asNode({ op, ...fields, ...engine, ...readStage(cursor) });
}

/** A statement as it is written: operands and attributes that are missing have been reported, and the program is dropped. */
function asNode(written: NodeFields & TileNodeMore & { readonly op: TileOpName }): TileNode {
  return { kind: "op", ...written } as unknown as TileNode;
}

/** ` stage 2`, or nothing. */
export function readStage(cursor: Cursor): { readonly stage?: number } {
  return accept(cursor, "stage") ? { stage: readInt(cursor, "a stage") } : {};
}

/** `lhs=a[...]`, `func=gelu`, `accumulate=notFirst(k)`, or an operand alone. */
function readField(reader: TileReader, scope: TileScope, op: TileOpName, fields: NodeFields): void {
  const { cursor } = reader;
  const token = peek(cursor);
  const row = tileOpDef(op);
  if (peek(cursor, 1).text !== "=") {
    const next = row.operands.find((operand) => isPositional(row, operand.name) && !(operand.name in fields.operands));
    if (next === undefined) reportWanted(cursor, "`name=value`");
    else fields.operands[next.name] = readAccess(reader, scope);
    return;
  }
  const name = take(cursor, "name", "an operand or an attribute").text;
  expect(cursor, "=");
  const isGiven = [fields.operands, fields.attrs, fields].some((given) => Object.hasOwn(given, name));
  if (isGiven)
    report(cursor, problem(cursor.dialect.value, { op, name, found: "given twice", expected: "once" }), token);
  readNamedField(reader, scope, op, fields, { name, token });
}

interface FieldName {
  readonly name: string;
  readonly token: Token;
}

function readNamedField(
  reader: TileReader,
  scope: TileScope,
  op: TileOpName,
  fields: NodeFields,
  { name, token }: FieldName,
): void {
  const { cursor } = reader;
  const row = tileOpDef(op);
  const kind = Object.hasOwn(row.attrs, name) ? row.attrs[name] : undefined;
  if (kind !== undefined) fields.attrs[name] = readAttrValue(cursor, kind, op, name);
  else if (row.operands.some((operand) => operand.name === name)) fields.operands[name] = readAccess(reader, scope);
  else if (name === "accumulate") fields.accumulate = readFlag(cursor, loopFinder(cursor, scope));
  else if (name === "base") fields.base = readAffine(cursor, loopFinder(cursor, scope));
  else {
    const known = [...row.operands.map((operand) => operand.name), ...Object.keys(row.attrs), "accumulate", "base"];
    reportUnknown(cursor, `operand or attribute of ${op}`, token, known);
  }
}

/** Operands that are read and must be there may be without their names. */
function isPositional(row: AnyTileOpRow, name: string): boolean {
  return row.operands.some((operand) => operand.name === name && operand.role === "read" && operand.optional !== true);
}

function noteMissing(cursor: Cursor, op: TileOpName, { operands, attrs }: NodeFields, token: Token): void {
  const row = tileOpDef(op);
  for (const { name, optional } of row.operands) {
    if (optional === true || name in operands) continue;
    note(cursor, problem(cursor.dialect.missing, { op, what: "operand", name }), token);
  }
  for (const [name, { optional, default: initial }] of Object.entries(row.attrs)) {
    if (optional === true || initial !== undefined || name in attrs) continue;
    note(cursor, problem(cursor.dialect.missing, { op, what: "attribute", name }), token);
  }
}

/** `lhs[k, 0; 128; 128:1]` */
function readAccess({ cursor, buffers }: TileReader, scope: TileScope): Access {
  const token = peek(cursor);
  const id = findIn(scope.buffers, readName(cursor, "a buffer"));
  if (id === undefined) reportUnknown(cursor, "buffer", token, namesIn(scope.buffers));
  const buffer = id === undefined ? undefined : buffers[id];
  const findLoop = loopFinder(cursor, scope);
  expect(cursor, "[");
  const offset = readOffset(cursor, buffer, findLoop);
  expect(cursor, ";");
  const size = readExtent(cursor, findLoop, scope.sizes);
  const start = accept(cursor, "@") ? readInt(cursor, "the first partition") : 0;
  const stride = accept(cursor, ":") ? readInt(cursor, "a stride") : 1;
  const dims = accept(cursor, ";") ? readList(cursor, "]", () => readDim(cursor, findLoop, scope.sizes)) : [];
  expect(cursor, "]");
  return { buffer: id ?? bufferId(0), offset, partition: { start, stride, size }, dims };
}

/** One coordinate for each dimension, or the flat offset alone. */
function readOffset(cursor: Cursor, buffer: TileBuffer | undefined, findLoop: FindLoop): Affine {
  const token = peek(cursor);
  const coordinates = readList(cursor, ";", () => readSum(cursor));
  const strides = buffer === undefined || coordinates.length === 1 ? [1] : offsetStrides(buffer);
  if (coordinates.length !== strides.length) {
    const found = `${coordinates.length} coordinates`;
    const problemArgs = { found, expected: `${strides.length}, one for each dimension, or the flat offset alone` };
    report(cursor, problem(cursor.dialect.syntax, problemArgs), token);
  }
  const terms = coordinates.flatMap((sum, axis) => sum.map((part): WrittenTerm => scaled(part, strides[axis] ?? 0)));
  return affineOf(terms, findLoop);
}

function scaled(part: WrittenTerm, by: number): WrittenTerm {
  return { ...part, scale: part.scale === 0 ? 0 : part.scale * by };
}

function readDim(cursor: Cursor, findLoop: FindLoop, sizes: SizeNames): AccessDim {
  const size = readExtent(cursor, findLoop, sizes);
  expect(cursor, ":");
  return { stride: readInt(cursor, "a stride"), size };
}
