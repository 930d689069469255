// Kernels are equal, for whoever plans their time, where they differ in names and in where their tensors begin.
import { expect, test } from "vitest";
import { kernelKey } from "../../../passes/tile/kernel-key.ts";
import { tileProgram } from "./support.ts";

const program = (first: string, second: string): string => `program layers
hbm x: f32[4, 8, 16] input
hbm y: f32[4, 8, 16] output

kernel a (copy) {
  for p in 0..1 {
    sbuf t: f32[8, 16] x2
    dma t[0; 8; 16:1] <- x[${first}, p, 0; 8:16; 16:1]
    dma y[${second}, p, 0; 8:16; 16:1] <- t[0; 8; 16:1]
  }
}`;

function keyOf(text: string): string {
  const made = tileProgram(text);
  const [kernel] = made.kernels;
  if (kernel === undefined) throw new Error("no kernel");
  return kernelKey(kernel, made);
}

test("layers that read and write their parts of tensors are equal", () => {
  expect(keyOf(program("3", "2"))).toBe(keyOf(program("0", "0")));
  expect(keyOf(program("3", "2").replaceAll("t[", "u[").replace("sbuf t", "sbuf u"))).toBe(keyOf(program("0", "0")));
});

test("two places of one tensor lie as far apart", () => {
  const inPlace = (to: string): string =>
    program("0", "0")
      .replace("hbm x: f32[4, 8, 16] input", "hbm x: f32[4, 8, 16] state")
      .replace("y[0, p", `x[${to}, p`);
  expect(keyOf(inPlace("0"))).not.toBe(keyOf(inPlace("1")));
});
