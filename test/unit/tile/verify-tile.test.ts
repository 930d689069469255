// What the verifier of tile programs refuses: each invariant broken once, in one program that is right otherwise.
import { assert, integer, property } from "fast-check";
import { expect, test } from "vitest";
import { errorMessage } from "../../../ir-spec/base/errors/index.ts";
import type { TileProgram } from "../../../ir-spec/tile.ts";
import { verifyTile } from "../../../ir-spec/verify-tile.ts";
import { randomTileProgram } from "./random-tile.ts";
import { tileProgram } from "./support.ts";

const text = `program t
hbm x: bf16[500, 768] input
hbm c: f32[4] constant = 1
hbm y: bf16[500, 512] output
kernel mm () {
  for b in 0..2 {
    for m in 0..3 {
      psum acc: f32[128, 512] x2
      for k in 0..6 {
        sbuf lhs: bf16[128, 128] x2
        dma lhs[0; 128; min(128, 500 - 384*b - 128*m):1] <- x[384*b + 128*m, 128*k; 128:1; min(128, 500 - 384*b - 128*m):768]
        sbuf rhs: bf16[128, 512] x2
        memset rhs[0; 128; 512:1] <- value=1
        matmul acc[0; min(128, 500 - 384*b - 128*m); 512:1] <- stationary=lhs[0; 128; min(128, 500 - 384*b - 128*m):1], moving=rhs[0; 128; 4:128, 128:1], accumulate=notFirst(k)
      }
      sbuf out: bf16[128, 512] x2
      activation out[0; min(128, 500 - 384*b - 128*m); 512:1] <- acc[0; min(128, 500 - 384*b - 128*m); 512:1], func=relu
      dma y[384*b + 128*m, 0; min(128, 500 - 384*b - 128*m):512; 512:1] <- out[0; min(128, 500 - 384*b - 128*m); 512:1]
    }
  }
}
`;

function complaints(program: TileProgram): string[] {
  return verifyTile(program).map(({ code, args }) => `${code} ${errorMessage(code, args)}`);
}

test("a right program has no complaints", () => {
  expect(complaints(tileProgram(text))).toEqual([]);
});

test.each([
  [
    "rows beyond the border",
    "384*b + 128*m, 0; min(128, 500 - 384*b - 128*m):512",
    "384*b + 128*m, 0; 128:512",
    "E0631 mm: dma: operand `dst` touches element 262143 of `y`, expected 0 to 255999",
  ],
  [
    "columns beyond the border",
    "128*k; 128:1; min(128, 500 - 384*b",
    "128*k; 128:1; min(128, 501 - 384*b",
    "E0631 mm: dma: operand `src` touches element",
  ],
  [
    "in front of the tensor",
    "dma y[384*b + 128*m, 0",
    "dma y[384*b + 128*m, -1",
    "E0631 mm: dma: operand `dst` touches element -1 of `y`",
  ],
  [
    "beyond the partition",
    "memset rhs[0; 128; 512:1]",
    "memset rhs[0; 128; 513:1]",
    "E0631 mm: memset: operand `dst` touches element 512 of `rhs`, expected 0 to 511",
  ],
  [
    "beyond the last partition",
    "memset rhs[0; 128; 512:1]",
    "memset rhs[0; 128@32; 512:1]",
    "E0631 mm: memset: operand `dst` touches partition 159 of `rhs`, expected 0 to 127",
  ],
  ["backwards", "memset rhs[0; 128; 512:1]", "memset rhs[0; 128; 512:-1]", "touches element -511"],
  [
    "memory",
    "memset rhs[0; 128; 512:1]",
    "memset y[0, 0; 128:512; 512:1]",
    "E0632 mm: memset: operand `dst` is in hbm, expected sbuf or psum",
  ],
  [
    "contracted rows",
    "moving=rhs[0; 128; ",
    "moving=rhs[0; 64; ",
    "E0633 mm: matmul: operand `moving` has 64 rows, expected 128 as in stationary",
  ],
  [
    "columns",
    "moving=rhs[0; 128; 4:128",
    "moving=rhs[0; 128; 3:128",
    "E0633 mm: matmul: operand `moving` has 384 elements, expected 512 as in dst",
  ],
  [
    "a column",
    "func=relu",
    "bias=acc[0; min(128, 500 - 384*b - 128*m); 2:1], func=relu",
    "E0633 mm: activation: operand `bias` has 2 elements, expected 1 as in one element",
  ],
  [
    "sizes in one iteration only",
    "<- acc[0; min(128, 500 - 384*b - 128*m)",
    "<- acc[0; 128",
    "E0633 mm: activation: operand `src` has 128 rows, expected 116 as in dst",
  ],
  [
    "accumulate",
    "value=1",
    "value=1, accumulate=true",
    "E0635 mm: memset: expected `accumulate` only on matmul, found it",
  ],
  ["base", "value=1", "value=1, base=3", "E0635 mm: memset: expected `base` only on ops that count elements, found it"],
  [
    "writing an input",
    "dma y[384*b + 128*m, 0; min(128, 500 - 384*b - 128*m):512; 512:1]",
    "dma x[384*b + 128*m, 0; min(128, 500 - 384*b - 128*m):768; 512:1]",
    "E0635 mm: dma: expected an output, a state or a temp where one is written, found the input `x` as `dst`",
  ],
  ["no role", "bf16[500, 512] output", "bf16[500, 512]", "E0636 buffer `y`: expected a role, found no role"],
  ["no data", "constant = 1", "constant", "E0636 buffer `c`: expected data of constants, found no data"],
  ["too little data", "constant = 1", "constant = [1, 2]", "E0636 buffer `c`: expected 1 or 4, found 2 numbers"],
  [
    "slots",
    "sbuf out: bf16[128, 512] x2",
    "sbuf out: bf16[128, 512] x0",
    "E0636 buffer `out`: expected 1 or more, found 0 slots",
  ],
])("refused: %s", (_name, right, wrong, wanted) => {
  expect(text).toContain(right);
  const found = complaints(tileProgram(text.replace(right, wrong)));
  expect(found.join("\n")).toContain(wanted);
  // A size that is wrong at the border differs from the other operands' too.
  expect(found.filter((line) => !line.startsWith("E0633")).length).toBeLessThanOrEqual(1);
});

