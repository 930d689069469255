// Kernels that share a semaphore on a machine with few of them start with the fewest tokens that one of them wants; never with fewer
// than the stages of another one need.
import { expect, test } from "vitest";
import { parseTileProgram } from "../../../../ir-spec/parse-tile.ts";
import { checkStream } from "../../../../targets/neuron/check/check.ts";
import { compileTiles } from "../../../../targets/neuron/compile/compile.ts";
import { unwrap } from "../../passes/support.ts";
import { machineNamed } from "../check/fixtures.ts";

/** `act` comes back to `t` two iterations later, so `dma0` may have to load three of them; the other kernel has one slot. */
const text = `program p
hbm x: f32[64, 8] input
hbm y: f32[64, 8] output
hbm z: f32[64, 8] output

kernel deep (exp) {
  for i in 0..8 {
    sbuf t: f32[8, 8] x3
    sbuf u: f32[8, 8] x4
    sbuf v: f32[8, 8] x3
    dma t[0; 8; 8:1] <- x[8*i, 0; 8:8; 8:1]
    activation u[0; 8; 8:1] <- t[0; 8; 8:1], func=exp
    tensor_tensor v[0; 8; 8:1] <- lhs=u[0; 8; 8:1], rhs=u[0; 8; 8:1], op=add stage 1
    activation u[0; 8; 8:1] <- t[0; 8; 8:1], func=tanh stage 2
    dma y[8*i, 0; 8:8; 8:1] <- v[0; 8; 8:1] stage 2
  }
}

kernel flat (exp) {
  for i in 0..8 {
    sbuf t: f32[8, 8]
    sbuf u: f32[8, 8]
    dma t[0; 8; 8:1] <- x[8*i, 0; 8:8; 8:1]
    activation u[0; 8; 8:1] <- t[0; 8; 8:1], func=exp
    dma z[8*i, 0; 8:8; 8:1] <- u[0; 8; 8:1]
  }
}
`;

test("no number of semaphores makes the stream deadlock", () => {
  const tiles = unwrap(parseTileProgram({ name: "p.tile", text }));
  const tiny = machineNamed("tiny");
  const wanted = unwrap(compileTiles(tiles, tiny)).semaphores.length;
  const numbers = Array.from({ length: wanted }, (_, fewer) => wanted - fewer);
  const outcomes = numbers.map((semaphores) => {
    const machine = { ...tiny, semaphores };
    const compiled = compileTiles(tiles, machine);
    if (!compiled.ok) return compiled.error.map(({ code }) => code);
    return checkStream(compiled.value, machine).diagnostics.map(({ code }) => code);
  });
  expect(outcomes.filter((codes) => codes.length > 0 && codes.join() !== "E0802")).toEqual([]);
  expect(outcomes.filter((codes) => codes.length === 0).length).toBeGreaterThan(1);
});
