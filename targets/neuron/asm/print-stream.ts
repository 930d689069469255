// Assembler text of a stream, for people and for `parse-stream.ts`, which gives back the same stream (in its normal
// form, see normal-stream.ts). It knows no instruction: fields come in the order of the instruction's row.
// An operand reads `sbuf[address; partitions; free dimensions] dtype`, a dimension `size:stride`, addresses in bytes.

import { type Extent, printAffine, printFlag, printSum } from "../../../ir-spec/affine.ts";
import type { LoopId } from "../../../ir-spec/base/ids.ts";
import { indentLines, printFieldValue, printName } from "../../../ir-spec/base/names.ts";
import { printType } from "../../../ir-spec/base/tensor.ts";
import { printData, printKernelTitle } from "../../../ir-spec/print-tile.ts";
import { type IndexNames, nameSizes, plainNames } from "../../../ir-spec/size-names.ts";
import type { Field } from "../isa/define.ts";
import { instDef } from "../isa/index.ts";
import type {
  Address,
  Argument,
  Instruction,
  Operand,
  Stream,
  StreamItem,
  StreamLoop,
  StreamTensor,
} from "../stream.ts";
import { normalStream } from "./normal-stream.ts";
import { isDefault, isTokenLine, soleSemaphore } from "./token-form.ts";

/** Prints a stream as assembler text; equal streams give equal text. */
export function printStream(stream: Stream): string {
  const normal = normalStream(stream);
  const sections = [
    [`stream ${printName(normal.name)} for ${printName(normal.machine)}`, ...normal.tensors.flatMap(printTensor)],
    normal.kernels.map((kernel, index) => `kernel ${index} ${printKernelTitle(kernel)}`),
    [...printSemaphores(normal), ...printRings(normal)],
    printPlacements(normal),
    ...printQueues(normal),
  ];
  const texts = sections.filter((lines) => lines.length > 0).map((lines) => lines.join("\n"));
  return `${texts.join("\n\n")}\n`;
}

/** Prints one instruction on one line, without its kernel, with its sizes written out. */
export function printInstruction(stream: Stream, instruction: Instruction): string {
  return printNamed(stream, streamNames(stream), instruction);
}

function printNamed(stream: Stream, names: IndexNames, { inst, args }: Instruction): string {
  const fields = Object.entries(instDef(inst).fields);
  const texts = fields.flatMap(([name, field]) => {
    const arg = args[name];
    if (arg === undefined || isDefault(field, arg)) return [];
    return [`${name}=${printArgument(stream, names, field, arg)}`];
  });
  return [inst, texts.join(", ")].join(" ").trimEnd();
}

function printTensor({ name, dtype, shape, role, addressBytes, data }: StreamTensor): string[] {
  const declaration = `tensor ${printName(name)}: ${printType({ dtype, shape })} ${role} @${hex(addressBytes)}`;
  return data === undefined ? [declaration] : printData(`${declaration} = `, data);
}

function printSemaphores(stream: Stream): string[] {
  return stream.semaphores.map(({ name, producer, consumer, initial }, id) => {
    return `sem s${id} ${JSON.stringify(name)} ${producer} -> ${consumer} = ${initial}`;
  });
}

function printRings(stream: Stream): string[] {
  return stream.rings.map(({ name, slots }, id) => `ring r${id} ${JSON.stringify(name)} x${slots}`);
}

function printPlacements(stream: Stream): string[] {
  return stream.placements.map(({ name, memory, addressBytes, partitions, slotBytes, slots, kernel }) => {
    const place = `${memory} @${hex(addressBytes)} ${partitions} partitions`;
    return `place ${printName(name)} ${place} ${hex(slotBytes)} B x${slots} kernel ${kernel}`;
  });
}

function printQueues(stream: Stream): string[][] {
  return stream.queues.map(({ queue, body }) => {
    const lines: string[] = [];
    printBody({ stream, around: [], names: streamNames(stream) }, body, undefined, lines);
    return [`queue ${queue} {`, ...indentLines(lines), "}"];
  });
}

/** Where an item stands: the loops around it, and how they and their sizes are written. */
interface Place {
  readonly stream: Stream;
  readonly around: readonly LoopId[];
  readonly names: IndexNames;
}

/** Appends the lines of a body and returns the kernel that its last instruction belongs to. */
function printBody(
  place: Place,
  body: readonly StreamItem[],
  kernelBefore: number | undefined,
  lines: string[],
): number | undefined {
  let kernel = kernelBefore;
  for (const item of body) {
    const next = firstKernel(item);
    if (next !== undefined && next !== kernel) {
      lines.push(printKernelMark(place.stream, next));
      kernel = next;
    }
    if (item.kind === "loop") kernel = printLoop(place, item, kernel, lines);
    else pushInstruction(place, item, lines);
  }
  return kernel;
}

