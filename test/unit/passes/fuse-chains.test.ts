// Which kernels `fuse` makes chains of on a real machine: by the time that one kernel and several take, as schedules are chosen; and
// what it says of that.
import { describe, expect, test } from "vitest";
import type { FusionMode } from "../../../ir-spec/fusion-mode.ts";
import type { Graph } from "../../../ir-spec/graph.ts";
import { parsePipeline } from "../../../passes/pipeline-text.ts";
import { runPasses } from "../../../passes/run.ts";
import { passEnv } from "../../../src/driver/compile.ts";
import { machineByName } from "../../../targets/neuron/machines/index.ts";
import { parseGraph, unwrap } from "./support.ts";

interface Fused {
  /** The named values that leave each kernel last, with its number of ops. */
  readonly kernels: readonly string[];
  readonly remarks: readonly string[];
  /** How many kernels were priced. */
  readonly priced: number;
}

function fuse(text: string, mode: FusionMode = "auto"): Fused {
  const machine = machineByName("trn2");
  if (machine === undefined) throw new Error("no machine trn2");
  const env = passEnv({ machine });
  let priced = 0;
  const kernelsNs = (graph: Graph): number | undefined => {
    priced++;
    return env.kernelsNs(graph);
  };
  const pipeline = unwrap(parsePipeline(`expand,cse,fuse{mode=${mode}}`, { from: "graph", to: "graph" }));
  const { ir, remarks } = unwrap(runPasses(pipeline, parseGraph(text), { env: { ...env, kernelsNs } }));
  const texts = remarks.map(({ text: said }) => said).filter((said) => !said.startsWith("fused: kernel"));
  return { kernels: ir.kernels.map(({ name }) => name), remarks: texts, priced };
}

const perceptron = (rows: number): string => `graph g(
  x: bf16[${rows}, 768], weight w: bf16[768, 3072], weight b: bf16[3072], weight v: bf16[3072, 768],
) -> (y: bf16[${rows}, 768]) {
  h = gelu(matmul(x, w) + b, approximate="tanh")
  y = matmul(h, v)
}`;

describe("a perceptron", () => {
  test("of many rows is one kernel", () => {
    const { kernels, remarks } = fuse(perceptron(1024));
    expect(kernels).toEqual(["y"]);
    expect(remarks.join("\n")).toMatch(
      /^fused: "h" and "y": one kernel takes an estimated [\d.]+ us, 2 take [\d.]+ us(?:, but one moves fewer bytes)?$/,
    );
  });

  test("of few rows is two, as their right operands are most of the traffic", () => {
    const { kernels, remarks, priced } = fuse(perceptron(64));
    expect(kernels).toEqual(["h", "y"]);
    expect(remarks.join("\n")).toContain('not fused: "h" and "y": one kernel saves 768 KiB of traffic');
    expect(priced).toBe(0);
  });

  test("is one where that is forced, and each op is a kernel where nothing is fused", () => {
    const forced = fuse(perceptron(64), "forced");
    expect(forced.kernels).toEqual(["y"]);
    expect(forced.remarks.join("\n")).toMatch(/^fused: "h" and "y": one kernel takes/);
    expect(fuse(perceptron(64), "off").kernels).toEqual(["matmul_0", "add_0", "h", "y"]);
  });

  test("stays apart where its weights do not fit on chip", () => {
    const { kernels, remarks } =
      fuse(`graph g(x: bf16[2048, 4096], weight w: bf16[4096, 8192], weight v: bf16[8192, 4096]) -> (y: bf16[2048, 4096]) {
  h = relu(matmul(x, w))
  y = matmul(h, v)
}`);
    expect(kernels).toEqual(["h", "y"]);
    expect(remarks.join("\n")).toMatch(
      /^not fused: "h" and "y": its operands and rows need \d+ bytes of \d+ in each partition$/,
    );
  });
});

