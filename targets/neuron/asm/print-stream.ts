// Assembler text of a stream, for people and for `parse-stream.ts`, which gives back the same stream (in its normal
// form, see normal-stream.ts). It knows no instruction: fields come in the order of the instruction's row.
// An operand reads `sbuf[address; partitions; free dimensions] dtype`, a dimension `size:stride`, addresses in bytes.

import { printAffine, printExtent, printFlag, printSum } from "../../../ir-spec/affine.ts";
import { attrValuesEqual } from "../../../ir-spec/base/attr.ts";
import type { LoopId } from "../../../ir-spec/base/ids.ts";
import { indentLines, printFieldValue, printName } from "../../../ir-spec/base/names.ts";
import { printType } from "../../../ir-spec/base/tensor.ts";
import { printData, printKernelTitle } from "../../../ir-spec/print-tile.ts";
import type { Field } from "../isa/define.ts";
import { instDef } from "../isa/index.ts";
import type {
  Address,
  Argument,
  Instruction,
  Operand,
  OperandDim,
  Stream,
  StreamItem,
  StreamTensor,
} from "../stream.ts";
import { normalStream } from "./normal-stream.ts";

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

/** Prints one instruction on one line, without its kernel. */
export function printInstruction(stream: Stream, { inst, args }: Instruction): string {
  const fields = Object.entries(instDef(inst).fields);
  const texts = fields.flatMap(([name, field]) => {
    const arg = args[name];
    if (arg === undefined || isDefault(field, arg)) return [];
    return [`${name}=${printArgument(stream, field, arg)}`];
  });
  return [inst, texts.join(", ")].join(" ").trimEnd();
}

function isDefault(field: Field, arg: Argument): boolean {
  return field.kind === "value" && arg.kind === "value" && attrValuesEqual(arg.value, field.attr.default ?? null);
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
    printBody(stream, body, undefined, lines);
    return [`queue ${queue} {`, ...indentLines(lines), "}"];
  });
}

/** Appends the lines of a body and returns the kernel that its last instruction belongs to. */
function printBody(
  stream: Stream,
  body: readonly StreamItem[],
  kernelBefore: number | undefined,
  lines: string[],
): number | undefined {
  let kernel = kernelBefore;
  for (const item of body) {
    const next = firstKernel(item);
    if (next !== undefined && next !== kernel) {
      lines.push(printKernelMark(stream, next));
      kernel = next;
    }
    if (item.kind === "inst") lines.push(printInstruction(stream, item));
    else {
      const inner: string[] = [];
      kernel = printBody(stream, item.body, kernel, inner);
      const step = item.advance.length === 0 ? "" : ` step ${item.advance.map((ring) => `r${ring}`).join(", ")}`;
      const trips = printExtent(item.trips, (loop) => loopName(stream, loop));
      lines.push(`for ${loopName(stream, item.loop)} in 0..${trips}${step} {`, ...indentLines(inner), "}");
    }
  }
  return kernel;
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

/** A loop's name; one that reads like a ring register stands in quotes. */
function loopName(stream: Stream, loop: LoopId): string {
  const name = stream.loops[loop] ?? `?${loop}`;
  return /^r\d+$/.test(name) ? JSON.stringify(name) : printName(name);
}

function printArgument(stream: Stream, field: Field, arg: Argument): string {
  const name = (loop: LoopId): string => loopName(stream, loop);
  switch (arg.kind) {
    case "operand":
      return printOperand(stream, arg.operand);
    case "value":
      return field.kind === "value" ? printFieldValue(field.attr, arg.value) : String(arg.value);
    case "flag":
      return printFlag(arg.flag, name);
    case "sem":
      return `s${arg.sem}`;
    case "affine":
      return printAffine(arg.affine, name);
    default:
      return arg satisfies never;
  }
}

/** `sbuf[0x40 + 0x100*r0; 8@32; 16:1] bf16`, `hbm x[0x0; 8:128; 16:1] bf16`. */
function printOperand(stream: Stream, operand: Operand): string {
  const name = (loop: LoopId): string => loopName(stream, loop);
  const address = printAddress(operand.address, name);
  const dims = operand.dims.map((dim) => printDim(dim, name));
  if (operand.memory === "hbm") {
    const [rows, ...free] = dims;
    const tensor = printName(stream.tensors[operand.tensor]?.name ?? `?${operand.tensor}`);
    return `hbm ${tensor}[${joinParts(address, rows ?? "", free)}] ${operand.dtype}`;
  }
  const start = operand.startPartition === 0 ? "" : `@${operand.startPartition}`;
  const partitions = `${printExtent(operand.partitions, name)}${start}`;
  return `${operand.memory}[${joinParts(address, partitions, dims)}] ${operand.dtype}`;
}

function joinParts(address: string, partitions: string, free: readonly string[]): string {
  return [address, partitions, free.join(", ")].filter((part) => part !== "").join("; ");
}

function printDim({ size, stride }: OperandDim, name: (loop: LoopId) => string): string {
  return `${printExtent(size, name)}:${stride}`;
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
