// Tile program -> tile program: transfers of the parts of one run become one transfer.

import { ok } from "../../ir-spec/base/result.ts";
import { mergeTransfers as mergeInBody } from "../lower/body/merge-transfers.ts";
import { definePass } from "../pass.ts";
import { changeBodies } from "./change-bodies.ts";

export const mergeTransfers = definePass({
  name: "merge-transfers",
  summary: "loads or stores the parts of one run of elements together",
  detail: `Parts follow one another, as the halves of a row do, or alternate, as pairs do. One transfer has longer descriptors, and fewer of them.
A part is a whole tile that nothing else transfers; nothing else in the body may write what is loaded, or touch what is stored. Lowering
does the same to the bodies that it makes.`,
  before: `program example
hbm x: f32[128, 64] input
hbm y: f32[128, 32] output
kernel y (mul) {
  sbuf a: f32[128, 32]
  dma a[0; 128; 32:1] <- x[0, 0; 128:64; 32:1]
  sbuf b: f32[128, 32]
  dma b[0; 128; 32:1] <- x[0, 32; 128:64; 32:1]
  sbuf c: f32[128, 32]
  tensor_tensor c[0; 128; 32:1] <- lhs=a[0; 128; 32:1], rhs=b[0; 128; 32:1], op=multiply
  dma y[0, 0; 128:32; 32:1] <- c[0; 128; 32:1]
}`,
  after: `program example
hbm x: f32[128, 64] input
hbm y: f32[128, 32] output

kernel y (mul) {
  sbuf a: f32[128, 64]
  dma a[0; 128; 64:1] <- x[0, 0; 128:64; 64:1]
  sbuf c: f32[128, 32]
  tensor_tensor c[0; 128; 32:1] <- lhs=a[0; 128; 32:1], rhs=a[32; 128; 32:1], op=multiply
  dma y[0, 0; 128:32; 32:1] <- c[0; 128; 32:1]
}`,
  from: "tile",
  to: "tile",
  options: {},
  run: (program) =>
    ok(changeBodies("merge-transfers", program, (builder, body) => ({ body: mergeInBody(builder, body) }))),
});
