// Wrong results that must be reported. Each program has something that may hide a mistake: an outlier, a mask, a value at the
// end of f32's range, a long sum, a cancellation. A right run (other-order.ts) gets one fault of the kinds that compilers make.
import { roundTo } from "../../ir-spec/base/dtype.ts";
import type { Shape, Tensor } from "../../ir-spec/base/tensor.ts";
import type { Random } from "../../src/find/fuzz/random-choices.ts";
import { caseOfText, compareWith, makeNoisyCase, type NoisyCase } from "./noisy.ts";
import { runInOtherOrder } from "./other-order.ts";

interface PlantedProgram {
  readonly name: string;
  readonly text: string;
  /** The same program with its mask dropped. */
  readonly unmasked?: string;
  /** Elements of inputs that are set. */
  readonly set: Readonly<Record<string, Readonly<Record<number, number>>>>;
}

/** A mask that hides about a fifth of the first 320 elements. */
const hidden: Readonly<Record<number, number>> = Object.fromEntries(
  Array.from({ length: 64 }, (_, index) => [index * 5 + (index % 3), -1e9]),
);

export const programs: readonly PlantedProgram[] = [
  {
    name: "one element of 1e30",
    text: `graph g(x: f32[6, 8, 16]) -> (y: f32[16, 6, 8]) { y = transpose(x, perm=[2, 0, 1]) * 3.3 }`,
    set: { x: { 0: 1e30 } },
  },
  {
    name: "a finite mask at the end of f32",
    text: `graph g(x: f32[16, 24], m: f32[24, 16]) -> (y: f32[24, 16]) { y = transpose(x, perm=[1, 0]) + m }`,
    unmasked: `graph g(x: f32[16, 24], m: f32[24, 16]) -> (y: f32[24, 16]) { y = transpose(x, perm=[1, 0]) + m * 0.0 }`,
    set: { m: { 0: -3e38, 77: -1e9 } },
  },
  {
    name: "softmax with masks of -1e9",
    text: `graph g(x: bf16[16, 32], m: bf16[16, 32]) -> (y: bf16[16, 32]) { y = softmax(x + m) }`,
    unmasked: `graph g(x: bf16[16, 32], m: bf16[16, 32]) -> (y: bf16[16, 32]) { y = softmax(x) }`,
    set: { m: hidden },
  },
  {
    name: "attention with a float mask",
    text: `graph g(q: bf16[2, 16, 8], k: bf16[2, 16, 8], v: bf16[2, 16, 8], m: f32[16, 16]) -> (y: bf16[2, 16, 8]) {
      y = attention(q, k, v, m)
    }`,
    unmasked: `graph g(q: bf16[2, 16, 8], k: bf16[2, 16, 8], v: bf16[2, 16, 8], m: f32[16, 16]) -> (y: bf16[2, 16, 8]) {
      y = attention(q, k, v)
    }`,
    set: { m: hidden, v: { 3: 1000 } },
  },
  {
    name: "a causal mask",
    text: `graph g(q: f16[2, 16, 8], k: f16[2, 16, 8], v: f16[2, 16, 8]) -> (y: f16[2, 16, 8]) {
      y = attention(q, k, v, is_causal=true)
    }`,
    unmasked: `graph g(q: f16[2, 16, 8], k: f16[2, 16, 8], v: f16[2, 16, 8]) -> (y: f16[2, 16, 8]) {
      y = attention(q, k, v)
    }`,
    set: { v: { 40: 3000 } },
  },
  {
    name: "an outlier in one row of a normalization",
    text: `graph g(x: bf16[16, 64], weight s: bf16[64], weight b: bf16[64]) -> (y: bf16[16, 64]) {
      y = layer_normalization(x, s, b)
    }`,
    set: { x: { 70: 1e6 } },
  },
  {
    name: "an outlier in a product",
    text: `graph g(x: bf16[32, 256], weight w: bf16[256, 64]) -> (y: bf16[32, 64]) { y = matmul(x, w) }`,
    set: { x: { 800: 1e6 } },
  },
  {
    name: "a long sum with an outlier",
    text: `graph g(x: f32[24, 4096]) -> (y: f32[24, 1]) { y = reduce_sum(x * x, axes=[1]) }`,
    set: { x: { 5000: 1e6 } },
  },
  {
    name: "a long product",
    text: `graph g(x: bf16[12, 2048], weight w: bf16[2048, 16]) -> (y: bf16[12, 16]) { y = gelu(matmul(x, w)) }`,
    set: { x: { 5: -1e9 } },
  },
  {
    name: "a cancellation in one column",
    text: `graph g(x: f32[16, 24], m: f32[24]) -> (y: f32[16, 24]) { y = (x + m) - m }`,
    set: { m: { 7: 1e6 } },
  },
  {
    name: "two layers",
    text: `graph g(x: bf16[16, 48], weight v: bf16[48, 96], weight w: bf16[96, 32]) -> (y: bf16[16, 32]) {
      y = matmul(silu(matmul(x, v)), w)
    }`,
    set: { x: { 100: 1e6 } },
  },
  {
    name: "waves of large arguments",
    text: `graph g(x: f32[16, 16]) -> (y: f32[16, 16]) { y = sin(x) + cos(x * 0.5) }`,
    set: { x: { 3: 1e8, 9: 1e6 } },
  },
];

