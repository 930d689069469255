// The work that graphs force: products after masks, functions, and bytes of parameters, results and states.
import { describe, expect, test } from "vitest";
import { type GraphWork, graphWork } from "../../../passes/analysis/graph-work.ts";
import { parseGraph, runOnGraph } from "../passes/support.ts";

function workOf(text: string): GraphWork {
  return graphWork(runOnGraph(parseGraph(text), "canonicalize,constant-fold,expand,canonicalize,cse,dce").ir);
}

/** Bytes read and written of a program without products that matter. */
function bytesOf(text: string): { readonly read: number; readonly write: number } {
  const { readBytes, writeBytes } = workOf(text);
  return { read: readBytes, write: writeBytes };
}

const attention = (
  statements: string,
): string => `graph a(q: f32[2, 8, 4], k: f32[2, 8, 4], v: f32[2, 8, 4]) -> (y: f32[2, 8, 4]) {
  i = iota(shape=[8, 1], axis=0, dtype=i32)
  j = iota(shape=[1, 8], axis=1, dtype=i32)
  s = matmul(q, k, transpose_rhs=true)
${statements}
  y = matmul(p, v)
}`;

const causalShare = 9 / 16;

describe("products and functions behind masks", () => {
  test("attention counts all scores", () => {
    const { products, elements } = workOf(attention("  p = softmax(s, axis=-1)"));
    expect(products).toMatchObject([
      { m: 8, n: 8, k: 4, batch: 2, share: 1 },
      { m: 8, n: 4, k: 8, batch: 2, share: 1 },
    ]);
    expect(elements.get("exp")).toBe(128);
  });

  test.each([
    ["where", "  p = softmax(where(j <= i, s, -inf), axis=-1)"],
    ["the other way round", "  p = softmax(where(j > i, -inf, s), axis=-1)"],
    [
      "a sum with a mask",
      "  m: f32[8, 8] = where(j <= i, full(value=0.0, shape=[], dtype=f32), -inf)\n  p = softmax(s * 0.5 + m, axis=-1)",
    ],
    ["a finite mask", "  p = softmax(where(j <= i, s, -1e9), axis=-1)"],
  ])("causal by %s", (_name, statements) => {
    const { products, elements } = workOf(attention(statements));
    expect(products.map(({ share }) => share)).toEqual([causalShare, causalShare]);
    expect(elements.get("exp")).toBe(128 * causalShare);
  });

  test("the composite counts as its primitives", () => {
    const text =
      "graph a(q: bf16[2, 4, 8, 16], k: bf16[2, 2, 8, 16], v: bf16[2, 2, 8, 16]) -> (y: bf16[2, 4, 8, 16]) { y = attention(q, k, v, is_causal=true) }";
    const { products } = workOf(text);
    // Query heads that share a key head are rows of one product.
    expect(products).toMatchObject([
      { m: 16, n: 8, k: 16, batch: 4, share: causalShare },
      { m: 16, n: 16, k: 8, batch: 4, share: causalShare },
    ]);
  });

  test("scores that are a result are needed whole", () => {
    const text = attention("  p = softmax(where(j <= i, s, -inf), axis=-1)").replace(
      "-> (y:",
      "-> (s: f32[2, 8, 8], y:",
    );
    expect(workOf(text).products.map(({ share }) => share)).toEqual([1, causalShare]);
  });

  test("a mask that lets small scores count hides nothing", () => {
    const text = attention("  p = softmax(where(j <= i, s, -10.0), axis=-1)");
    expect(workOf(text).products.map(({ share }) => share)).toEqual([causalShare, 1]);
  });
});

