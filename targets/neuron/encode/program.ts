// The program of a queue, both ways: records of instructions, and of loops, whose bodies are between the record of
// their head and one that ends them.

import { describeKind, fitsKind, printAttrValue } from "../../../ir-spec/base/attr.ts";
import { loopId, ringId } from "../../../ir-spec/base/ids.ts";
import { maxLoopDepth } from "../../../ir-spec/limits.ts";
import type { Field } from "../isa/define.ts";
import { type InstName, instDef, instNames } from "../isa/index.ts";
import type { Argument, Instruction, StreamItem, StreamLoop } from "../stream.ts";
import { type ByteReader, type ByteWriter, isLost, refuseBytes, refuseValue } from "./bytes.ts";
import { endOpcode, loopOpcode } from "./codes.ts";
import { type Extension, extensionsToExtent, limitToExtensions } from "./extensions.ts";
import { argToImage, imageToArg, isOptionalField } from "./field-image.ts";
import { fieldsOf, loopFields, partsOf } from "./field-layout.ts";
import { type ImageScope, type ReadHead, readFields, readHead, refuseField, writeRecord } from "./raw-record.ts";

/** Writes the items of a body; `depth` loops are around it. */
export function writeBody(writer: ByteWriter, body: readonly StreamItem[], depth = 0): void {
  for (const item of body) {
    if (item.kind === "inst") writeInstruction(writer, item);
    else writeLoop(writer, item, depth);
  }
}

function writeInstruction(writer: ByteWriter, { inst, args, kernel }: Instruction): void {
  const { opcode, fields } = instDef(inst);
  const images = Object.entries(fields).map(([name, field]) => {
    const arg = args[name];
    const wanted = findUnfit(field, arg);
    if (wanted === undefined) return { name, parts: partsOf(field), ...argToImage(field, arg) };
    refuseValue(writer, { op: inst, name }, printGiven(field, arg), wanted);
    return { name, parts: partsOf(field), ...argToImage(field, undefined) };
  });
  const bits = Object.keys(fields).map((name, at) => (args[name] === undefined ? 0 : 2 ** at));
  const given = bits.reduce((sum, bit) => sum + bit, 0);
  writeRecord(writer, inst, { opcode, given, kernel }, images);
}

/** What a field wants in place of an argument that it cannot have. */
function findUnfit(field: Field, arg: Argument | undefined): string | undefined {
  if (arg === undefined) return isOptionalField(field) ? undefined : `an argument of kind ${field.kind}`;
  if (field.kind !== "value" || arg.kind !== "value" || fitsKind(field.attr, arg.value)) return undefined;
  return describeKind(field.attr);
}

function printGiven(field: Field, arg: Argument | undefined): string {
  if (arg === undefined || field.kind !== "value" || arg.kind !== "value") return "not given";
  return printAttrValue(field.attr, arg.value);
}

function writeLoop(writer: ByteWriter, { loop, trips, advance, body }: StreamLoop, depth: number): void {
  if (depth >= maxLoopDepth) {
    refuseValue(writer, { op: "loop", name: "depth" }, String(depth + 1), `at most ${maxLoopDepth} loops within loops`);
    return;
  }
  const rings = advance.map((ring): Extension => ({ kind: "ring", index: 0, id: ring, number: 0 }));
  const [loopField, tripsField, advanceField] = loopFields;
  writeRecord(writer, "loop", { opcode: loopOpcode, given: 0, kernel: 0 }, [
    { ...loopField, numbers: [loop], extensions: [] },
    { ...tripsField, numbers: [trips.max], extensions: limitToExtensions(trips, 0) },
    { ...advanceField, numbers: [], extensions: rings },
  ]);
  writeBody(writer, body, depth + 1);
  writeRecord(writer, "end", { opcode: endOpcode, given: 0, kernel: 0 }, []);
}

const instOfOpcode: ReadonlyMap<number, InstName> = new Map(instNames.map((name) => [instDef(name).opcode, name]));

/** Reads items up to the end of the queue's bytes, or in a loop up to the record that ends it. */
export function readBody(reader: ByteReader, scope: ImageScope): StreamItem[] {
  const isInLoop = scope.openLoops.length > 0;
  const body: StreamItem[] = [];
  while (!isLost(reader) && (isInLoop || reader.position < reader.endBytes)) {
    const head = readHead(reader);
    if (head.opcode === endOpcode && isInLoop && head.extensionCount === 0) return body;
    const item = head.opcode === loopOpcode ? readLoop(reader, scope, head) : readInstruction(reader, scope, head);
    if (item !== undefined) body.push(item);
  }
  return body;
}

function readLoop(reader: ByteReader, scope: ImageScope, head: ReadHead): StreamLoop | undefined {
  if (scope.openLoops.length >= maxLoopDepth) {
    refuseBytes(reader, head.offsetBytes, "a loop", `more than ${maxLoopDepth} loops around it`, "fewer");
    return undefined;
  }
  const [loopField, tripsField, advanceField] = readFields(reader, scope, "loop", head, loopFields);
  const id = loopField?.numbers[0] ?? 0;
  if (loopField !== undefined && scope.openLoops.includes(id)) {
    refuseField(loopField, "the number", String(id), "another than those of the loops around it");
  }
  const trips = extensionsToExtent(tripsField?.numbers[0] ?? 0, tripsField?.extensions ?? [], 0);
  const advance = (advanceField?.extensions ?? []).map((extension) => ringId(extension.id));
  const body = readBody(reader, { ...scope, openLoops: [...scope.openLoops, id] });
  return { kind: "loop", loop: loopId(id), trips, advance, body };
}

function readInstruction(reader: ByteReader, scope: ImageScope, head: ReadHead): Instruction | undefined {
  const inst = instOfOpcode.get(head.opcode);
  if (inst === undefined) {
    if (!isLost(reader)) refuseBytes(reader, head.offsetBytes, "an opcode", String(head.opcode), "one of ISA.md");
    return undefined;
  }
  const raws = readFields(reader, scope, inst, head, fieldsOf(inst));
  const args: Record<string, Argument> = {};
  for (const [at, [name, field]] of Object.entries(instDef(inst).fields).entries()) {
    const raw = raws[at];
    if (raw === undefined || isLost(reader)) return undefined;
    if (raw.isGiven) args[name] = imageToArg(field, raw);
    else if (!isOptionalField(field))
      refuseField(raw, "bit", "0 in the head's `given`", "1, as the field must be given");
  }
  return { kind: "inst", inst, args, kernel: head.kernel };
}