/** Appends an instruction; one that takes nothing but a semaphore joins those of its name on the line before. */
function pushInstruction(place: Place, item: Instruction, lines: string[]): void {
  const sem = soleSemaphore(item);
  const before = lines.at(-1) ?? "";
  if (sem === undefined) lines.push(printNamed(place.stream, place.names, item));
  else if (isTokenLine(before, item.inst)) lines[lines.length - 1] = `${before}, s${sem}`;
  else lines.push(`${item.inst} s${sem}`);
}

function printLoop(
  { stream, around, names }: Place,
  { loop, trips, advance, body }: StreamLoop,
  kernelBefore: number | undefined,
  lines: string[],
): number | undefined {
  const sizes = nameSizes(names, loop, stream.loops[loop] ?? "", around, sizesOf(body));
  const inner = [...sizes.lines];
  const kernel = printBody({ stream, around: [...around, loop], names: sizes.names }, body, kernelBefore, inner);
  const step = advance.length === 0 ? "" : ` step ${advance.map((ring) => `r${ring}`).join(", ")}`;
  const head = `for ${names.loop(loop)} in 0..${names.size(trips)}${step} {`;
  const [only] = body;
  const isNested = body.length === 1 && only?.kind === "loop" && inner[0]?.startsWith("for ") === true;
  if (isNested) lines.push(`${head} ${inner[0]}`, ...inner.slice(1, -1), `${inner.at(-1)} }`);
  else lines.push(head, ...indentLines(inner), "}");
  return kernel;
}

/** All sizes of a body, those of inner loops too. */
function sizesOf(body: readonly StreamItem[]): Extent[] {
  return body.flatMap((item) => {
    if (item.kind === "loop") return [item.trips, ...sizesOf(item.body)];
    return Object.values(item.args).flatMap((arg) => {
      if (arg.kind !== "operand") return [];
      const { operand } = arg;
      const rows = operand.memory === "hbm" ? [] : [operand.partitions];
      return [...rows, ...operand.dims.map(({ size }) => size)];
    });
  });
}

/** `kernel 0:`, with the kernel's name as a comment; it holds until the next one. */
function printKernelMark(stream: Stream, kernel: number): string {
  const name = stream.kernels[kernel]?.name;
  return name === undefined ? `kernel ${kernel}:` : `kernel ${kernel}: // ${printName(name)}`;
}

function firstKernel(item: StreamItem): number | undefined {
  if (item.kind === "inst") return item.kernel;
  for (const inner of item.body) {
    const kernel = firstKernel(inner);
    if (kernel !== undefined) return kernel;
  }
  return undefined;
}

/** A loop that is named like a ring register stands in quotes. */
function streamNames(stream: Stream): IndexNames {
  return plainNames((loop) => {
    const name = stream.loops[loop] ?? `?${loop}`;
    return /^r\d+$/.test(name) ? JSON.stringify(name) : printName(name);
  });
}

function printArgument(stream: Stream, names: IndexNames, field: Field, arg: Argument): string {
  switch (arg.kind) {
    case "operand":
      return printOperand(stream, names, arg.operand);
    case "value":
      return field.kind === "value" ? printFieldValue(field.attr, arg.value) : String(arg.value);
    case "flag":
      return printFlag(arg.flag, names.loop);
    case "sem":
      return `s${arg.sem}`;
    case "affine":
      return printAffine(arg.affine, names.loop);
    default:
      return arg satisfies never;
  }
}

/** `sbuf[0x40 + 0x100*r0; 8@32; 16:1] bf16`, `hbm x[0x0; 8:128; 16:1] bf16`. */
function printOperand(stream: Stream, names: IndexNames, operand: Operand): string {
  const address = printAddress(operand.address, names.loop);
  const dims = operand.dims.map(({ size, stride }) => `${names.size(size)}:${stride}`);
  if (operand.memory === "hbm") {
    const [rows, ...free] = dims;
    const tensor = printName(stream.tensors[operand.tensor]?.name ?? `?${operand.tensor}`);
    return `hbm ${tensor}[${joinParts(address, rows ?? "", free)}] ${operand.dtype}`;
  }
  const start = operand.startPartition === 0 ? "" : `@${operand.startPartition}`;
  const partitions = `${names.size(operand.partitions)}${start}`;
  return `${operand.memory}[${joinParts(address, partitions, dims)}] ${operand.dtype}`;
}

function joinParts(address: string, partitions: string, free: readonly string[]): string {
  return [address, partitions, free.join(", ")].filter((part) => part !== "").join("; ");
}

function printAddress({ base, rings }: Address, loop: (loop: LoopId) => string): string {
  const loopTerms = base.terms.map((part) => `${hex(part.scale)}*${loop(part.loop)}`);
  const ringTerms = rings.map((part) => `${hex(part.scale)}*r${part.ring}`);
  const terms = [...loopTerms, ...ringTerms];
  if (base.constant !== 0 || terms.length === 0) terms.unshift(hex(base.constant));
  return printSum(terms);
}

function hex(bytes: number): string {
  return bytes < 0 ? `-0x${(-bytes).toString(16)}` : `0x${bytes.toString(16)}`;
}