describe("parts of computed values", () => {
  const product = (result: string): GraphWork["products"] =>
    workOf(`graph g(a: f32[64, 32], b: f32[32, 48]) -> (y) { p = exp(matmul(a, b))\n y = ${result} }`).products;

  test.each([
    ["a slice", "slice(p, starts=[8, 0], ends=[24, 48])", { m: 16, n: 48, k: 32 }],
    ["a slice of a transpose", "slice(transpose(p, perm=[1, 0]), starts=[0, 0], ends=[7, 64])", { m: 64, n: 7, k: 32 }],
    ["rows after a reshape", "slice(reshape(p, shape=[4, 16, 48]), starts=[1], ends=[3], axes=[0])", { m: 32, n: 48 }],
    [
      "rows after more steps",
      "slice(p * 2.0 + slice(a, starts=[0, 0], ends=[64, 1]), starts=[0, 0], ends=[5, 48])",
      { m: 5, n: 48 },
    ],
    [
      "the part of a concat",
      "slice(concat(p, p, axis=0), starts=[60, 0], ends=[70, 48])",
      { m: 6, n: 48, multiplyAdds: 10 * 48 * 32 },
    ],
    ["rows of a sum", "reduce_sum(slice(p, starts=[0, 4], ends=[64, 8]), axes=[0])", { m: 64, n: 4 }],
  ])("%s needs that of the product", (_name, result, sizes) => {
    expect(product(result)).toMatchObject([{ ...sizes, share: 1 }]);
  });

  test("elements of functions count where they are needed, and operands are read for them alone", () => {
    const text =
      "graph g(a: f32[64, 32], b: f32[32, 48]) -> (y) { y = slice(exp(matmul(a, b)), starts=[8, 0], ends=[24, 48]) }";
    const { elements, readBytes } = workOf(text);
    expect(elements.get("exp")).toBe(16 * 48);
    expect(readBytes).toBe(4 * (16 * 32 + 32 * 48));
  });

  test("what is picked without a known place is counted", () => {
    const [work] = product("slice(p, starts=[0, 0], ends=[64, 48], steps=[2, 1])");
    expect(work).toMatchObject({ multiplyAdds: 32 * 48 * 32, batch: 0 });
  });

  test("of a product of a part of a product the part", () => {
    const text =
      "graph g(a: f32[64, 32], b: f32[32, 48], c: f32[48, 16]) -> (y) { y = slice(matmul(matmul(a, b), c), starts=[0, 0], ends=[8, 16]) }";
    expect(workOf(text).products).toMatchObject([
      { m: 8, n: 48, k: 32 },
      { m: 8, n: 16, k: 48 },
    ]);
  });
});

describe("bytes", () => {
  test("each operand once, however often it is read", () => {
    expect(
      bytesOf("graph g(x: f32[10], w: bf16[10]) -> (y: f32[10]) { y = x * x + exp(x) * cast(w, to=f32) }"),
    ).toEqual({
      read: 60,
      write: 40,
    });
  });

  test("layers of a stacked weight, of which one is not used", () => {
    const text =
      "graph g(x: f32[2, 4], weight w: f32[5, 4, 4]) -> (y: f32[2, 4]) { h = x\n for i in 1..5 { h = matmul(h, w[i]) }\n y = h }";
    expect(bytesOf(text)).toEqual({ read: 4 * (8 + 64), write: 32 });
  });

  test("slices that overlap count once", () => {
    const text =
      "graph g(x: f32[10]) -> (y: f32[6]) { y = slice(x, starts=[0], ends=[6]) + slice(x, starts=[2], ends=[8]) }";
    expect(bytesOf(text)).toEqual({ read: 32, write: 24 });
  });

  test("a state whose slice is replaced writes the slice, and reads the rest where it is read", () => {
    const update = "keys = update_slice(keys, k, starts=[0, 7, 0])";
    const head = "graph g(k: f32[2, 1, 4], state keys: f32[2, 8, 4])";
    expect(bytesOf(`${head} -> (y: f32[2, 1, 4]) { ${update}\n y = k * 2.0 }`)).toEqual({ read: 32, write: 64 });
    expect(bytesOf(`${head} -> (y: f32[2, 1, 4]) { ${update}\n y = reduce_sum(keys, axes=[1]) }`)).toEqual({
      read: 32 + 4 * 2 * 7 * 4,
      write: 64,
    });
  });

  test("a state with new content is written whole, one that stays not at all", () => {
    const text = "graph g(state a: f32[8], state b: f32[8]) -> (y: f32[8]) { y = a + b\n a = y }";
    expect(bytesOf(text)).toEqual({ read: 64, write: 64 });
  });
});
