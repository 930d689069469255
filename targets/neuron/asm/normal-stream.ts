// The normal form of a stream: what its text can say. Loops are numbered in the order of their headers and named so
// that a name means one loop in all queues; tensors' names differ; affine numbers have one term for a loop and none of
// scale 0; values that a row gives a default are filled in.
// The printer prints the normal form, and the parser gives it back.

import { type Affine, addAffine, type Extent, type Flag } from "../../../ir-spec/affine.ts";
import { type LoopId, loopId } from "../../../ir-spec/base/ids.ts";
import { takeName } from "../../../ir-spec/base/names.ts";
import { makeScope } from "../../../ir-spec/base/scoped.ts";
import { instDef } from "../isa/index.ts";
import type { Argument, Instruction, Operand, Stream, StreamItem, StreamLoop, StreamTensor } from "../stream.ts";

/** New number of each loop that has been met, in the order of meeting. */
type LoopNumbers = Map<LoopId, LoopId>;

/** Brings a stream into the normal form; a normal stream comes back equal. */
export function normalStream(stream: Stream): Stream {
  const numbers: LoopNumbers = new Map();
  const queues = stream.queues.map(({ queue, body }) => ({
    queue,
    body: body.map((item) => normalItem(numbers, item)),
  }));
  const names = makeScope<string, number>();
  const loops = [...numbers.keys()].map((old) => takeName(names, stream.loops[old] ?? "i"));
  return { ...stream, tensors: nameTensors(stream.tensors), loops, queues };
}

function nameTensors(tensors: readonly StreamTensor[]): StreamTensor[] {
  const names = makeScope<string, number>();
  return tensors.map((tensor) => ({ ...tensor, name: takeName(names, tensor.name) }));
}

function newLoop(numbers: LoopNumbers, loop: LoopId): LoopId {
  const known = numbers.get(loop);
  if (known !== undefined) return known;
  const id = loopId(numbers.size);
  numbers.set(loop, id);
  return id;
}

function normalItem(numbers: LoopNumbers, item: StreamItem): StreamItem {
  return item.kind === "loop" ? normalLoop(numbers, item) : normalInstruction(numbers, item);
}

function normalLoop(numbers: LoopNumbers, { loop, trips, advance, body }: StreamLoop): StreamLoop {
  const newTrips = normalExtent(numbers, trips);
  const id = newLoop(numbers, loop);
  return { kind: "loop", loop: id, trips: newTrips, advance, body: body.map((item) => normalItem(numbers, item)) };
}

function normalInstruction(numbers: LoopNumbers, { inst, args, kernel }: Instruction): Instruction {
  const normal: Record<string, Argument> = {};
  for (const [name, field] of Object.entries(instDef(inst).fields)) {
    const arg = args[name];
    if (arg !== undefined && !(arg.kind === "value" && arg.value === null)) normal[name] = normalArgument(numbers, arg);
    else if (field.kind === "value" && field.attr.default !== undefined) {
      normal[name] = { kind: "value", value: field.attr.default };
    }
  }
  return { kind: "inst", inst, args: normal, kernel };
}

function normalArgument(numbers: LoopNumbers, arg: Argument): Argument {
  if (arg.kind === "operand") return { kind: "operand", operand: normalOperand(numbers, arg.operand) };
  if (arg.kind === "flag") return { kind: "flag", flag: normalFlag(numbers, arg.flag) };
  if (arg.kind === "affine") return { kind: "affine", affine: normalAffine(numbers, arg.affine) };
  return arg;
}

function normalOperand(numbers: LoopNumbers, operand: Operand): Operand {
  const dims = operand.dims.map(({ stride, size }) => ({ stride, size: normalExtent(numbers, size) }));
  const address = { base: normalAffine(numbers, operand.address.base), rings: operand.address.rings };
  if (operand.memory === "hbm") return { ...operand, address, dims };
  return { ...operand, partitions: normalExtent(numbers, operand.partitions), address, dims };
}

function normalAffine(numbers: LoopNumbers, affine: Affine): Affine {
  const terms = affine.terms.map(({ loop, scale }) => ({ loop: newLoop(numbers, loop), scale }));
  return addAffine({ constant: affine.constant, terms });
}

function normalExtent(numbers: LoopNumbers, { max, limit }: Extent): Extent {
  return limit === undefined ? { max } : { max, limit: normalAffine(numbers, limit) };
}

function normalFlag(numbers: LoopNumbers, flag: Flag): Flag {
  return typeof flag === "boolean" ? flag : { notFirst: flag.notFirst.map((loop) => newLoop(numbers, loop)) };
}
