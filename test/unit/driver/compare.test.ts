// What the bounds let through and what they catch: right results in another order and rounding agree, mistakes do not.
import { expect, test } from "vitest";
import { roundTo } from "../../../ir-spec/base/dtype.ts";
import type { Tensor } from "../../../ir-spec/base/tensor.ts";
import type { Graph } from "../../../ir-spec/graph.ts";
import { makeRandomInputs } from "../../../ir-spec/random-tensor.ts";
import { runPasses } from "../../../passes/run.ts";
import { compareOutput } from "../../../src/driver/compare.ts";
import { graphPipeline, passEnv } from "../../../src/driver/compile.ts";
import { measureNoise } from "../../../src/driver/noise.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { widenGraph, widenTensors } from "../../../src/driver/widen.ts";
import { parse } from "../../../src/index.ts";
import { runGraph } from "../../../targets/ref/graph.ts";

const read = <T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown },
): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
};

const measure = (graph: Graph, inputs: ReadonlyMap<string, Tensor>) => {
  const expanded = read(runPasses(graphPipeline(["expand"]), graph, { env: passEnv(read(targetByName("tiny"))) }));
  return measureNoise(graph, expanded.ir, inputs);
};

const names = { a: "ref", b: "other", precise: false };

/** Compares a changed copy of the reference's output. */
const compareChanged = async (text: string, change: (data: Float64Array, y: Tensor) => void, isPrecise = false) => {
  const own = read(parse(text));
  const graph = isPrecise ? widenGraph(own) : own;
  const inputs = isPrecise ? widenTensors(makeRandomInputs(own, 0)) : makeRandomInputs(own, 0);
  const reference = await measure(graph, inputs);
  const y = reference.get("y")?.rounded as Tensor;
  const changed = { ...y, data: Float64Array.from(y.data) };
  change(changed.data, y);
  return compareOutput(names, "y", changed, reference);
};

const product = `graph g(x: bf16[32, 256], weight w: bf16[256, 64]) -> (y: bf16[32, 64]) { y = matmul(x, w) }`;

test("the reference agrees with itself, and with one unit of the format more", async () => {
  expect(await compareChanged(product, () => {})).toMatchObject({ agree: true, maxAbsError: 0, differingElements: 0 });
  const bumped = await compareChanged(product, (data, { dtype }) => {
    for (let index = 0; index < data.length; index++)
      data[index] = roundTo(dtype, (data[index] as number) * (1 + 2 ** -9));
  });
  expect(bumped.agree).toBe(true);
  expect(bumped.maxUlp).toBeLessThanOrEqual(1);
});

test("a product that is summed in f32, in another order and in blocks, agrees", async () => {
  const text = product.replaceAll("bf16", "f32");
  const inputs = makeRandomInputs(read(parse(text)), 0);
  const [x, w] = [inputs.get("x") as Tensor, inputs.get("w") as Tensor];
  const result = await compareChanged(text, (data) => {
    for (let index = 0; index < data.length; index++) {
      let blocks = 0;
      for (let block = 255; block >= 0; block -= 32) {
        let sum = 0;
        for (let q = block; q > block - 32; q--) {
          const [i, j] = [Math.floor(index / 64), index % 64];
          sum = Math.fround(sum + Math.fround((x.data[i * 256 + q] as number) * (w.data[q * 64 + j] as number)));
        }
        blocks = Math.fround(blocks + sum);
      }
      data[index] = blocks;
    }
  });
  expect(result.agree).toBe(true);
  expect(result.maxAbsError).toBeGreaterThan(0);
});

test("a dropped column is caught", async () => {
  const dropped = await compareChanged(product, (data) => {
    for (let i = 0; i < 32; i++) data[i * 64 + 17] = 0;
  });
  expect(dropped).toMatchObject({ agree: false });
  expect(dropped.differingElements).toBeGreaterThan(24);
});

test("one contracted element of 256 that is left out is caught when widened, whatever bf16 hides", async () => {
  const own = read(parse(product));
  const inputs = makeRandomInputs(own, 0);
  const [x, w] = [inputs.get("x") as Tensor, inputs.get("w") as Tensor];
  const result = await compareChanged(
    product,
    (data) => {
      for (let index = 0; index < data.length; index++) {
        data[index] =
          (data[index] as number) -
          (x.data[Math.floor(index / 64) * 256 + 255] as number) * (w.data[255 * 64 + (index % 64)] as number);
      }
    },
    true,
  );
  expect(result.agree).toBe(false);
  expect(result.differingElements).toBeGreaterThan(32 * 64 * 0.9);
});

