// The meaning of tile programs, against results computed by hand.
import { expect, test } from "vitest";
import type { Tensor } from "../../../ir-spec/base/tensor.ts";
import { type TileOpName, tileOpNames } from "../../../ir-spec/tile-ops/index.ts";
import { runTile } from "../../../targets/ref/tile.ts";
import { tileProgram } from "./support.ts";

const { NaN: nan } = Number;

interface OpCase {
  /** Declarations on chip and the op, which reads `a` [2, 3] and `b` [2, 3] and writes `out`. */
  readonly lines: string;
  readonly shape: readonly [rows: number, columns: number];
  readonly result: readonly number[];
}

const a = [1, -2, 3, 4, 5, -6];
const b = [10, 20, 30, 1, 0, 2];
const whole = "[0; 2; 3:1]";

/** At least one case for every row of the table. */
const cases: { readonly [Op in TileOpName]: readonly OpCase[] } = {
  dma: [
    { lines: `sbuf out: f32[2, 3]\n dma out${whole} <- a${whole}`, shape: [2, 3], result: a },
    {
      lines: `sbuf out: f32[2, 3]\n dma out[0; 2; 3:1] <- x[0, 2; 2:0; 3:-1]`,
      shape: [2, 3],
      result: [3, -2, 1, 3, -2, 1],
    },
  ],
  dma_transpose: [
    {
      lines: `sbuf out: f32[3, 2]\n dma_transpose out[0; 3; 2:1] <- a${whole}`,
      shape: [3, 2],
      result: [1, 4, -2, 5, 3, -6],
    },
    {
      lines: `sbuf out: f32[1, 6]\n dma_transpose out[0; 1; 6:1] <- a${whole}`,
      shape: [1, 6],
      result: [1, 4, -2, 5, 3, -6],
    },
  ],
  gather: [
    {
      lines:
        "sbuf at: i32[2, 1]\n iota at[0; 2; 1:1] <- partition_step=-1, base=1\n sbuf out: f32[2, 3]\n gather out[0; 2; 3:1] <- table=x[0, 0; 2:3; 3:1], index=at[0; 2; 1:1]",
      shape: [2, 3],
      result: [4, 5, -6, 1, -2, 3],
    },
  ],
  matmul: [
    {
      lines: `psum out: f32[3, 3]\n matmul out[0; 3; 3:1] <- stationary=a${whole}, moving=b${whole}`,
      shape: [3, 3],
      result: [14, 20, 38, -15, -40, -50, 24, 60, 78],
    },
    {
      lines: `psum out: f32[3, 1]\n for k in 0..2 {\n matmul out[0; 3; 1:1] <- stationary=a${whole}, moving=b[k; 2; 1:1], accumulate=notFirst(k)\n }`,
      shape: [3, 1],
      result: [14 + 20, -15 - 40, 24 + 60],
    },
  ],
  transpose: [
    {
      lines: `psum out: f32[3, 2]\n transpose out[0; 3; 2:1] <- a${whole}`,
      shape: [3, 2],
      result: [1, 4, -2, 5, 3, -6],
    },
  ],
  activation: [
    {
      lines: `sbuf out: f32[2, 3]\n activation out${whole} <- a${whole}, func=relu`,
      shape: [2, 3],
      result: [1, 0, 3, 4, 5, 0],
    },
    {
      lines: `sbuf out: f32[2, 3]\n activation out${whole} <- a${whole}, bias=b[1; 2; 1:1], func=square, scale=2`,
      shape: [2, 3],
      result: [22 ** 2, 16 ** 2, 26 ** 2, 8 ** 2, 10 ** 2, 12 ** 2],
    },
    {
      lines: `sbuf out: f32[2, 3]\n activation out${whole} <- a${whole}, bias=b[1; 2; 1:1], scales=b[2; 2; 1:1]`,
      shape: [2, 3],
      result: [50, -40, 110, 8, 10, -12],
    },
    {
      lines: `sbuf out: f32[2, 1]\n activation a${whole}, sum=out[0; 2; 1:1] <- a${whole}, func=square`,
      shape: [2, 1],
      result: [14, 77],
    },
  ],
  tensor_copy: [{ lines: `sbuf out: i32[2, 3]\n tensor_copy out${whole} <- a${whole}`, shape: [2, 3], result: a }],
  tensor_tensor: [
    {
      lines: `sbuf out: f32[2, 3]\n tensor_tensor out${whole} <- lhs=a${whole}, rhs=b${whole}, op=subtract`,
      shape: [2, 3],
      result: [-9, -22, -27, 3, 5, -8],
    },
  ],
  tensor_scalar: [
    {
      lines: `sbuf out: f32[2, 3]\n tensor_scalar out${whole} <- a${whole}, op0=add, imm0=1`,
      shape: [2, 3],
      result: [2, -1, 4, 5, 6, -5],
    },
    {
      lines: `sbuf out: f32[2, 3]\n tensor_scalar out${whole} <- a${whole}, scalar0=b[0; 2; 1:1], op0=subtract, reverse0=true, op1=multiply, imm1=2`,
      shape: [2, 3],
      result: [18, 24, 14, -6, -8, 14],
    },
  ],
  tensor_reduce: [
    { lines: `sbuf out: f32[2, 1]\n tensor_reduce out[0; 2; 1:1] <- a${whole}, op=max`, shape: [2, 1], result: [3, 5] },
    {
      lines: `sbuf out: f32[2, 1]\n tensor_reduce out[0; 2; 1:1] <- a${whole}, op=min, negate=true`,
      shape: [2, 1],
      result: [2, 6],
    },
  ],
  tensor_scalar_reduce: [
    {
      lines: `sbuf out: f32[2, 3]\n sbuf t: f32[2, 1]\n tensor_scalar_reduce out${whole}, fold=t[0; 2; 1:1] <- a${whole}, op0=multiply, imm0=-1, op1=min`,
      shape: [2, 3],
      result: [-1, 2, -3, -4, -5, 6],
    },
    {
      lines: `sbuf out: f32[2, 1]\n tensor_scalar_reduce a${whole}, fold=out[0; 2; 1:1] <- a${whole}, scalar0=b[0; 2; 1:1], op0=subtract, reverse0=true, op1=add`,
      shape: [2, 1],
      result: [9 + 12 + 7, -3 - 4 + 7],
    },
  ],
  range_select: [
    {
      lines: `sbuf out: f32[2, 3]\n sbuf t: f32[2, 1]\n sbuf n: f32[2, 1]\n iota n[0; 2; 1:1] <- partition_step=1, step=0, base=4\n range_select out${whole}, maximum=t[0; 2; 1:1] <- a${whole}, bound0=n[0; 2; 1:1], bound1=n[0; 2; 1:1], compare0=is_ge, compare1=is_le, base=4`,
      shape: [2, 3],
      result: [1, -3.4028234663852886e38, -3.4028234663852886e38, -3.4028234663852886e38, 5, -3.4028234663852886e38],
    },
    {
      lines: `sbuf out: f32[2, 1]\n sbuf n: f32[2, 1]\n iota n[0; 2; 1:1] <- partition_step=1, step=0, base=0\n range_select a${whole}, maximum=out[0; 2; 1:1] <- a${whole}, bound0=n[0; 2; 1:1], bound1=n[0; 2; 1:1], compare0=is_gt, compare1=not_equal, base=0`,
      shape: [2, 1],
      result: [3, -6],
    },
  ],
  scalar_tensor_tensor: [
    {
      lines: `sbuf out: f32[2, 3]\n scalar_tensor_tensor out${whole} <- a${whole}, scalar0=b[0; 2; 1:1], rhs=b${whole}, op0=subtract, op1=multiply`,
      shape: [2, 3],
      result: [-90, -240, -210, 3, 0, -14],
    },
    {
      lines: `sbuf out: f32[2, 3]\n scalar_tensor_tensor out${whole} <- a${whole}, rhs=b${whole}, op0=subtract, imm0=1, reverse0=true, op1=subtract, reverse1=true`,
      shape: [2, 3],
      result: [10, 17, 32, 4, 4, -5],
    },
  ],
  select: [
    {
      lines: `sbuf out: f32[2, 3]\n select out${whole} <- predicate=b${whole}, on_true=a${whole}, on_false=b${whole}`,
      shape: [2, 3],
      result: [1, -2, 3, 4, 0, -6],
    },
  ],
  reciprocal: [
    {
      lines: "sbuf out: f32[2, 2]\n reciprocal out[0; 2; 2:1] <- b[0; 2; 2:2]",
      shape: [2, 2],
      result: [1 / 10, 1 / 30, 1, 1 / 2],
    },
  ],
  memset: [
    {
      lines: "sbuf out: f32[2, 3]\n memset out[1; 1@1; 2:1] <- value=7",
      shape: [2, 3],
      result: [nan, nan, nan, nan, 7, 7],
    },
  ],
  iota: [
    {
      lines: `sbuf out: i32[2, 3]\n iota out${whole} <- partition_step=10, step=2, base=5`,
      shape: [2, 3],
      result: [5, 7, 9, 15, 17, 19],
    },
  ],
};

