// A hundred thousand random instructions through image and text.
import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import { normalStream } from "../../../../targets/neuron/asm/normal-stream.ts";
import { parseStream } from "../../../../targets/neuron/asm/parse-stream.ts";
import { printStream } from "../../../../targets/neuron/asm/print-stream.ts";
import { decode, encode, streamOfInstructions } from "./image-fixtures.ts";

/** Compares fast, and slowly what differs, for its message. */
function expectSame(found: unknown, wanted: unknown): void {
  if (!isDeepStrictEqual(found, wanted)) expect(found).toEqual(wanted);
}

test("100,000 random instructions come back from image and text", () => {
  for (let seed = 1000; seed < 1100; seed++) {
    const stream = streamOfInstructions(seed, 1000);
    const normal = normalStream(stream);
    expectSame(decode(encode(stream)), normal);
    const read = parseStream({ name: "test", text: printStream(stream) });
    expectSame(read.ok && read.value, normal);
  }
});