test("a wrong causal mask is caught, in bf16 too", async () => {
  const attention = (isCausal: boolean) =>
    `graph g(q: bf16[2, 16, 8], k: bf16[2, 16, 8], v: bf16[2, 16, 8]) -> (y: bf16[2, 16, 8]) {
      y = attention(q, k, v, is_causal=${isCausal})
    }`;
  const open = read(parse(attention(false)));
  const wrong = runGraph(open, makeRandomInputs(open, 0), { rounding: true }).get("y") as Tensor;
  const result = await compareChanged(attention(true), (data) => data.set(wrong.data));
  expect(result.agree).toBe(false);
});

test("a NaN, an infinity and an unwritten row never pass", async () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const result = await compareChanged(product, (data) => data.fill(value, 64, 65));
    expect(result).toMatchObject({ agree: false, differingElements: 1, maxAbsError: Number.POSITIVE_INFINITY });
  }
});

test("NaN and infinities of the reference must be the same", async () => {
  const text = `graph g(x: f32[4]) -> (y: f32[4]) { y = log(x - x) }`;
  expect((await compareChanged(text, () => {})).agree).toBe(true);
  expect((await compareChanged(text, (data) => data.fill(-1e30, 0, 1))).agree).toBe(false);
  expect((await compareChanged(text, (data) => data.fill(Number.POSITIVE_INFINITY, 0, 1))).agree).toBe(false);
  const invalid = `graph g(x: f32[4]) -> (y: f32[4]) { y = sqrt(0.0 - x * x - 1.0) }`;
  expect((await compareChanged(invalid, () => {})).agree).toBe(true);
  expect((await compareChanged(invalid, (data) => data.fill(0, 0, 1))).agree).toBe(false);
});

test("all zeros pass where all that is left is noise", async () => {
  const lost = (scale: string): string => `graph g(x: f32[8, 8]) -> (y: f32[8, 8]) { y = exp(x * ${scale}) - 1.0 }`;
  expect((await compareChanged(lost("1e-9"), (data) => data.fill(0))).agree).toBe(true);
  expect((await compareChanged(lost("1e-6"), (data) => data.fill(0))).agree).toBe(false);
});

test("all zeros never pass otherwise, however small the values and however large the noise", async () => {
  const zeroed = await compareChanged(product, (data) => data.fill(0));
  expect(zeroed).toMatchObject({ agree: false, reason: "every element is zero, those of the reference are not" });
  const cancelled = `graph g(x: bf16[8, 8]) -> (y: bf16[8, 8]) { y = (x + 1000.0) - 1000.0 }`;
  expect((await compareChanged(cancelled, (data) => data.fill(0))).agree).toBe(false);
  const zero = `graph g(x: f32[4]) -> (y: f32[4]) { y = x - x }`;
  expect((await compareChanged(zero, (data) => data.fill(0))).agree).toBe(true);
});

test("an output that is missing or of another shape is reported", async () => {
  const graph = read(parse(product));
  const reference = await measure(graph, makeRandomInputs(graph, 0));
  expect(compareOutput(names, "y", undefined, reference).reason).toBe("it gave no such output");
  const y = reference.get("y")?.rounded as Tensor;
  const flat = { ...y, shape: [2048] };
  expect(compareOutput(names, "y", flat, reference).reason).toBe("it gave bf16[2048], expected bf16[32, 64]");
});

test("integers and bools are the same", async () => {
  const text = `graph g(x: i32[64]) -> (y: bool[64]) { y = x < 3 }`;
  expect((await compareChanged(text, () => {})).agree).toBe(true);
  const flip = (data: Float64Array) => data.set([1 - (data[5] as number)], 5);
  expect(await compareChanged(text, flip)).toMatchObject({ agree: false, differingElements: 1 });
  expect((await compareChanged(text, (data) => data.fill(Number.NaN, 0, 1))).agree).toBe(false);
});

test("a comparison of floats may flip where they are nearly tied, and only there", async () => {
  const text = `graph g(x: f32[4096], z: f32[4096]) -> (y: bool[4096]) { y = (x + z) - z < x }`;
  const graph = read(parse(text));
  const inputs = makeRandomInputs(graph, 0);
  const reference = await measure(graph, inputs);
  const y = reference.get("y")?.rounded as Tensor;
  const exact = reference.get("y")?.exact as Tensor;
  expect(compareOutput(names, "y", { ...y, data: exact.data }, reference).agree).toBe(true);
  const plain = `graph g(x: f32[4096], z: f32[4096]) -> (y: bool[4096]) { y = x < z }`;
  expect((await compareChanged(plain, (data) => data.set([1 - (data[7] as number)], 7))).agree).toBe(false);
});

test("an element without noise by luck is not held to more than its neighbours", async () => {
  const result = await compareChanged(product, (data, y) => {
    const unit = 2 ** -7;
    for (let index = 0; index < data.length; index += 97) {
      data[index] = roundTo(y.dtype, (data[index] as number) * (1 + unit));
    }
  });
  expect(result.agree).toBe(true);
});
