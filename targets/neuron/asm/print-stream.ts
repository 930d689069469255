// Assembler text of a stream, for people and for `parse-stream.ts`, which gives back the same stream (in its normal
// form, see normal-stream.ts). It knows no instruction: fields come in the order of the instruction's row.
// Declarations of a kind share lines; so do tokens, and loops that are alone in loops. An operand reads `sbuf[address; partitions; free dimensions] dtype`, a dimension `size:stride`, addresses in bytes.

import { type Extent, printAffine, printFlag, printSum } from "../../../ir-spec/affine.ts";
import type { LoopId } from "../../../ir-spec/base/ids.ts";
import { appendAll } from "../../../ir-spec/base/lists.ts";
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
  Placement,
  Stream,
  StreamItem,
  StreamLoop,
  StreamTensor,
} from "../stream.ts";
import { normalStream } from "./normal-stream.ts";
import { isDefault, isTokenLine, soleSemaphore, tokensAround } from "./token-form.ts";

/** Prints a stream as assembler text; equal streams give equal text. */
export function printStream(stream: Stream): string {
  const normal = normalStream(stream);
  const sections = [
    [`stream ${printName(normal.name)} for ${printName(normal.machine)}`, ...printTensors(normal)],
    normal.kernels.map((kernel, index) => `kernel ${index} ${printKernelTitle(kernel)}`),
    [...printSemaphores(normal), ...printRings(normal), ...printPlacements(normal)],
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

/** Columns that lines of several declarations or of several loops keep to. */
const widthColumns = 120;

/** Lines `keyword item, item, ...`, as many items on each as fit. */
function packItems(keyword: string, items: readonly string[]): string[] {
  const lines: string[] = [];
  for (const item of items) {
    const longer = `${lines.at(-1) ?? ""}, ${item}`;
    if (lines.length > 0 && longer.length <= widthColumns) lines[lines.length - 1] = longer;
    else lines.push(`${keyword} ${item}`);
  }
  return lines;
}

/** Tensors share lines, but for those with data. */
function printTensors({ tensors }: Stream): string[] {
  const lines: string[] = [];
  let plain: string[] = [];
  for (const tensor of tensors) {
    const item = printTensor(tensor);
    if (tensor.data === undefined) {
      plain.push(item);
      continue;
    }
    appendAll(lines, packItems("tensor", plain));
    appendAll(lines, printData(`tensor ${item} = `, tensor.data));
    plain = [];
  }
  return [...lines, ...packItems("tensor", plain)];
}

function printTensor({ name, dtype, shape, role, addressBytes }: StreamTensor): string {
  return `${printName(name)}: ${printType({ dtype, shape })} ${role} @${hex(addressBytes)}`;
}

function printSemaphores(stream: Stream): string[] {
  const items = stream.semaphores.map(({ name, producer, consumer, initial }, id) => {
    const start = initial === 0 ? "" : ` = ${initial}`;
    return `s${id} ${JSON.stringify(name)} ${producer} -> ${consumer}${start}`;
  });
  return packItems("sem", items);
}

function printRings(stream: Stream): string[] {
  return packItems(
    "ring",
    stream.rings.map(({ name, slots }, id) => `r${id} ${JSON.stringify(name)} x${slots}`),
  );
}

/** `place kernel 0: lhs sbuf[0x0; 8; 0x100] x2`; places of one kernel that follow each other share lines. */
function printPlacements({ placements }: Stream): string[] {
  const lines: string[] = [];
  for (let first = 0; first < placements.length; ) {
    const { kernel } = placements[first] as Placement;
    const next = placements.findIndex((other, at) => at > first && other.kernel !== kernel);
    const end = next < 0 ? placements.length : next;
    appendAll(lines, packItems(`place kernel ${kernel}:`, placements.slice(first, end).map(printPlacement)));
    first = end;
  }
  return lines;
}

function printPlacement({ name, memory, addressBytes, partitions, slotBytes, slots }: Placement): string {
  const ring = slots === 1 ? "" : ` x${slots}`;
  return `${printName(name)} ${memory}[${hex(addressBytes)}; ${partitions}; ${hex(slotBytes)}]${ring}`;
}

function printQueues(stream: Stream): string[][] {
  return stream.queues.map(({ queue, body }) => {
    const lines: string[] = [];
    printBody({ stream, around: [], names: streamNames(stream), indent: 2 }, body, undefined, lines);
    return [`queue ${queue} {`, ...indentLines(lines), "}"];
  });
}

/** Where an item is: the loops around it, and how they and their sizes are written. */
interface Place {
  readonly stream: Stream;
  readonly around: readonly LoopId[];
  readonly names: IndexNames;
  /** Columns before the item. */
  readonly indent: number;
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
    const own: string[] = next === undefined || next === kernel ? lines : [];
    kernel = next ?? kernel;
    if (item.kind === "loop") kernel = printLoop(place, item, kernel, own);
    else pushInstruction(place, item, own);
    if (own === lines) continue;
    lines.push(`kernel ${next}: ${own[0]}`);
    appendAll(lines, own.slice(1));
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

/** A loop; on the line of its head are the tokens of an iteration, and what alone is in it, where that fits. */
function printLoop(
  { stream, around, names, indent }: Place,
  { loop, trips, advance, body }: StreamLoop,
  kernelBefore: number | undefined,
  lines: string[],
): number | undefined {
  const tokens = tokensAround(body);
  const sizes = nameSizes(names, loop, stream.loops[loop] ?? "", around, sizesOf(body));
  const inner = [...sizes.lines];
  const place = { stream, around: [...around, loop], names: sizes.names, indent: indent + 2 };
  const kernel = printBody(place, tokens.inner, kernelBefore, inner);
  const step = advance.length === 0 ? "" : ` step ${advance.map((ring) => `r${ring}`).join(", ")}`;
  const taken = printTokens("acquire", tokens.acquired);
  const head = `for ${names.loop(loop)} in 0..${names.size(trips)}${step}${taken}${printTokens("release", tokens.released)} {`;
  const [first = ""] = inner;
  const isAlone = tokens.inner.length === 1 && sizes.lines.length === 0 && !first.startsWith("kernel ");
  const joined = inner.length === 1 ? `${head} ${first} }` : `${head} ${first}`;
  if (isAlone && (inner.length === 1 || first.startsWith("for ")) && indent + joined.length <= widthColumns) {
    lines.push(joined);
    appendAll(lines, inner.slice(1, -1));
    if (inner.length > 1) lines.push(`${inner.at(-1)} }`);
  } else appendAll(lines, [head, ...indentLines(inner), "}"]);
  return kernel;
}

function printTokens(inst: string, sems: readonly number[]): string {
  return sems.length === 0 ? "" : ` ${inst} ${sems.map((sem) => `s${sem}`).join(", ")}`;
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

function firstKernel(item: StreamItem): number | undefined {
  if (item.kind === "inst") return item.kernel;
  for (const inner of item.body) {
    const kernel = firstKernel(inner);
    if (kernel !== undefined) return kernel;
  }
  return undefined;
}

/** A loop that is named like a ring register is in quotes. */
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
