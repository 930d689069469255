// Writes ONNX models for tests, by the same table of messages that the reader has.
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { ByteSource } from "../../../src/import/byte-source.ts";
import { type ElementName, elements } from "../../../src/import/onnx/elements.ts";
import { fieldsOf, isMessageName, type Message, type MessageName } from "../../../src/import/onnx/proto/schema.ts";

/** A message to write: what is left out is not written. */
export type Draft<M extends MessageName> = {
  readonly [F in keyof Message<M>]?: Message<M>[F] extends readonly (infer E)[]
    ? readonly Part<E>[]
    : Part<NonNullable<Message<M>[F]>>;
};

type Part<T> = T extends ByteSource
  ? Uint8Array
  : T extends Uint8Array | number | string
    ? T
    : T extends object
      ? { readonly [K in keyof T]?: DraftField<T[K]> }
      : T;
type DraftField<T> = T extends readonly (infer E)[] ? readonly Part<E>[] : Part<NonNullable<T>>;

export function writeMessage<M extends MessageName>(message: M, draft: Draft<M>): Uint8Array {
  const writer = new BinaryWriter();
  writeFields(writer, message, draft as Readonly<Record<string, unknown>>);
  return writer.finish();
}

function writeFields(writer: BinaryWriter, message: MessageName, draft: Readonly<Record<string, unknown>>): void {
  for (const [name, { number, kind, many }] of Object.entries(fieldsOf(message))) {
    const value = draft[name];
    const values = value === undefined ? [] : many ? (value as readonly unknown[]) : [value];
    for (const one of values) writeField(writer, { number, kind, value: one });
  }
}

function writeField(
  writer: BinaryWriter,
  { number, kind, value }: { readonly number: number; readonly kind: string; readonly value: unknown },
): void {
  if (isMessageName(kind)) {
    writer.tag(number, WireType.LengthDelimited).fork();
    writeFields(writer, kind, value as Readonly<Record<string, unknown>>);
    writer.join();
  } else if (kind === "int") writer.tag(number, WireType.Varint).int64(BigInt(value as number));
  else if (kind === "float") writer.tag(number, WireType.Bit32).float(value as number);
  else if (kind === "double") writer.tag(number, WireType.Bit64).double(value as number);
  else if (kind === "bytes" || kind === "stored")
    writer.tag(number, WireType.LengthDelimited).bytes(value as Uint8Array);
  else writer.tag(number, WireType.LengthDelimited).string(value as string);
}

/** A tensor of f32 or i64. */
export function tensor(
  name: string,
  element: ElementName,
  dims: readonly number[],
  data: readonly number[],
): Draft<"Tensor"> {
  const { code } = elements[element];
  const field =
    { FLOAT: "floatData", INT64: "int64Data", DOUBLE: "doubleData", UINT64: "uint64Data" }[element as string] ??
    "int32Data";
  return { name, dims, dataType: code, [field]: data };
}

export function valueInfo(name: string, element: ElementName, dims: readonly (number | string)[]): Draft<"ValueInfo"> {
  const dim = dims.map((size) => (typeof size === "number" ? { value: size } : { param: size }));
  return { name, type: { tensorType: { elemType: elements[element].code, shape: { dim } } } };
}

export type NodeDraft = Draft<"Node">;

/** A float that may have no fraction. */
interface Float {
  readonly f: number;
}

export type Attributes = Readonly<Record<string, number | string | readonly number[] | Float>>;

/** A node; attributes that are numbers are ints or, with a fraction, floats. */
export function node(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attrs: Attributes = {},
): NodeDraft {
  const attribute = Object.entries(attrs).map(([name, value]) => {
    if (typeof value === "string") return { name, s: new TextEncoder().encode(value) };
    if (typeof value === "number") return Number.isInteger(value) ? { name, i: value } : { name, f: value };
    return "f" in value ? { name, f: value.f } : { name, ints: value };
  });
  return { opType, input, output, attribute } as NodeDraft;
}

export interface ModelDraft {
  readonly opset?: number;
  readonly name?: string;
  readonly inputs: readonly Draft<"ValueInfo">[];
  readonly outputs: readonly string[];
  readonly weights?: readonly Draft<"Tensor">[];
  readonly nodes: readonly NodeDraft[];
  readonly functions?: readonly Draft<"Function">[];
}

export function model({
  opset = 23,
  name = "g",
  inputs,
  outputs,
  weights = [],
  nodes,
  functions = [],
}: ModelDraft): Uint8Array {
  const output = outputs.map((outputName) => ({ name: outputName }));
  const graph = { name, input: inputs, output, initializer: weights, node: nodes };
  return writeMessage("Model", {
    irVersion: 10,
    opsetImport: [{ version: opset }],
    graph,
    functions,
  } as Draft<"Model">);
}

export function tensorBytes(element: ElementName, dims: readonly number[], data: readonly number[]): Uint8Array {
  return writeMessage("Tensor", tensor("", element, dims, data));
}
