// Tile program -> tile program: what is the same in each iteration of a loop is computed before it.

import { ok } from "../../ir-spec/base/result.ts";
import { hoistInvariants as hoistFromBody } from "../lower/body/hoist.ts";
import { definePass } from "../pass.ts";
import { changeBodies } from "./change-bodies.ts";

export const hoistInvariants = definePass({
  name: "hoist-invariants",
  summary: "computes what no iteration changes before the loop",
  detail: `Constants, and what is made of tiles that the loop only reads. Transfers stay: what is loaded again and again may not fit on chip. A loop
that may run no iteration is left alone, and so are statements whose sizes depend on it. Lowering does the same to the bodies that it makes.`,
  before: `program example
hbm x: f32[256, 64] input
hbm y: f32[256, 64] output
kernel y (add) {
  for i in 0..2 {
    sbuf c: f32[128, 1]
    memset c[0; 128; 1:1] <- value=3
    sbuf h: f32[128, 64] x2
    dma h[0; 128; 64:1] <- x[128*i, 0; 128:64; 64:1]
    tensor_scalar h[0; 128; 64:1] <- h[0; 128; 64:1], scalar0=c[0; 128; 1:1], op0=add
    dma y[128*i, 0; 128:64; 64:1] <- h[0; 128; 64:1]
  }
}`,
  after: `program example
hbm x: f32[256, 64] input
hbm y: f32[256, 64] output

kernel y (add) {
  sbuf c: f32[128, 1]
  memset c[0; 128; 1:1] <- value=3
  for i in 0..2 {
    sbuf h: f32[128, 64] x2
    dma h[0; 128; 64:1] <- x[128*i, 0; 128:64; 64:1]
    tensor_scalar h[0; 128; 64:1] <- h[0; 128; 64:1], scalar0=c[0; 128; 1:1], op0=add
    dma y[128*i, 0; 128:64; 64:1] <- h[0; 128; 64:1]
  }
}`,
  from: "tile",
  to: "tile",
  options: {},
  run: (program) =>
    ok(
      changeBodies("hoist-invariants", program, (builder, body, loop) => {
        if (loop === undefined || loop.trips.limit !== undefined || loop.trips.max === 0) return { body };
        return hoistFromBody(builder, body, { isLeft: (left) => left === loop.loop, keepsBorders: true });
      }),
    ),
});
