// Tile program -> tile program: neighbouring statements take the forms that instructions have, by THE TABLE OF FUSED FORMS.

import { ok } from "../../ir-spec/base/result.ts";
import { rewriteBody } from "../lower/body/rewrite.ts";
import { definePass } from "../pass.ts";
import { changeBodies } from "./change-bodies.ts";

export const fuseStatements = definePass({
  name: "fuse-statements",
  summary: "makes neighbouring statements fewer or faster ones, such as instructions are",
  detail: `Applies the table of fused forms ([fused forms](#fused-forms)) to each body, each row as often as it fits and where the target's costs say that it is faster.
A statement counts as computed in f32 and rounded once, at its end, so that a row changes no number but where it says so. What nothing reads
any more is removed. Lowering does the same to the bodies that it makes.`,
  before: `program example
hbm x: f32[128, 64] input
hbm c: f32[128, 1] input
hbm y: f32[128, 64] output
kernel y (sub, mul) {
  sbuf h: f32[128, 64]
  dma h[0; 128; 64:1] <- x[0, 0; 128:64; 64:1]
  sbuf m: f32[128, 1]
  dma m[0; 128; 1:1] <- c[0, 0; 128:1; 1:1]
  sbuf t: f32[128, 64]
  tensor_scalar t[0; 128; 64:1] <- h[0; 128; 64:1], scalar0=m[0; 128; 1:1], op0=subtract
  sbuf z: f32[128, 64]
  tensor_scalar z[0; 128; 64:1] <- t[0; 128; 64:1], op0=multiply, imm0=2
  dma y[0, 0; 128:64; 64:1] <- z[0; 128; 64:1]
}`,
  after: `program example
hbm x: f32[128, 64] input
hbm c: f32[128, 1] input
hbm y: f32[128, 64] output

kernel y (sub, mul) {
  sbuf h: f32[128, 64]
  dma h[0; 128; 64:1] <- x[0, 0; 128:64; 64:1]
  sbuf m: f32[128, 1]
  dma m[0; 128; 1:1] <- c[0, 0; 128:1; 1:1]
  sbuf z: f32[128, 64]
  tensor_scalar z[0; 128; 64:1] <- h[0; 128; 64:1], scalar0=m[0; 128; 1:1], op0=subtract, op1=multiply, imm1=2
  dma y[0, 0; 128:64; 64:1] <- z[0; 128; 64:1]
}`,
  from: "tile",
  to: "tile",
  options: {},
  run: (program, _options, { engineCost }) =>
    ok(
      changeBodies("fuse-statements", program, (builder, body) => ({
        body: rewriteBody({ builder, engineCost }, body),
      })),
    ),
});