/** The same program with other values under some keys. */
function changed(change: (key: string, value: unknown) => unknown): TileProgram {
  return JSON.parse(JSON.stringify(tileProgram(text)), (key, value) => change(key, value)) as TileProgram;
}

test.each([
  [
    "a loop that is not around",
    (key: string, value: unknown) => (key === "notFirst" ? [7] : value),
    "E0630 mm: matmul: unknown loop 7",
  ],
  [
    "a buffer that is not known",
    (key: string, value: unknown) => (key === "buffer" && value === 5 ? 9 : value),
    "E0630 mm: alloc: unknown buffer 9",
  ],
  [
    "an attribute of another kind",
    (key: string, value: unknown) => (key === "func" ? 3 : value),
    "E0634 mm: activation: attribute `func` is 3",
  ],
  [
    "an unknown attribute",
    (key: string, value: unknown) => (key === "attrs" ? { ...(value as object), speed: 1 } : value),
    "attribute `speed` is unknown",
  ],
  [
    "a missing operand",
    (key: string, value: unknown) => (key === "moving" ? undefined : value),
    "E0635 mm: matmul: expected an operand `moving`, found none",
  ],
  [
    "an unknown operand",
    (key: string, value: unknown) =>
      key === "operands" ? { ...(value as object), more: (value as { dst: unknown }).dst } : value,
    "found operand `more`",
  ],
])("refused: %s", (_name, change, wanted) => {
  expect(complaints(changed(change)).join("\n")).toContain(wanted);
});

test("a buffer is unknown after the body of its alloc", () => {
  const program = tileProgram(text);
  const [kernel] = program.kernels;
  const last = { kind: "op", op: "memset", operands: {}, attrs: {} } as const;
  if (kernel === undefined) throw new Error("the program has a kernel");
  const lhs = program.buffers.findIndex(({ name }) => name === "lhs");
  const dst = {
    buffer: lhs,
    offset: { constant: 0, terms: [] },
    partition: { start: 0, stride: 1, size: { max: 1 } },
    dims: [],
  };
  const moved = { ...kernel, body: [...kernel.body, { ...last, operands: { dst } }] };
  const found = complaints({ ...program, kernels: [moved] } as unknown as TileProgram);
  expect(found).toEqual([`E0630 mm: memset: unknown buffer 4`]);
});

test("anything can be verified", () => {
  assert(
    property(integer(), (seed) => {
      verifyTile(randomTileProgram(seed));
    }),
    { numRuns: 200 },
  );
});

test.each([
  ["one matrix", "t[0; 4; 6:1] <- x[0, 0; 6:8; 4:1]", []],
  ["matrices side by side", "t[0; 4; 12:1] <- x[0, 0; 6:8; 8:1]", []],
  ["part of a matrix", "t[0; 4; 6:1] <- x[0, 0; 6:8; 6:1]", ["expected a multiple of the 4 rows of `dst`"]],
  ["too few results", "t[0; 4; 6:1] <- x[0, 0; 6:8; 8:1]", ["has 48 elements, expected 24 as in dst"]],
])("dma_transpose of %s", (_, operands, wanted) => {
  const transpose = `program t\nhbm x: bf16[6, 8] input\nkernel k () {\n sbuf t: bf16[4, 12]\n dma_transpose ${operands}\n}\n`;
  const found = complaints(tileProgram(transpose)).join("\n");
  expect(found === "").toBe(wanted.length === 0);
  for (const part of wanted) expect(found).toContain(part);
});