const block = (layers: number): string => `graph g(
  x: bf16[512, 256], weight p: bf16[${layers}, 256, 256], weight s: bf16[256], weight w: bf16[${layers}, 256, 1024], weight v: bf16[${layers}, 1024, 256],
) -> (y: bf16[512, 256]) {
  r = x
  for i in 0..${layers} {
    a = r + matmul(tanh(r), p[i])
    r = tanh(a + matmul(gelu(matmul(rms_normalization(a, s), w[i])), v[i]))
  }
  y = r
}`;

/** Published as a case in which fusion loses: the epilogue has more to do than the product. */
const polynomial = (
  terms: number,
): string => `graph g(x: bf16[1024, ${terms}], weight w: bf16[${terms}, 1024]) -> (y: bf16[1024, 1024]) {
  h = matmul(x, w)
  a = 0.0199471 + h * h * (-0.0023748 + h * h * (0.0002309 + h * h * (-0.0000189)))
  y = 0.5 * h * (1.0 + h * (0.7978845 + h * h * (-0.1329807 + h * h * a)))
}`;

describe("nodes after a product that read its result twice", () => {
  test.each([1024, 4096])("a long polynomial after %i terms stays apart, by its time", (terms) => {
    const { kernels, remarks } = fuse(polynomial(terms));
    expect(kernels).toEqual(["h", "y"]);
    expect(remarks.join("\n")).toContain('not fused: "h" and "y": one kernel takes an estimated');
    expect(fuse(polynomial(terms), "forced").kernels).toEqual(["y"]);
  });

  test("an activation is in the product's kernel", () => {
    const { kernels, remarks } =
      fuse(`graph g(x: bf16[1024, 1024], weight w: bf16[1024, 1024]) -> (y: bf16[1024, 1024]) {
  h = matmul(x, w)
  y = h * sigmoid(h)
}`);
    expect(kernels).toEqual(["y"]);
    expect(remarks.join("\n")).toMatch(
      /^fused: "h" and "y": one kernel takes an estimated [\d.]+ us, 2 take [\d.]+ us$/,
    );
  });
});

describe("what is around products", () => {
  test("a norm is in the kernel of the products that read it, which read it once", () => {
    const { kernels } = fuse(`graph g(
  x: bf16[1024, 512], weight s: bf16[512], weight q: bf16[512, 512], weight k: bf16[512, 128], weight v: bf16[512, 128],
) -> (a: bf16[1024, 512], b: bf16[1024, 128], c: bf16[1024, 128]) {
  n = rms_normalization(x, s)
  a = matmul(n, q)
  b = matmul(n, k)
  c = matmul(n, v)
}`);
    expect(kernels).toEqual(["c"]);
  });

  test("a product, a norm of its rows and a perceptron are one kernel", () => {
    expect(fuse(block(1)).kernels).toHaveLength(1);
  });

  test("what layers have in common is priced once", () => {
    const [few, many] = [fuse(block(3)), fuse(block(6))];
    expect(many.kernels.length).toBeGreaterThan(few.kernels.length);
    expect(many.priced).toBe(few.priced);
  });

  test("a kernel that is read by way of another one stays apart", () => {
    const { kernels } =
      fuse(`graph g(x: bf16[512, 256], weight w: bf16[256, 256], weight v: bf16[256, 256]) -> (y: bf16[512, 256]) {
  h = relu(matmul(x, w))
  y = h + exp(matmul(transpose(h), h))[0] + matmul(h, v)
}`);
    expect(kernels).toContain("h");
  });
});

test("a group of very many nodes is not priced, as that would take longer than all else", () => {
  const { kernels, remarks, priced } =
    fuse(`graph g(x: bf16[128, 128], weight w: bf16[128, 128], weight v: bf16[128, 128]) -> (y: bf16[128, 128]) {
  h = matmul(x, w)
  for i in 0..200 { h = tanh(h * 1.01) }
  y = matmul(h, v)
}`);
  expect(kernels).toHaveLength(2);
  expect(remarks.join("\n")).toContain("ops, more than the 200 that are priced");
  expect(priced).toBe(0);
});
