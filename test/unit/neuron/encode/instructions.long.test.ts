// A hundred thousand random instructions through image and text.
import { expect, test } from "vitest";
import { normalStream } from "../../../../targets/neuron/asm/normal-stream.ts";
import { parseStream } from "../../../../targets/neuron/asm/parse-stream.ts";
import { printStream } from "../../../../targets/neuron/asm/print-stream.ts";
import { decode, encode, streamOfInstructions } from "./image-fixtures.ts";

test("100,000 random instructions come back from image and text", () => {
  for (let seed = 1000; seed < 1100; seed++) {
    const stream = streamOfInstructions(seed, 1000);
    const normal = normalStream(stream);
    expect(decode(encode(stream))).toEqual(normal);
    const read = parseStream({ name: "test", text: printStream(stream) });
    expect(read.ok && read.value).toEqual(normal);
  }
});
