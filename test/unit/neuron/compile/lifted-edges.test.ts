// What tokens inside a loop say of the body around it is not said again.
import { expect, test } from "vitest";
import { parseTileProgram } from "../../../../ir-spec/parse-tile.ts";
import { checkStream } from "../../../../targets/neuron/check/check.ts";
import { compileTiles } from "../../../../targets/neuron/compile/compile.ts";
import type { Stream, StreamItem } from "../../../../targets/neuron/stream.ts";
import { unwrap } from "../../passes/support.ts";
import { machineNamed } from "../check/fixtures.ts";

/** `act` makes `a`, then a tile `b` for each iteration; `dve` adds them, `first` before it does anything else in the loop. */
const text = (trips: string, first: string): string => `program p
hbm x: f32[8, 8] input
hbm y: f32[8, 8] output

kernel k (all) {
  sbuf s: f32[8, 8]
  dma s[0; 8; 8:1] <- x[0, 0; 8:8; 8:1]
  for h in 0..3 {
    sbuf a: f32[8, 8]
    activation a[0; 8; 8:1] <- s[0; 8; 8:1], func=exp
    for i in 0..${trips} {
      sbuf b: f32[8, 8] x2
      sbuf c: f32[8, 8] x2
      ${first}
      activation b[0; 8; 8:1] <- s[0; 8; 8:1], func=exp
      tensor_tensor c[0; 8; 8:1] <- lhs=a[0; 8; 8:1], rhs=b[0; 8; 8:1], op=add
      dma y[0, 0; 8:8; 8:1] <- c[0; 8; 8:1]
    }
  }
}
`;

/** How many acquires of what `act` has done there are in the text of `dve`. */
function acquiresIn({ queues, semaphores }: Stream): number {
  const count = (body: readonly StreamItem[]): number =>
    body.reduce((sum, item) => {
      if (item.kind === "loop") return sum + count(item.body);
      const { sem } = item.args;
      if (item.inst !== "acquire" || sem?.kind !== "sem") return sum;
      const { producer, initial } = semaphores[sem.sem] ?? {};
      return sum + Number(producer === "act" && initial === 0);
    }, 0);
  return count(queues.find(({ queue }) => queue === "dve")?.body ?? []);
}

test.each([
  ["an acquire at the begin of a loop covers what is in front of the loop", "4", "", 1],
  ["one after other work does not", "4", "memset c[0; 8; 8:1], value=0 on dve", 2],
  ["one of a loop that may have no iterations does not", "min(4, h)", "", 2],
  ["one after a use of it does not", "4", "tensor_copy c[0; 8; 8:1] <- a[0; 8; 8:1] on dve", 2],
] as const)("%s", (_what, trips, first, acquires) => {
  const machine = machineNamed("tiny");
  const stream = unwrap(compileTiles(unwrap(parseTileProgram({ name: "p", text: text(trips, first) })), machine));
  const found = checkStream(stream, machine).diagnostics.map(({ code }) => code);
  expect(found.filter((code) => code !== "E0831")).toEqual([]);
  expect(acquiresIn(stream)).toBe(acquires);
});

test("what a queue does in an inner loop before it acquires is not after the token, two loops further out either", () => {
  const nested = `program p
hbm x: f32[8, 8] input
hbm y: f32[8, 8] output

kernel k (all) {
  sbuf s: f32[8, 8]
  dma s[0; 8; 8:1] <- x[0, 0; 8:8; 8:1]
  sbuf a: f32[8, 8]
  activation a[0; 8; 8:1] <- s[0; 8; 8:1], func=exp
  for h in 0..3 {
    for i in 0..3 {
      sbuf b: f32[8, 8] x2
      sbuf c: f32[8, 8] x2
      tensor_tensor c[0; 8; 8:1] <- lhs=a[0; 8; 8:1], rhs=a[0; 8; 8:1], op=add on dve
      activation b[0; 8; 8:1] <- s[0; 8; 8:1], func=exp
      tensor_tensor c[0; 8; 8:1] <- lhs=c[0; 8; 8:1], rhs=b[0; 8; 8:1], op=add on dve
      dma y[0, 0; 8:8; 8:1] <- c[0; 8; 8:1]
    }
  }
}
`;
  const tiny = machineNamed("tiny");
  const stream = unwrap(compileTiles(unwrap(parseTileProgram({ name: "p.tile", text: nested })), tiny));
  expect(checkStream(stream, tiny).diagnostics).toEqual([]);
});
