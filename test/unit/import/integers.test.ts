// Products and bits of integers in imported models: exact whatever their size, on the reference and on the machine.
import { expect, test } from "vitest";
import { type Given, onBoth, statuses } from "./run-node.ts";
import { type NodeDraft, node } from "./write-proto.ts";

// No f32 holds 2^24 + 1: products and sums of floats would lose the last bit.
const large = 2 ** 24 + 1;

test.each<[string, NodeDraft, readonly number[]]>([
  ["MatMul", node("MatMul", ["a", "b"], ["y"]), [large + 6, 2 * large + 8, 3 * large + 12, 6 * large + 16]],
  ["Gemm", node("Gemm", ["a", "b"], ["y"], { alpha: { f: 2 }, transB: 1 }), [10 * large, 22, 22 * large, 50]],
  [
    "Einsum",
    node("Einsum", ["a", "b"], ["y"], { equation: "ij,jk->ki" }),
    [large + 6, 3 * large + 12, 2 * large + 8, 6 * large + 16],
  ],
])("%s of integers keeps their last bits", async (_name, made, data) => {
  const a: Given = { element: "INT32", shape: [2, 2], data: [1, 2, 3, 4] };
  const b: Given = { element: "INT32", shape: [2, 2], data: [large, 2 * large, 3, 4] };
  expect(await statuses(made, [a, b], { element: "INT32", shape: [2, 2], data })).toEqual(onBoth("pass"));
});

test("Gemm of integers has no fraction", async () => {
  const a: Given = { element: "INT32", shape: [1, 1], data: [3] };
  const made = node("Gemm", ["a", "b"], ["y"], { alpha: { f: 0.5 } });
  expect(await statuses(made, [a, a], a)).toEqual(
    onBoth("Gemm, the node that gives y: its alpha of 0.5 is no integer"),
  );
});

test("long sums of bytes are exact in products and convolutions", async () => {
  const count = 260;
  const bytes = (shape: readonly number[]): Given => ({ element: "UINT8", shape, data: new Array(count).fill(255) });
  const zero: Given = { element: "UINT8", shape: [], data: [1] };
  const sum = count * 255 * 254;
  expect(
    await statuses(node("MatMulInteger", ["a", "b", "", "c"], ["y"]), [bytes([count]), bytes([count, 1]), zero], {
      element: "INT32",
      shape: [1],
      data: [sum],
    }),
  ).toEqual(onBoth("pass"));
  const image = bytes([1, count / 2, 2]);
  const grouped = node("ConvInteger", ["a", "b", "c"], ["y"], { group: 1 });
  expect(
    await statuses(grouped, [image, bytes([1, count / 2, 2]), zero], {
      element: "INT32",
      shape: [1, 1, 1],
      data: [sum],
    }),
  ).toEqual(onBoth("pass"));
});

test("bits of integers that are narrower than their dtype stay within their width", async () => {
  const a: Given = { element: "UINT16", shape: [2], data: [0x8001, 0x00ff] };
  const b: Given = { element: "UINT16", shape: [2], data: [4, 9] };
  const y = (...data: readonly number[]): Given => ({ element: "UINT16", shape: [2], data });
  expect(await statuses(node("BitwiseNot", ["a"], ["y"]), [a], y(0x7ffe, 0xff00))).toEqual(onBoth("pass"));
  expect(await statuses(node("BitShift", ["a", "b"], ["y"], { direction: "LEFT" }), [a, b], y(0x0010, 0xfe00))).toEqual(
    onBoth("pass"),
  );
  expect(await statuses(node("BitwiseXor", ["a", "b"], ["y"]), [a, b], y(0x8005, 0x00f6))).toEqual(onBoth("pass"));
});
