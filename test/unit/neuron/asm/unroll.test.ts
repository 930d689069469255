// Unrolled streams: loops run through, ring registers counted modulo their slots, flags and sizes known.
import { expect, test } from "vitest";
import { parseStream } from "../../../../targets/neuron/asm/parse-stream.ts";
import { printStream } from "../../../../targets/neuron/asm/print-stream.ts";
import { unrollStream } from "../../../../targets/neuron/asm/unroll-stream.ts";

const looped = `stream t for tiny

kernel 0 a ()

ring r0 "tile" x2

queue pe {
  kernel 0: for m in 0..2 { for k in 0..min(2, 3 - 2*m) step r0 {
    matmul dst=psum[0x10*m; min(8, 12 - 8*m); 8:1] f32, moving=sbuf[0x40 + 0x100*r0; 8; 8:1] bf16, accumulate=notFirst(k)
  } }
}
`;

const flat = `stream t for tiny

kernel 0 a ()

queue pe {
  kernel 0: matmul dst=psum[0x0; 8; 8:1] f32, moving=sbuf[0x40; 8; 8:1] bf16, accumulate=false
  matmul dst=psum[0x0; 8; 8:1] f32, moving=sbuf[0x140; 8; 8:1] bf16, accumulate=true
  matmul dst=psum[0x10; 4; 8:1] f32, moving=sbuf[0x40; 8; 8:1] bf16, accumulate=false
}
`;

test("every execution is an instruction of its own", () => {
  const result = parseStream({ name: "test", text: looped });
  if (!result.ok) throw new Error("the text is right");
  expect(printStream(result.value)).toBe(looped);
  expect(printStream(unrollStream(result.value))).toBe(flat);
});
