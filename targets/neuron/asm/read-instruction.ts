// Reads one instruction of assembler text, `matmul dst=psum[0x0; 8; 16:1] f32, accumulate=notFirst(k)`. It knows no
// instruction: the row of the instruction's name says which fields there are and what is in them.

import type { Extent } from "../../../ir-spec/affine.ts";
import { type LoopId, loopId, ringId, semId, type TensorId, tensorId } from "../../../ir-spec/base/ids.ts";
import {
  readAttrValue,
  readDtype,
  readInt,
  readName,
  readNumbered,
  reportUnknown,
} from "../../../ir-spec/base/read-values.ts";
import { problem } from "../../../ir-spec/base/result.ts";
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
  spanFrom,
  type Token,
  take,
} from "../../../ir-spec/base/scan.ts";
import { makeScope, type Scoped } from "../../../ir-spec/base/scoped.ts";
import type { Span } from "../../../ir-spec/base/span.ts";
import {
  affineOf,
  type FindLoop,
  readAffine,
  readExtent,
  readFlag,
  readSum,
  type SizeNames,
  type WrittenTerm,
} from "../../../ir-spec/read-affine.ts";
import type { Field } from "../isa/define.ts";
import { type InstName, instDef, instNames, isInstName } from "../isa/index.ts";
import type {
  Address,
  Argument,
  Instruction,
  Operand,
  OperandDim,
  Placement,
  QueueProgram,
  Ring,
  RingTerm,
  Semaphore,
  StreamKernel,
  StreamTensor,
} from "../stream.ts";
import type { StreamPart } from "../stream-parts.ts";
import { semFieldOf } from "./token-form.ts";

/** What has been read so far; ids count in the order of the text. */
export interface StreamReader {
  readonly cursor: Cursor;
  readonly tensors: StreamTensor[];
  /** By name; of several of one name the first. */
  readonly tensorIds: Map<string, TensorId>;
  readonly loops: string[];
  readonly loopIds: Map<string, LoopId>;
  readonly semaphores: Semaphore[];
  readonly rings: Ring[];
  readonly kernels: StreamKernel[];
  readonly placements: Placement[];
  readonly queues: QueueProgram[];
  readonly spans: Map<StreamPart, Span>;
  /** The kernel that the instructions come from, as the last mark said. */
  kernel: number | undefined;
}

/** What can be meant at a place: the loops around it, and the sizes that have names. */
export interface StreamScope {
  readonly loops: readonly LoopId[];
  readonly sizes: Scoped<string, Extent>;
}

/** A loop's id: the same name is the same loop in all queues. */
export function addLoop(reader: StreamReader, name: string): LoopId {
  const known = reader.loopIds.get(name);
  if (known !== undefined) return known;
  const id = loopId(reader.loops.push(name) - 1);
  reader.loopIds.set(name, id);
  return id;
}

/** Finds those of the given loops by their names. */
export function loopFinder(reader: StreamReader, loops: readonly LoopId[]): FindLoop {
  return ({ name, token }) => {
    const found = loops.find((loop) => reader.loops[loop] === name);
    if (found === undefined) {
      const known = loops.map((loop) => reader.loops[loop] ?? "");
      reportUnknown(reader.cursor, "loop", token, known);
    }
    return found ?? loopId(0);
  };
}