function tensor(shape: readonly number[], data: readonly number[]): Tensor {
  return { dtype: "f32", shape, data: Float64Array.from(data) };
}

function run(text: string, inputs: Readonly<Record<string, Tensor>>, rounding = true): Map<string, Tensor> {
  return runTile(tileProgram(text), new Map(Object.entries(inputs)), { rounding });
}

function elements(results: ReadonlyMap<string, Tensor>, name: string): number[] {
  return [...(results.get(name)?.data ?? [])];
}

test.each(tileOpNames.flatMap((op) => cases[op].map((entry) => ({ op, ...entry }))))(
  "$op: $lines",
  ({ lines, shape: [rows, columns], result }) => {
    const text = `program t
hbm x: f32[2, 3] input
hbm z: f32[2, 3] input
hbm y: f32[${rows}, ${columns}] output
kernel k () {
  sbuf a: f32[2, 3]
  sbuf b: f32[2, 3]
  dma a[0; 2; 3:1] <- x[0, 0; 2:3; 3:1]
  dma b[0; 2; 3:1] <- z[0, 0; 2:3; 3:1]
  ${lines}
  sbuf last: f32[${rows}, ${columns}]
  tensor_copy last[0; ${rows}; ${columns}:1] <- out[0; ${rows}; ${columns}:1]
  dma y[0, 0; ${rows}:${columns}; ${columns}:1] <- last[0; ${rows}; ${columns}:1]
}`;
    const results = run(text, { x: tensor([2, 3], a), z: tensor([2, 3], b) }, false);
    expect(elements(results, "y")).toEqual(result);
  },
);

