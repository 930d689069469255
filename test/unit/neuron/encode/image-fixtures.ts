// What the tests of images share: encoding without a mistake, what a decoder says, and a small stream.
import { errorMessage } from "../../../../ir-spec/base/errors/index.ts";
import { loopId } from "../../../../ir-spec/base/ids.ts";
import type { Diagnostic, Result } from "../../../../ir-spec/base/result.ts";
import type { Machine } from "../../../../ir-spec/machine.ts";
import { parseStream } from "../../../../targets/neuron/asm/parse-stream.ts";
import { decodeStream } from "../../../../targets/neuron/encode/decode.ts";
import { encodeStream } from "../../../../targets/neuron/encode/encode.ts";
import { machineByName } from "../../../../targets/neuron/machines/index.ts";
import type { Stream, StreamItem } from "../../../../targets/neuron/stream.ts";
import { randomInstruction } from "../../../property/random-instruction.ts";
import { makeChoices } from "../../random.ts";

export function machine(name: string): Machine {
  const found = machineByName(name);
  if (found === undefined) throw new Error(`there is no machine ${name}`);
  return found;
}

export const say = ({ code, args }: Diagnostic): string => `${code} ${errorMessage(code, args)}`;

export function orThrow<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.error.map(say).join("\n"));
  return result.value;
}

export const encode = (stream: Stream): Uint8Array => orThrow(encodeStream(stream, machine("tiny")));
export const decode = (image: Uint8Array): Stream => orThrow(decodeStream(image));

/** What a decoder says to an image; empty when it reads it. */
export function complaints(result: Result<unknown>): string {
  return result.ok ? "" : result.error.map(say).join("\n");
}

/** A small stream with something of every section. */
export const smallText = `stream mlp for tiny
tensor x: bf16[128, 768] input @0x0
tensor "w/0": bf16[2] constant @0x30000 = [0.5, 1e-30]

kernel 0 matmul_0 (matmul, add) schedule "tile_m=8"

sem s0 "lhs full" dma0 -> pe, s1 "lhs free" pe -> dma0 = 2
ring r0 "lhs" x2
place kernel 0: lhs sbuf[0x40; 8; 0x100] x2

queue dma0 {
  kernel 0: for k in 0..6 step r0 acquire s1 {
    dma_copy dst=sbuf[0x40 + 0x100*r0; 8@32; 16:1] bf16, src=hbm x[0x10*k; min(8, 500 - 8*k):128; 4:4, 4:1] bf16
    release sem=s0, count=2
  }
}

queue pe {
  kernel 0: for k in 0..6 step r0 acquire s0 release s1 {
    matmul dst=psum[0x0; 8; 8:1] f32, moving=sbuf[0x40 + 0x100*r0; 8; 8:1] bf16, accumulate=notFirst(k)
  }
}
`;

export const smallStream = (): Stream => orThrow(parseStream({ name: "small", text: smallText }));

/** A stream of random instructions in three loops. */
export function streamOfInstructions(seed: number, count: number): Stream {
  const small = smallStream();
  const choices = makeChoices(seed);
  const counts = { kernels: small.kernels.length, rings: 1, semaphores: 2, tensors: 2 };
  const loops = [0, 1, 2].map(loopId);
  const instructions = Array.from({ length: count }, () => randomInstruction(choices, counts, loops));
  const body = loops
    .toReversed()
    .reduce(
      (inner: readonly StreamItem[], loop): readonly StreamItem[] => [
        { kind: "loop", loop, trips: { max: 2 }, advance: [], body: inner },
      ],
      instructions,
    );
  return { ...small, loops: ["a", "b", "c"], queues: [{ queue: "sp", body }] };
}

/** Whether both have the same bytes; faster than a comparison that explains. */
export const isSameImage = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