/** A fault: a changed copy of the right result; undefined where it makes none. */
type Fault = (right: Tensor, stale: Tensor, random: Random) => Float64Array | undefined;

const rowLength = (shape: Shape): number => shape.at(-1) ?? 1;

const exchanged = (data: Float64Array, pairs: readonly (readonly [number, number])[]): Float64Array => {
  const changed = Float64Array.from(data);
  for (const [to, from] of pairs) changed[to] = data[from]!;
  return changed;
};

const range = (count: number): readonly number[] => [...new Array(count).keys()];

export const faults: Readonly<Record<string, Fault>> = {
  "one element": ({ data }, _stale, random) => {
    const at = random.below(data.length);
    return exchanged(data, [[at, random.below(data.length)]]);
  },
  "one element is 0": ({ data }, _stale, random) => data.with(random.below(data.length), 0),
  "one row is another": ({ data, shape }, _stale, random) => {
    const width = rowLength(shape);
    const rows = data.length / width;
    const [to, from] = [random.below(rows), random.below(rows)];
    return exchanged(
      data,
      range(width).map((column) => [to * width + column, from * width + column]),
    );
  },
  "a tile is transposed": ({ data, shape }, _stale, random) => {
    const width = rowLength(shape);
    const rows = data.length / width;
    if (width < 4 || rows < 4) return undefined;
    const start = random.below(rows - 3) * width + random.below(width - 3);
    const cells = range(4).flatMap((i) => range(4).map((j) => [start + i * width + j, start + j * width + i] as const));
    return exchanged(data, cells);
  },
  "rows are stale": ({ data, shape }, stale, random) => {
    const width = rowLength(shape);
    const row = random.below(data.length / width);
    return data.map((x, index) => (Math.floor(index / width) === row ? stale.data[index]! : x));
  },
};

/** Scaled by 1 %: what only the widened run can see. */
export function scaled({ data, dtype }: Tensor): Float64Array {
  return data.map((x) => roundTo(dtype, x * 1.01));
}

export interface Planted {
  readonly program: PlantedProgram;
  readonly noisy: NoisyCase;
  readonly right: Tensor;
  readonly stale: Tensor;
}

export function plantIn(program: PlantedProgram, isPrecise: boolean): Planted {
  const { graph, inputs } = caseOfText(program.text, program.set);
  const noisy = makeNoisyCase(graph, inputs, isPrecise);
  const run = (seed: number): Tensor => {
    const other = seed === 0 ? noisy.inputs : new Map([...noisy.inputs].map(([name, x]) => [name, reversed(x)]));
    return runInOtherOrder(noisy.expanded, other, 1).get("y") as Tensor;
  };
  return { program, noisy, right: run(0), stale: run(1) };
}

function reversed(tensor: Tensor): Tensor {
  return { ...tensor, data: tensor.data.toReversed() };
}

/** The result without the mask, where there is one. */
export function withoutMask({ program, noisy }: Planted, isPrecise: boolean): Tensor | undefined {
  if (program.unmasked === undefined) return undefined;
  const { graph } = caseOfText(program.unmasked);
  const other = makeNoisyCase(graph, noisy.inputs, isPrecise);
  return runInOtherOrder(other.expanded, noisy.inputs, 1).get("y");
}

/**
 * Whether a change is a fault at all: some element is changed by more than a part of itself, and of what elements are usually.
 * What cancels to much less than that may have no right digit in bf16.
 */
export function isMaterial(right: Tensor, changed: Float64Array, part: number): boolean {
  const median = right.data.map(Math.abs).toSorted()[right.data.length >> 1] as number;
  return changed.some((x, index) => {
    const y = right.data[index]!;
    return Math.abs(x - y) > part * Math.max(Math.abs(y), Math.abs(x), median) || Number.isNaN(x) !== Number.isNaN(y);
  });
}

export function isReported({ noisy, right }: Planted, changed: Float64Array): boolean {
  return !compareWith(noisy.reference, "y", { ...right, data: changed }).agree;
}