/** y = 10 * x of 5 columns, in tiles of 2; the last tile is cut. */
const tiled = `program t
hbm x: f32[3, 5] input
hbm ten: f32[1] constant = 10
hbm y: bf16[3, 5] output
kernel k () {
  for i in 0..3 {
    sbuf tile: f32[3, 2] x2
    dma tile[0; 3; min(2, 5 - 2*i):1] <- x[0, 2*i; 3:5; min(2, 5 - 2*i):1]
    sbuf factor: f32[3, 1] x2
    dma factor[0; 3; 1:1] <- ten[0; 3:0; 1:1]
    tensor_scalar tile[0; 3; min(2, 5 - 2*i):1] <- tile[0; 3; min(2, 5 - 2*i):1], scalar0=factor[0; 3; 1:1], op0=multiply
    dma y[0, 2*i; 3:5; min(2, 5 - 2*i):1] <- tile[0; 3; min(2, 5 - 2*i):1]
  }
}`;
const fifteen = Array.from({ length: 15 }, (_unused, index) => index + 0.25);

test("partial tiles are cut at the border, and results are rounded to their buffer's dtype", () => {
  const x = tensor([3, 5], fifteen);
  const exact = fifteen.map((value) => 10 * value);
  expect(elements(run(tiled, { x }, false), "y")).toEqual(exact);
  // bf16 has eight significant bits: 132.5 rounds to 132 and 142.5 to 142 (ties to even).
  expect(elements(run(tiled, { x }), "y").slice(-2)).toEqual([132, 142]);
});

test("a buffer is fresh in every iteration, and what nobody wrote is NaN", () => {
  const text = `program t
hbm y: f32[1, 4] output
hbm s: f32[1, 2] state
kernel k () {
  for i in 0..3 {
    sbuf cell: f32[1, 1]
    for first in 0..min(1, 1 - i) {
      memset cell[0; 1; 1:1] <- value=3
    }
    dma y[0, i; 1:4; 1:1] <- cell[0; 1; 1:1]
    dma s[0, 1; 1:2; 1:1] <- s[0, 0; 1:2; 1:1]
  }
}`;
  const results = run(text, { s: tensor([1, 2], [8, 9]) });
  expect(elements(results, "y")).toEqual([3, nan, nan, nan]);
  expect(elements(results, "s")).toEqual([8, 8]);
});

test("an input that is missing or of the wrong size, and an access out of bounds, are refused", () => {
  expect(() => run(tiled, {})).toThrow("no tensor given for input `x`");
  expect(() => run(tiled, { x: tensor([2], [1, 2]) })).toThrow("`x` has 15 elements, given 2");
  const outside = tiled.replace("dma y[0, 2*i", "dma y[2, 2*i");
  expect(() => run(outside, { x: tensor([3, 5], fifteen) })).toThrow("k: dma at [0] leaves `y`");
});
