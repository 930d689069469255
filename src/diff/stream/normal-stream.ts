// The normal form of an instruction stream (stage 5): kernel by kernel, and in each queue by queue. Addresses are places in named
// buffers; semaphores, ring registers, loops and tensors have names that do not depend on other kernels; what is independent
// is in its structural order. A text for people and for goldens; it is not read back.

import { printFlag } from "../../../ir-spec/affine.ts";
import { attrValuesEqual } from "../../../ir-spec/base/attr.ts";
import { type LoopId, semId } from "../../../ir-spec/base/ids.ts";
import { indentLines, printFieldValue } from "../../../ir-spec/base/names.ts";
import { printType } from "../../../ir-spec/base/tensor.ts";
import { printData } from "../../../ir-spec/print-tile.ts";
import { soleSemaphore } from "../../../targets/neuron/asm/token-form.ts";
import type { Field } from "../../../targets/neuron/isa/define.ts";
import { instDef } from "../../../targets/neuron/isa/index.ts";
import type {
  Argument,
  ChipOperand,
  HbmOperand,
  Instruction,
  Stream,
  StreamItem,
  StreamLoop,
} from "../../../targets/neuron/stream.ts";
import { compareTexts } from "../normal/order.ts";
import { fillerOf, nameStreamParts } from "./name-parts.ts";
import { orderItems } from "./order-items.ts";
import { printDepthAffine, printDepthExtent } from "./print-depth.ts";
import {
  addressTerms,
  hex,
  isBetweenKernels,
  type KernelScope,
  makeKernelScope,
  nameBuffer,
  nameRing,
  nameSemaphore,
  placementOf,
  type StreamNames,
  tensorName,
} from "./stream-scope.ts";

export interface NormalStreamOptions {
  /**
   * Also prints the tokens between kernels, by which one waits for another one: they are the matter of neither, as they depend on which
   * kernels come before and after. The stream check proves them.
   */
  readonly showsOrderOfKernels: boolean;
}

