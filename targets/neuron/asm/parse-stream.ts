// Reads the assembler text that `print-stream.ts` prints: parse(print(s)) is s in its normal form. Collects one mistake
// for each line; names are resolved on the way, as every name is declared before its use.

import { type RingId, ringId, tensorId } from "../../../ir-spec/base/ids.ts";
import { appendAll } from "../../../ir-spec/base/lists.ts";
import {
  readChoice,
  readData,
  readInt,
  readName,
  readNumbered,
  readString,
  readType,
} from "../../../ir-spec/base/read-values.ts";
import { fail, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
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
  recover,
  report,
  reportWanted,
  spanFrom,
  type Token,
  take,
} from "../../../ir-spec/base/scan.ts";
import { makeScope } from "../../../ir-spec/base/scoped.ts";
import { carrySpans, type Source } from "../../../ir-spec/base/span.ts";
import { maxLoopDepth } from "../../../ir-spec/limits.ts";
import { readKernelTitle } from "../../../ir-spec/parse-tile.ts";
import { readExtent, readLet } from "../../../ir-spec/read-affine.ts";
import type { TensorRole } from "../../../ir-spec/tile.ts";
import type {
  Placement,
  QueueName,
  QueueProgram,
  Ring,
  Semaphore,
  Stream,
  StreamItem,
  StreamKernel,
  StreamLoop,
  StreamTensor,
} from "../stream.ts";
import { listStreamParts, type StreamPart, type StreamSpans } from "../stream-parts.ts";
import { normalStream } from "./normal-stream.ts";
import {
  addLoop,
  loopFinder,
  placed,
  readInstructions,
  readRing,
  readTokens,
  type StreamReader,
  type StreamScope,
} from "./read-instruction.ts";

const assembly: Dialect = { syntax: "E0901", unknown: "E0902", value: "E0903", missing: "E0904" };
const roles = ["input", "weight", "state", "output", "temp", "constant"] as const satisfies readonly TensorRole[];

/** A stream, and where its parts are in the text. */
export interface LocatedStream {
  readonly stream: Stream;
  readonly spanOf: StreamSpans;
}

/** Reads assembler text; the diagnostics have codes E0901 to E0904. */
export function parseStream(source: Source): Result<Stream> {
  const read = parseLocatedStream(source);
  return read.ok ? ok(read.value.stream) : read;
}

/** Reads assembler text and remembers its places. */
export function parseLocatedStream(source: Source): Result<LocatedStream> {
  const cursor = makeCursor(source, assembly);
  const reader: StreamReader = {
    cursor,
    tensors: [],
    tensorIds: new Map(),
    loops: [],
    loopIds: new Map(),
    semaphores: [],
    rings: [],
    kernels: [],
    placements: [],
    queues: [],
    spans: new Map(),
    kernel: undefined,
  };
  beginStatement(cursor);
  expect(cursor, "stream");
  const name = readName(cursor);
  expect(cursor, "for");
  const machine = readName(cursor, "a machine");
  expectLineEnd(cursor);
  recover(cursor);
  while (peek(cursor).kind !== "end") {
    beginStatement(cursor);
    readDeclaration(reader);
    expectLineEnd(cursor);
    recover(cursor);
  }
  if (cursor.diagnostics.length > 0) return fail(cursor.diagnostics);
  const { tensors, loops, semaphores, rings, kernels, placements, queues, spans } = reader;
  const written: Stream = { name, machine, tensors, loops, semaphores, rings, kernels, placements, queues };
  const stream = normalStream(written);
  const spanOf = carrySpans(listStreamParts(written), listStreamParts(stream), (part) => spans.get(part));
  return ok({ stream, spanOf });
}

