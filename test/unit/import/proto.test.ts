// Reading protobuf: what was written comes back, and bytes that are no message are refused within a budget.
import { expect, test } from "vitest";
import { bytesAsSource } from "../../../src/import/byte-source.ts";
import { readMessage, readMessageAt } from "../../../src/import/onnx/proto/read.ts";
import { noExternal, readTensorFile } from "../../../src/import/onnx/read-tensor.ts";
import { makeChoices } from "../random.ts";
import { model, node, tensorBytes, valueInfo, writeMessage } from "./write-proto.ts";

const small = model({
  inputs: [valueInfo("x", "FLOAT", ["N", 3])],
  outputs: ["y"],
  nodes: [node("Relu", ["x"], ["y"])],
});

test("a message comes back as it was written", () => {
  const read = readMessage("Model", small);
  expect(read.ok && read.value.graph?.node[0]).toMatchObject({ opType: "Relu", input: ["x"], output: ["y"] });
  expect(read.ok && read.value.graph?.input[0]?.type?.tensorType?.shape?.dim).toEqual([
    { value: undefined, param: "N" },
    { value: 3, param: undefined },
  ]);
});

test("integers of 64 bits keep their sign", () => {
  const read = readMessage("Tensor", writeMessage("Tensor", { dims: [2], int64Data: [-5, 2 ** 40] }));
  expect(read.ok && read.value.int64Data).toEqual([-5, 2 ** 40]);
});

test("fields that the table does not name are skipped", () => {
  const bytes = writeMessage("Model", { irVersion: 9 });
  const unknown = new Uint8Array([0xfa, 0x3f, 2, 1, 1]); // Field 1023, two bytes.
  expect(readMessage("Model", new Uint8Array([...unknown, ...bytes]))).toMatchObject({
    ok: true,
    value: { irVersion: 9 },
  });
});

test("a file is read in windows of any width, and raw data stay in it", () => {
  const data = Uint8Array.from({ length: 400 }, (_, index) => index);
  const bytes = writeMessage("Model", {
    irVersion: 9,
    graph: {
      node: [node("Add", ["x", "w"], ["y"], { a_long_name: "a".repeat(300), numbers: [1, 2, 3] })],
      initializer: [{ name: "w", dims: [100], dataType: 1, rawData: data }],
      input: [valueInfo("x", "FLOAT", ["N", 100])],
    },
  });
  const whole = readMessage("Model", bytes);
  const source = bytesAsSource(bytes);
  for (const windowBytes of [24, 40, 100, 399, 1000]) {
    const windowed = readMessageAt("Model", source, windowBytes);
    if (!windowed.ok || !whole.ok) throw new Error("not read");
    const [stored, wanted] = [windowed, whole].map(({ value }) => value.graph?.initializer[0]?.rawData);
    expect(stored?.read(0, 400)).toEqual({ ok: true, value: data });
    expect({ ...windowed.value.graph, initializer: [] }).toEqual({ ...whole.value.graph, initializer: [] });
    expect(wanted?.byteLength).toBe(400);
  }
  expect(readMessageAt("Model", { ...source, byteLength: bytes.length - 300 }, 24)).toMatchObject({ ok: false });
});

test("messages in one another are refused past a depth", () => {
  let bytes: Uint8Array = writeMessage("Graph", { name: "inner" });
  for (let depth = 0; depth < 40; depth++) {
    const attribute = writeMessage("Attribute", {});
    const graphField = [0x32, ...varint(bytes.length), ...bytes]; // Attribute.g
    const inAttribute = new Uint8Array([...attribute, ...graphField]);
    const inNode = new Uint8Array([0x2a, ...varint(inAttribute.length), ...inAttribute]); // Node.attribute
    bytes = new Uint8Array([0x0a, ...varint(inNode.length), ...inNode]); // Graph.node
  }
  expect(readMessage("Graph", bytes)).toMatchObject({ ok: false, error: expect.stringContaining("nested") });
});

function varint(value: number): readonly number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}

test("truncated and flipped bytes give a message or a reason, never an exception", () => {
  for (let length = 0; length < small.length; length++) readMessage("Model", small.subarray(0, length));
  const random = makeChoices(7);
  for (let round = 0; round < 2000; round++) {
    const mutant = small.slice();
    for (let flip = 0; flip < 3; flip++) mutant[random.below(mutant.length)] = random.below(256);
    const read = readMessage("Model", mutant);
    expect(typeof read.ok).toBe("boolean");
  }
});

test.each([
  ["INT4", [3], [0x2f, 0x08], [-1, 2, -8]],
  ["UINT2", [5], [0b11100100, 0b01], [0, 1, 2, 3, 1]],
  ["FLOAT16", [2], [0x3c00, 0xc000], [1, -2]],
  ["BFLOAT16", [2], [0x3f80, 0xff80], [1, Number.NEGATIVE_INFINITY]],
  ["BOOL", [2], [0, 1], [0, 1]],
] as const)("elements of %s are read from lists of numbers", (element, dims, numbers, wanted) => {
  const read = readTensorFile(bytesAsSource(tensorBytes(element, dims, numbers)), noExternal);
  expect(read.ok && [...read.value.data()]).toEqual(wanted);
});

test.each([
  ["a dimension below 0", { dims: [-1], dataType: 1 }, "a dimension of -1"],
  ["more elements than a tensor may have", { dims: [2 ** 20, 2 ** 30], dataType: 1 }, "elements, expected at most"],
  ["data of another size", { dims: [2], dataType: 1, rawData: new Uint8Array(3) }, "3 B of data, expected 8"],
  ["an unknown element type", { dims: [2], dataType: 99 }, "element type 99"],
  [
    "external data where there is no folder",
    { dims: [2], dataType: 1, dataLocation: 1, externalData: [{ key: "location", value: "w" }] },
    "no folder",
  ],
])("a tensor with %s is refused", (_what, draft, why) => {
  expect(readTensorFile(bytesAsSource(writeMessage("Tensor", draft)), noExternal)).toMatchObject({
    ok: false,
    error: expect.stringContaining(why),
  });
});