/** Reads an instruction, or several of one name that take nothing but a semaphore: `acquire s0, s1`. */
export function readInstructions(reader: StreamReader, scope: StreamScope): readonly Instruction[] {
  const { cursor } = reader;
  const token = take(cursor, "name", "an instruction, `for`, `let`, `kernel` or `}`");
  const inst = token.text;
  if (!isInstName(inst)) {
    reportUnknown(cursor, "instruction", token, instNames);
    return [];
  }
  if (reader.kernel === undefined)
    reportWanted(cursor, "`kernel 0:`, or which one it is, before the first instruction", token);
  const kernel = reader.kernel ?? 0;
  const semField = semFieldOf(inst);
  if (semField !== undefined && /^s\d+$/.test(peek(cursor).text)) {
    return readSemaphores(reader, (sem) => ({ kind: "inst", inst, args: { [semField]: sem }, kernel }));
  }
  const args: Record<string, Argument> = {};
  if (!peek(cursor).isFirst && !isNext(cursor, "}")) {
    do readField(reader, scope, inst, args);
    while (accept(cursor, ","));
  }
  noteMissing(cursor, inst, args, token);
  return [placed(reader, { kind: "inst", inst, args, kernel }, token)];
}

/** Reads `acquire s0, s1` or `release s0` in the head of a loop. */
export function readTokens(reader: StreamReader): readonly Instruction[] {
  return readInstructions(reader, { loops: [], sizes: makeScope() });
}

/** Remembers where a part is that begins with a token and has just been read. */
export function placed<P extends StreamPart>({ cursor, spans }: StreamReader, part: P, first: Token): P {
  spans.set(part, spanFrom(cursor, first));
  return part;
}

/** `s0, s1`: an instruction for each, at the place of its semaphore. */
function readSemaphores(reader: StreamReader, make: (sem: Argument) => Instruction): readonly Instruction[] {
  const found: Instruction[] = [];
  do {
    const token = peek(reader.cursor);
    found.push(placed(reader, make(readSemaphore(reader)), token));
  } while (accept(reader.cursor, ","));
  return found;
}

function readSemaphore(reader: StreamReader): Argument {
  return { kind: "sem", sem: semId(readDeclared(reader, "s", "semaphore", reader.semaphores.length)) };
}

/** `name=value` */
function readField(reader: StreamReader, scope: StreamScope, inst: InstName, args: Record<string, Argument>): void {
  const { cursor } = reader;
  const { fields } = instDef(inst);
  const token = take(cursor, "name", "a field");
  const name = token.text;
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (field === undefined) {
    reportUnknown(cursor, `field of ${inst}`, token, Object.keys(fields));
    return;
  }
  if (Object.hasOwn(args, name)) {
    report(cursor, problem(cursor.dialect.value, { op: inst, name, found: "given twice", expected: "once" }), token);
  }
  expect(cursor, "=");
  args[name] = readArgument(reader, scope, field, { inst, name });
}

function readArgument(
  reader: StreamReader,
  scope: StreamScope,
  field: Field,
  of: { readonly inst: InstName; readonly name: string },
): Argument {
  const { cursor } = reader;
  const findLoop = loopFinder(reader, scope.loops);
  switch (field.kind) {
    case "operand":
      return { kind: "operand", operand: readOperand(reader, findLoop, scope.sizes) };
    case "value":
      return { kind: "value", value: readAttrValue(cursor, field.attr, of.inst, of.name) };
    case "flag":
      return { kind: "flag", flag: readFlag(cursor, findLoop) };
    case "sem":
      return readSemaphore(reader);
    case "affine":
      return { kind: "affine", affine: readAffine(cursor, findLoop) };
    default:
      return field satisfies never;
  }
}

/** Flags may be left out, which means `false`. */
function noteMissing(cursor: Cursor, inst: InstName, args: Readonly<Record<string, Argument>>, token: Token): void {
  for (const [name, field] of Object.entries(instDef(inst).fields)) {
    if (name in args || field.kind === "flag") continue;
    if (field.kind === "operand" && field.optional === true) continue;
    if (field.kind === "value" && (field.attr.optional === true || field.attr.default !== undefined)) continue;
    note(cursor, problem(cursor.dialect.missing, { op: inst, what: field.kind, name }), token);
  }
}

/** `s3` or `r3`, where there are so many. */
function readDeclared({ cursor }: StreamReader, letter: "s" | "r", what: string, count: number): number {
  const token = peek(cursor);
  const index = readNumbered(cursor, letter, `a ${what}, such as ${letter}0`);
  if (index >= count) reportUnknown(cursor, what, token, numbered(letter, count));
  return index;
}