function readDeclaration(reader: StreamReader): void {
  const { cursor } = reader;
  const first = peek(cursor);
  if (accept(cursor, "tensor")) readParts(reader, reader.tensors, () => readTensor(reader));
  else if (accept(cursor, "kernel")) reader.kernels.push(readKernel(cursor, reader.kernels.length));
  else if (accept(cursor, "sem"))
    readParts(reader, reader.semaphores, () => readSemaphore(cursor, reader.semaphores.length));
  else if (accept(cursor, "ring"))
    readParts(reader, reader.rings, () => readRingDeclaration(cursor, reader.rings.length));
  else if (accept(cursor, "place")) readPlacements(reader);
  else if (accept(cursor, "queue")) readQueue(reader, first);
  else reportWanted(cursor, "`tensor`, `kernel`, `sem`, `ring`, `place` or `queue`");
}

/** Reads declarations of one line, with commas between them. */
function readEach(cursor: Cursor, readOne: () => void): void {
  do readOne();
  while (accept(cursor, ","));
}

/** The same for parts that messages point at. */
function readParts<P extends StreamPart>(reader: StreamReader, parts: P[], readOne: () => P): void {
  readEach(reader.cursor, () => {
    const first = peek(reader.cursor);
    parts.push(placed(reader, readOne(), first));
  });
}

/** `x: bf16[128, 768] input @0x0`, after `tensor`. */
function readTensor({ cursor, tensors, tensorIds }: StreamReader): StreamTensor {
  const name = readName(cursor);
  if (!tensorIds.has(name)) tensorIds.set(name, tensorId(tensors.length));
  expect(cursor, ":");
  const { dtype, shape } = readType(cursor);
  const role = readChoice(cursor, roles, "a role");
  expect(cursor, "@");
  const addressBytes = readInt(cursor, "an address");
  const data = accept(cursor, "=") ? { data: readData(cursor) } : {};
  return { name, dtype, shape, role, addressBytes, ...data };
}

/** `0 matmul_0 (matmul, add) schedule "..."`, after `kernel`; kernels are in order. */
function readKernel(cursor: Cursor, index: number): StreamKernel {
  expectIndex(cursor, index, String(index), () => readInt(cursor));
  return readKernelTitle(cursor);
}

/** Reads the number of the next thing of its kind. */
function expectIndex(cursor: Cursor, index: number, wanted: string, read: () => number): void {
  const token = peek(cursor);
  if (read() !== index) reportWanted(cursor, `\`${wanted}\`, the next one`, token);
}

/** `s0 "lhs free" pe -> dma0 = 2`, after `sem`; the number of tokens at the start may be left out when it is 0. */
function readSemaphore(cursor: Cursor, index: number): Semaphore {
  expectIndex(cursor, index, `s${index}`, () => readNumbered(cursor, "s", "a semaphore"));
  const name = readString(cursor);
  const producer = readQueueName(cursor);
  expect(cursor, "->");
  const consumer = readQueueName(cursor);
  const initial = accept(cursor, "=") ? readInt(cursor, "a number of tokens") : 0;
  return { name, producer, consumer, initial };
}

/** `r0 "lhs" x2`, after `ring`. */
function readRingDeclaration(cursor: Cursor, index: number): Ring {
  expectIndex(cursor, index, `r${index}`, () => readNumbered(cursor, "r", "a ring"));
  return { name: readString(cursor), slots: readNumbered(cursor, "x", "the slots, such as x2") };
}

/** `kernel 0: lhs sbuf[0x0; 8; 0x100] x2, ...`, after `place`. */
function readPlacements({ cursor, placements }: StreamReader): void {
  expect(cursor, "kernel");
  const kernel = readInt(cursor, "a kernel");
  expect(cursor, ":");
  readEach(cursor, () => placements.push(readPlacement(cursor, kernel)));
}

