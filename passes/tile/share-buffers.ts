// Tile program -> tile program: values of one size share a buffer.

import { ok } from "../../ir-spec/base/result.ts";
import { shareBuffers as shareInBody } from "../lower/body/share.ts";
import { definePass } from "../pass.ts";
import { changeBodies } from "./change-bodies.ts";

export const shareBuffers = definePass({
  name: "share-buffers",
  summary: "lets values of one size share a buffer",
  detail: `A result is written over an operand that nothing reads afterwards, or into a buffer whose value is dead. So a chain of values of one size
takes one buffer, and more tiles are in flight. Columns keep their own buffers, as they take no room, and so does what a loop in the body
uses. Lowering does the same to the bodies that it makes.`,
  before: `program example
hbm x: f32[128, 64] input
hbm y: f32[128, 64] output
kernel y (relu, neg) {
  sbuf a: f32[128, 64]
  dma a[0; 128; 64:1] <- x[0, 0; 128:64; 64:1]
  sbuf b: f32[128, 64]
  activation b[0; 128; 64:1] <- a[0; 128; 64:1], func=relu
  sbuf c: f32[128, 64]
  tensor_scalar c[0; 128; 64:1] <- b[0; 128; 64:1], op0=multiply, imm0=-1
  dma y[0, 0; 128:64; 64:1] <- c[0; 128; 64:1]
}`,
  after: `program example
hbm x: f32[128, 64] input
hbm y: f32[128, 64] output

kernel y (relu, neg) {
  sbuf a: f32[128, 64]
  dma a[0; 128; 64:1] <- x[0, 0; 128:64; 64:1]
  activation a[0; 128; 64:1] <- a[0; 128; 64:1], func=relu
  tensor_scalar a[0; 128; 64:1] <- a[0; 128; 64:1], op0=multiply, imm0=-1
  dma y[0, 0; 128:64; 64:1] <- a[0; 128; 64:1]
}`,
  from: "tile",
  to: "tile",
  options: {},
  run: (program) =>
    ok(changeBodies("share-buffers", program, (builder, body) => ({ body: shareInBody(builder, body) }))),
});
