// THE TABLE OF MESSAGES of an ONNX model: the fields that are read, with their numbers. What is not named here is skipped.
// Source: onnx.proto of ONNX 1.22 (IR version 13), as npm packages such as onnx-proto ship it.

import type { ByteSource } from "../../byte-source.ts";

/** What is "stored" stays in the file until it is asked for. */
type Scalar = "int" | "float" | "double" | "text" | "bytes" | "stored";

interface FieldSpec {
  readonly number: number;
  readonly kind: string;
  readonly many?: true;
}

function defineMessages<
  const T extends Readonly<
    Record<string, Readonly<Record<string, FieldSpec & { readonly kind: Scalar | Extract<keyof T, string> }>>>
  >,
>(messages: T): T {
  return messages;
}

// biome-ignore format: one row for each field
export const messages = defineMessages({
  Model: {
    irVersion:    { number: 1, kind: "int" },
    producerName: { number: 2, kind: "text" },
    graph:        { number: 7, kind: "Graph" },
    opsetImport:  { number: 8, kind: "OperatorSet", many: true },
    functions:    { number: 25, kind: "Function", many: true },
  },
  OperatorSet: {
    domain:  { number: 1, kind: "text" },
    version: { number: 2, kind: "int" },
  },
  Graph: {
    node:              { number: 1, kind: "Node", many: true },
    name:              { number: 2, kind: "text" },
    initializer:       { number: 5, kind: "Tensor", many: true },
    input:             { number: 11, kind: "ValueInfo", many: true },
    output:            { number: 12, kind: "ValueInfo", many: true },
    valueInfo:         { number: 13, kind: "ValueInfo", many: true },
    sparseInitializer: { number: 15, kind: "SparseTensor", many: true },
  },
  Function: {
    name:           { number: 1, kind: "text" },
    input:          { number: 4, kind: "text", many: true },
    output:         { number: 5, kind: "text", many: true },
    attribute:      { number: 6, kind: "text", many: true },
    node:           { number: 7, kind: "Node", many: true },
    opsetImport:    { number: 9, kind: "OperatorSet", many: true },
    domain:         { number: 10, kind: "text" },
    attributeProto: { number: 11, kind: "Attribute", many: true },
    overload:       { number: 13, kind: "text" },
  },
  Node: {
    input:     { number: 1, kind: "text", many: true },
    output:    { number: 2, kind: "text", many: true },
    name:      { number: 3, kind: "text" },
    opType:    { number: 4, kind: "text" },
    attribute: { number: 5, kind: "Attribute", many: true },
    domain:    { number: 7, kind: "text" },
    overload:  { number: 8, kind: "text" },
  },
  Attribute: {
    name:        { number: 1, kind: "text" },
    f:           { number: 2, kind: "float" },
    i:           { number: 3, kind: "int" },
    s:           { number: 4, kind: "bytes" },
    t:           { number: 5, kind: "Tensor" },
    g:           { number: 6, kind: "Graph" },
    floats:      { number: 7, kind: "float", many: true },
    ints:        { number: 8, kind: "int", many: true },
    strings:     { number: 9, kind: "bytes", many: true },
    type:        { number: 20, kind: "int" },
    refAttrName: { number: 21, kind: "text" },
  },
  Tensor: {
    dims:         { number: 1, kind: "int", many: true },
    dataType:     { number: 2, kind: "int" },
    floatData:    { number: 4, kind: "float", many: true },
    int32Data:    { number: 5, kind: "int", many: true },
    int64Data:    { number: 7, kind: "int", many: true },
    name:         { number: 8, kind: "text" },
    rawData:      { number: 9, kind: "stored" },
    doubleData:   { number: 10, kind: "double", many: true },
    uint64Data:   { number: 11, kind: "int", many: true },
    externalData: { number: 13, kind: "Entry", many: true },
    dataLocation: { number: 14, kind: "int" },
  },
  SparseTensor: {
    values: { number: 1, kind: "Tensor" },
  },
  Entry: {
    key:   { number: 1, kind: "text" },
    value: { number: 2, kind: "text" },
  },
  ValueInfo: {
    name: { number: 1, kind: "text" },
    type: { number: 2, kind: "Type" },
  },
  /** What is no tensor is only known to be none: sequences, maps, optionals. */
  Type: {
    tensorType: { number: 1, kind: "TensorType" },
  },
  TensorType: {
    elemType: { number: 1, kind: "int" },
    shape:    { number: 2, kind: "Shape" },
  },
  Shape: {
    dim: { number: 1, kind: "Dimension", many: true },
  },
  Dimension: {
    value: { number: 1, kind: "int" },
    param: { number: 2, kind: "text" },
  },
});

export type MessageName = keyof typeof messages;
export const messageNames = Object.keys(messages) as readonly MessageName[];

type KindType<K> = K extends "int" | "float" | "double"
  ? number
  : K extends "text"
    ? string
    : K extends "bytes"
      ? Uint8Array
      : K extends "stored"
        ? ByteSource
        : K extends MessageName
          ? Message<K>
          : never;

type FieldType<F> = F extends { readonly kind: infer K; readonly many: true }
  ? readonly KindType<K>[]
  : F extends { readonly kind: infer K }
    ? KindType<K> | undefined
    : never;

/** A message that was read: a list for what may be there many times, undefined for what is not there. */
export type Message<M extends MessageName> = {
  readonly [F in keyof (typeof messages)[M]]: FieldType<(typeof messages)[M][F]>;
};

/** A row of the table as generic code sees it. */
export function fieldsOf(message: MessageName): Readonly<Record<string, FieldSpec>> {
  return messages[message];
}

export function isMessageName(kind: string): kind is MessageName {
  return Object.hasOwn(messages, kind);
}
