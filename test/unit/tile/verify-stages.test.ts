// Stages of statements: what they may be, and how many slots a buffer needs.
import { expect, test } from "vitest";
import { errorMessage } from "../../../ir-spec/base/errors/index.ts";
import { verifyTile } from "../../../ir-spec/verify-tile.ts";
import { tileProgram } from "./support.ts";

const staged = `program p
hbm x: f32[32, 16] input
hbm y: f32[32, 16] output

kernel y (exp) {
  sbuf sum: f32[8, 1]
  memset sum[0; 8; 1:1]
  for i in 0..4 {
    sbuf t: f32[8, 16] x3
    dma t[0; 8; 16:1] <- x[8*i, 0; 8:16; 16:1]
    sbuf m: f32[8, 1] x2
    tensor_reduce m[0; 8; 1:1] <- t[0; 8; 16:1], op=max
    for j in 0..2 stage 1 {
      activation t[8*j; 8; 8:1] <- t[8*j; 8; 8:1], bias=m[0; 8; 1:1], func=exp
    }
    tensor_tensor sum[0; 8; 1:1] <- lhs=sum[0; 8; 1:1], rhs=m[0; 8; 1:1], op=add stage 1
    dma y[8*i, 0; 8:16; 16:1] <- t[0; 8; 16:1] stage 2
  }
}
`;

function complaints(text: string): string[] {
  return verifyTile(tileProgram(text)).map(({ code, args }) => `${code} ${errorMessage(code, args)}`);
}

test("a last use that comes before the first write in the text ends one iteration earlier", () => {
  const last = "    dma y[8*i, 0; 8:16; 16:1] <- t[0; 8; 16:1] stage 2\n";
  const load = "    dma t[0; 8; 16:1] <- x[8*i, 0; 8:16; 16:1]\n";
  const moved = staged
    .replace(last, "")
    .replace(load, `${last}${load}`)
    .replace("t: f32[8, 16] x3", "t: f32[8, 16] x2");
  expect(moved).toContain(`${last}${load}`);
  expect(complaints(moved)).toEqual([]);
});

test("stages that keep the order are accepted", () => {
  expect(complaints(staged)).toEqual([]);
});

test.each([
  [
    "too few slots",
    "t: f32[8, 16] x3",
    "t: f32[8, 16] x2",
    "`t`: expected 3 slots, one for each iteration that uses it at a time, found 2",
  ],
  [
    "what iterations share",
    "lhs=sum[0; 8; 1:1], rhs=m[0; 8; 1:1], op=add stage 1",
    "lhs=sum[0; 8; 1:1], rhs=m[0; 8; 1:1], op=add stage 1\n    memset sum[0; 8; 1:1] stage 2",
    "`sum`: expected stage 1, to be through before the next iteration, found stage 2",
  ],
  [
    "outside of a loop",
    "memset sum[0; 8; 1:1]\n",
    "memset sum[0; 8; 1:1] stage 1\n",
    "expected a stage in the body of a loop",
  ],
  ["too many", "t[0; 8; 16:1] stage 2", "t[0; 8; 16:1] stage 64", "expected a stage from 0 to 63, found 64"],
])("refused: %s", (_name, right, wrong, wanted) => {
  expect(staged).toContain(right);
  const found = complaints(staged.replace(right, wrong));
  expect(found.join("\n")).toContain(wanted);
  expect(found).toHaveLength(1);
});

test.each([-1, 0.5, Number.NaN, 2 ** 60])("a stage of %d is refused", (stage) => {
  const program = JSON.parse(JSON.stringify(tileProgram(staged)), (key, value) => (key === "stage" ? stage : value));
  expect(verifyTile(program).map(({ code }) => code)).toContain("E0638");
});