/** `lhs sbuf[0x0; 8; 0x100] x2`: address, partitions, bytes of a slot, slots; one slot where nothing is said. */
function readPlacement(cursor: Cursor, kernel: number): Placement {
  const name = readName(cursor);
  const memory = readChoice(cursor, ["sbuf", "psum"], "a memory on chip");
  expect(cursor, "[");
  const addressBytes = readInt(cursor, "an address");
  expect(cursor, ";");
  const partitions = readInt(cursor, "a number of partitions");
  expect(cursor, ";");
  const slotBytes = readInt(cursor, "the bytes of a slot");
  expect(cursor, "]");
  const isRing = /^x\d+$/.test(peek(cursor).text) && !peek(cursor).isFirst;
  const slots = isRing ? readNumbered(cursor, "x", "the slots, such as x2") : 1;
  return { name, memory, kernel, partitions, addressBytes, slotBytes, slots };
}

function isQueueName(text: string): text is QueueName {
  return /^(pe|act|dve|pool|sp|dma\d+)$/.test(text);
}

function readQueueName(cursor: Cursor): QueueName {
  const wanted = "a queue (pe, act, dve, pool, sp, dma0, dma1, ...)";
  const { text } = peek(cursor);
  if (isQueueName(text)) return take(cursor, "name", wanted).text as typeof text;
  reportWanted(cursor, wanted);
  return "sp";
}

function readQueue(reader: StreamReader, first: Token): void {
  const queue = readQueueName(reader.cursor);
  const head = spanFrom(reader.cursor, first);
  reader.kernel = undefined;
  const program: QueueProgram = { queue, body: readBody(reader, { loops: [], sizes: makeScope() }) };
  reader.spans.set(program, head);
  reader.queues.push(program);
}

/** `{ ... }`, one item a line; a loop alone in a loop may be on its line. */
function readBody(reader: StreamReader, outer: StreamScope): StreamItem[] {
  const { cursor } = reader;
  const scope: StreamScope = { loops: outer.loops, sizes: makeScope(outer.sizes) };
  const body: StreamItem[] = [];
  expect(cursor, "{");
  while (!cursor.isLost && !isNext(cursor, "}") && peek(cursor).kind !== "end") {
    beginStatement(cursor);
    if (isNext(cursor, "kernel")) readKernelMark(reader);
    if (isNext(cursor, "for")) body.push(readLoop(reader, scope));
    else if (isNext(cursor, "let")) readLet(cursor, loopFinder(reader, scope.loops), scope.sizes);
    else appendAll(body, readInstructions(reader, scope));
    if (!isNext(cursor, "}")) expectLineEnd(cursor);
    recover(cursor);
  }
  expect(cursor, "}");
  return body;
}

/** `kernel 0:`, in front of an item: the instructions from here on come from it. */
function readKernelMark(reader: StreamReader): void {
  const { cursor } = reader;
  expect(cursor, "kernel");
  reader.kernel = readInt(cursor, "a kernel");
  expect(cursor, ":");
}

/** `for k in 0..6 step r0, r1 acquire s0 release s1 { ... }`: each iteration begins and ends with the tokens. */
function readLoop(reader: StreamReader, scope: StreamScope): StreamLoop {
  const { cursor } = reader;
  const first = peek(cursor);
  if (scope.loops.length >= maxLoopDepth) report(cursor, problem("E0108", { limit: maxLoopDepth, what: "loops" }));
  expect(cursor, "for");
  const name = readName(cursor, "a loop");
  expect(cursor, "in");
  expectIndex(cursor, 0, "0", () => readInt(cursor, "0, where loops begin"));
  expect(cursor, "..");
  const trips = readExtent(cursor, loopFinder(reader, scope.loops), scope.sizes);
  const advance: RingId[] = [];
  if (accept(cursor, "step")) {
    do advance.push(ringId(readRing(reader)));
    while (accept(cursor, ","));
  }
  const head = spanFrom(cursor, first);
  const acquired = isNext(cursor, "acquire") ? readTokens(reader) : [];
  const released = isNext(cursor, "release") ? readTokens(reader) : [];
  const loop = addLoop(reader, name);
  const inner = readBody(reader, { ...scope, loops: [...scope.loops, loop] });
  const read: StreamLoop = { kind: "loop", loop, trips, advance, body: [...acquired, ...inner, ...released] };
  reader.spans.set(read, head);
  return read;
}