/** The text of the normal form, for golden files without the tokens between kernels. */
export function printNormalStream(
  stream: Stream,
  { showsOrderOfKernels }: NormalStreamOptions = { showsOrderOfKernels: false },
): string {
  const { names, kernelOrder } = nameStreamParts(stream, showsOrderOfKernels);
  const sections = [
    [`stream for ${stream.machine}`, ...printInterface(names)],
    ...kernelOrder.map((kernel) => printKernel(names, kernel)),
  ];
  return `${sections.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

/** Tensors of the interface by name; others where kernels use them. */
function printInterface({ stream }: StreamNames): readonly string[] {
  return stream.tensors
    .filter(({ role }) => role !== "temp" && role !== "constant")
    .map((tensor) => `${tensor.role} ${tensor.name}: ${printType(tensor)}`)
    .sort(compareTexts);
}

interface Place {
  readonly scope: KernelScope;
  readonly around: readonly LoopId[];
}

function printKernel(names: StreamNames, kernel: number): string[] {
  const scope = makeKernelScope(names, kernel);
  const queues = names.stream.queues.flatMap(({ queue, body }) => {
    const own = itemsOf(body, kernel);
    const lines = printItems({ scope, around: [] }, own);
    return lines.length === 0 ? [] : [`queue ${queue}`, ...indentLines(lines)];
  });
  const { ops } = names.stream.kernels[kernel] ?? { ops: [] };
  const title = `kernel ${names.kernels[kernel]} (${[...new Set(ops)].sort(compareTexts).join(", ")})`;
  return [
    title,
    ...indentLines([...printOwnTensors(names, kernel), ...printBuffers(scope), ...printCredits(scope), ...queues]),
  ];
}

/** The items of one kernel. */
function itemsOf(body: readonly StreamItem[], kernel: number): readonly StreamItem[] {
  return body.flatMap((item): StreamItem[] => {
    if (item.kind === "inst") return item.kernel === kernel ? [item] : [];
    const inner = itemsOf(item.body, kernel);
    return inner.length === 0 ? [] : [{ ...item, body: inner }];
  });
}

/** Tensors that the kernel writes for others, and constants that it reads. */
function printOwnTensors(names: StreamNames, kernel: number): readonly string[] {
  const { stream, tensors } = names;
  const { touched, written } = tensorsOf(names, kernel);
  return stream.tensors.flatMap((tensor, index) => {
    const name = tensors[index] ?? "";
    if (tensor.role === "temp" && written.has(index)) return [`temp ${name}: ${printType(tensor)}`];
    if (tensor.role !== "constant" || !touched.has(index)) return [];
    return printData(`constant ${name}: ${printType(tensor)} = `, tensor.data ?? []);
  });
}

function tensorsOf({ stream }: StreamNames, kernel: number) {
  const touched = new Set<number>();
  const written = new Set<number>();
  const visit = (item: StreamItem): void => {
    if (item.kind === "loop") for (const inner of item.body) visit(inner);
    if (item.kind === "loop" || item.kernel !== kernel) return;
    for (const [name, field] of Object.entries(instDef(item.inst).fields)) {
      const arg = item.args[name];
      if (arg?.kind !== "operand" || arg.operand.memory !== "hbm" || field.kind !== "operand") continue;
      touched.add(arg.operand.tensor);
      if (field.role !== "read") written.add(arg.operand.tensor);
    }
  };
  for (const { body } of stream.queues) for (const item of body) visit(item);
  return { touched, written };
}

function printBuffers({ buffers }: KernelScope): readonly string[] {
  const lines = [...buffers].map(([{ memory, partitions, slotBytes, slots }, name]) => {
    const ring = slots === 1 ? "" : ` x${slots}`;
    return `${memory} ${name}[${partitions}; ${hex(slotBytes)}]${ring}`;
  });
  return lines.sort(compareTexts);
}

/** Semaphores that have tokens at the start: what a producer may be ahead. */
function printCredits({ semaphores, names }: KernelScope): readonly string[] {
  const lines = [...semaphores].flatMap(([sem, name]) => {
    const initial = names.stream.semaphores[sem]?.initial ?? 0;
    return initial === 0 ? [] : [`sem ${name} = ${initial}`];
  });
  return lines.sort(compareTexts);
}

/** The lines of a body; tokens that follow each other share one. */
function printItems(place: Place, items: readonly StreamItem[]): string[] {
  const { names, kernel } = place.scope;
  // Keys are printed with names of their own, so that they depend on no order.
  const keyOf = (item: StreamItem): string => {
    const known = names.keys.get(item);
    if (known !== undefined) return known;
    const key = printItem({ scope: makeKernelScope(names, kernel), around: place.around }, item).join("\n");
    names.keys.set(item, key);
    return key;
  };
  const lines: string[] = [];
  const shown = items.filter((item) => names.showsOrderOfKernels || !isOrderOfKernels(place.scope, item));
  for (const item of orderItems(shown, keyOf)) {
    const [first = "", ...more] = printItem(place, item);
    const before = lines.at(-1);
    const inst = item.kind === "inst" && soleSemaphore(item) !== undefined ? item.inst : undefined;
    if (inst !== undefined && before?.startsWith(`${inst} `))
      lines[lines.length - 1] = `${before},${first.slice(inst.length)}`;
    else lines.push(first, ...more);
  }
  return lines;
}

function isOrderOfKernels(scope: KernelScope, item: StreamItem): boolean {
  if (item.kind !== "inst" || (item.inst !== "acquire" && item.inst !== "release")) return false;
  return item.args.sem?.kind === "sem" && isBetweenKernels(scope, item.args.sem.sem, item.inst);
}

function printItem(place: Place, item: StreamItem): string[] {
  return item.kind === "loop" ? printLoop(place, item) : [printInstruction(place, item)];
}

function printLoop(place: Place, { loop, trips, advance, body }: StreamLoop): string[] {
  const { scope, around } = place;
  const inner = printItems({ scope, around: [...around, loop] }, body);
  const steps = advance.map((ring) => `${nameRing(scope, ring)} x${scope.names.stream.rings[ring]?.slots}`);
  const step = steps.length === 0 ? "" : ` step ${steps.sort(compareTexts).join(", ")}`;
  return [`for i${around.length} in 0..${printDepthExtent(trips, around)}${step} {`, ...indentLines(inner), "}"];
}

function printInstruction(place: Place, item: Instruction): string {
  const sem = soleSemaphore(item);
  if (sem !== undefined) return `${item.inst} ${nameSemaphore(place.scope, semId(sem), item.inst)}`;
  const texts = Object.entries(instDef(item.inst).fields).flatMap(([name, field]) => {
    const arg = item.args[name];
    if (arg === undefined || isDefault(field, arg)) return [];
    return [`${name}=${printArgument(place, item, field, arg)}`];
  });
  return [item.inst, texts.join(", ")].join(" ").trimEnd();
}

function isDefault(field: Field, arg: Argument): boolean {
  if (field.kind !== "value" || arg.kind !== "value") return false;
  return attrValuesEqual(arg.value, field.attr.default ?? null);
}

function printArgument(place: Place, item: Instruction, field: Field, arg: Argument): string {
  const { scope, around } = place;
  switch (arg.kind) {
    case "operand":
      return arg.operand.memory === "hbm"
        ? printHbmOperand(place, arg.operand)
        : printChipOperand(place, item, arg.operand);
    case "value":
      return field.kind === "value" ? printFieldValue(field.attr, arg.value) : String(arg.value);
    case "flag":
      return printFlag(arg.flag, (loop) => `i${around.indexOf(loop)}`);
    case "sem":
      return nameSemaphore(scope, arg.sem, item.inst);
    case "affine":
      return printDepthAffine(arg.affine, around);
    default:
      return arg satisfies never;
  }
}

function printHbmOperand({ scope, around }: Place, operand: HbmOperand): string {
  const { address, dims, dtype, tensor } = operand;
  const sizes = dims.map(({ size, stride }) => `${printDepthExtent(size, around)}:${stride}`);
  const terms = addressTerms(scope, address, around);
  const start = [...(address.base.constant === 0 ? [] : [hex(address.base.constant)]), ...terms];
  const text = start.length === 0 ? "0x0" : start.join(" + ");
  const [rows = "", ...free] = sizes;
  return `${tensorName(scope.names, tensor)}[${[text, rows, free.join(", ")].filter((part) => part !== "").join("; ")}] ${dtype}`;
}

/** `x_tile[0x10*i1 + 0x400*r0; 128; 64:1] bf16`; an operand outside of its kernel's buffers has its address. */
function printChipOperand({ scope, around }: Place, item: Instruction, operand: ChipOperand): string {
  const { address, dims, dtype, startPartition, partitions, memory } = operand;
  const place = placementOf(scope.names, scope.kernel, operand);
  const name = place === undefined ? memory : nameBuffer(scope, place, fillerOf(scope.names, place, item));
  const first = address.base.constant - (place?.addressBytes ?? 0);
  const terms = addressTerms(scope, address, around);
  const start = [...(first === 0 ? [] : [hex(first)]), ...terms];
  const rows = `${printDepthExtent(partitions, around)}${startPartition === 0 ? "" : `@${startPartition}`}`;
  const sizes = dims.map(({ size, stride }) => `${printDepthExtent(size, around)}:${stride}`);
  const parts = [start.length === 0 ? "0x0" : start.join(" + "), rows, sizes.join(", ")];
  return `${name}[${parts.filter((part) => part !== "").join("; ")}] ${dtype}`;
}
