// Tile program -> tile program: engines share the work of a body.

import { ok } from "../../ir-spec/base/result.ts";
import { balanceBody } from "../lower/body/engines.ts";
import { definePass } from "../pass.ts";
import { changeBodies } from "./change-bodies.ts";

export const balanceEngines = definePass({
  name: "balance-engines",
  summary: "gives the statements of loops their engines, each a part of the elements",
  detail: `In a loop whose statements take longer than its transfers, a statement that names no engine gets one, or several of which each computes
a part of its elements, by what the target says that each takes. Integers and what is not elementwise stay where they are. Lowering does the
same to the bodies that it makes.`,
  before: `program example
hbm x: bf16[256, 2048] input
hbm y: bf16[256, 2048] output
kernel y (add) {
  for i in 0..2 {
    sbuf h: bf16[128, 2048] x4
    dma h[0; 128; 2048:1] <- x[128*i, 0; 128:2048; 2048:1]
    sbuf t: f32[128, 2048]
    tensor_tensor t[0; 128; 2048:1] <- lhs=h[0; 128; 2048:1], rhs=h[0; 128; 2048:1], op=add
    tensor_tensor h[0; 128; 2048:1] <- lhs=t[0; 128; 2048:1], rhs=h[0; 128; 2048:1], op=add
    dma y[128*i, 0; 128:2048; 2048:1] <- h[0; 128; 2048:1]
  }
}`,
  after: `program example
hbm x: bf16[256, 2048] input
hbm y: bf16[256, 2048] output

kernel y (add) {
  for i in 0..2 {
    sbuf h: bf16[128, 2048] x4
    dma h[0; 128; 2048:1] <- x[128*i, 0; 128:2048; 2048:1]
    sbuf t: f32[128, 2048]
    tensor_tensor t[0; 128; 1860:1] <- lhs=h[0; 128; 1860:1], rhs=h[0; 128; 1860:1], op=add
    tensor_tensor t[1860; 128; 188:1] <- lhs=h[1860; 128; 188:1], rhs=h[1860; 128; 188:1], op=add on pool
    tensor_tensor h[0; 128; 2048:1] <- lhs=t[0; 128; 2048:1], rhs=h[0; 128; 2048:1], op=add on pool
    dma y[128*i, 0; 128:2048; 2048:1] <- h[0; 128; 2048:1]
  }
}`,
  from: "tile",
  to: "tile",
  options: {},
  run: (program, _options, { machine, engineCost, stepCost }) =>
    ok(
      changeBodies("balance-engines", program, (builder, body, loop) => ({
        body: loop === undefined ? body : balanceBody({ builder, machine, engineCost, stepCost }, body),
      })),
    ),
});