/** `s0`, `s1`, ...: as many as there are. */
function numbered(letter: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_unused, index) => `${letter}${index}`);
}

/** `r0` */
export function readRing(reader: StreamReader): number {
  return readDeclared(reader, "r", "ring", reader.rings.length);
}

/** `sbuf[0x40 + 0x100*r0; 8@32; 16:1] bf16`, `hbm x[0x0; 8:128; 16:1] bf16` */
function readOperand(reader: StreamReader, findLoop: FindLoop, sizes: SizeNames): Operand {
  const { cursor } = reader;
  if (accept(cursor, "hbm")) return readHbmOperand(reader, findLoop, sizes);
  const memory = accept(cursor, "psum") ? "psum" : "sbuf";
  if (memory === "sbuf" && !accept(cursor, "sbuf")) reportWanted(cursor, "an operand: `sbuf[`, `psum[` or `hbm name[`");
  expect(cursor, "[");
  const address = readAddress(reader, findLoop);
  expect(cursor, ";");
  const partitions = readExtent(cursor, findLoop, sizes);
  const startPartition = accept(cursor, "@") ? readInt(cursor, "the first partition") : 0;
  const dims = accept(cursor, ";") ? readDims(cursor, findLoop, sizes) : [];
  expect(cursor, "]");
  return { memory, dtype: readDtype(cursor), startPartition, partitions, address, dims };
}

function readHbmOperand(reader: StreamReader, findLoop: FindLoop, sizes: SizeNames): Operand {
  const { cursor, tensorIds } = reader;
  const token = peek(cursor);
  const tensor = tensorIds.get(readName(cursor, "a tensor"));
  if (tensor === undefined) reportUnknown(cursor, "tensor", token, [...tensorIds.keys()]);
  expect(cursor, "[");
  const address = readAddress(reader, findLoop);
  const rows = accept(cursor, ";") ? [readDim(cursor, findLoop, sizes)] : [];
  const free = accept(cursor, ";") ? readDims(cursor, findLoop, sizes) : [];
  expect(cursor, "]");
  return { memory: "hbm", dtype: readDtype(cursor), tensor: tensor ?? tensorId(0), address, dims: [...rows, ...free] };
}

function readDims(cursor: Cursor, findLoop: FindLoop, sizes: SizeNames): OperandDim[] {
  return readList(cursor, "]", () => readDim(cursor, findLoop, sizes));
}

function readDim(cursor: Cursor, findLoop: FindLoop, sizes: SizeNames): OperandDim {
  const size = readExtent(cursor, findLoop, sizes);
  expect(cursor, ":");
  return { stride: readInt(cursor, "a stride"), size };
}

/** `0x40 + 0x10*k + 0x100*r0`; a loop that is named like a ring is in quotes. */
function readAddress({ cursor, rings }: StreamReader, findLoop: FindLoop): Address {
  const terms = readSum(cursor);
  const ringTerms = terms.filter(isRingTerm);
  for (const { of } of ringTerms) {
    const isKnown = Number(of.name.slice(1)) < rings.length;
    if (!isKnown) reportUnknown(cursor, "ring", of.token, numbered("r", rings.length));
  }
  return {
    base: affineOf(
      terms.filter((part) => !isRingTerm(part)),
      findLoop,
    ),
    rings: ringTerms.map(({ scale, of }): RingTerm => ({ ring: ringId(Number(of.name.slice(1))), scale })),
  };
}

type NamedTerm = WrittenTerm & { readonly of: NonNullable<WrittenTerm["of"]> };

function isRingTerm(part: WrittenTerm): part is NamedTerm {
  return part.of !== undefined && part.of.token.kind === "name" && /^r\d+$/.test(part.of.name);
}
