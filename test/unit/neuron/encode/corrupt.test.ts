// Damaged images: always a diagnostic, or another stream whose image is just these bytes; never an exception or a hang.
import { assert, integer, property, uint8Array } from "fast-check";
import { expect, test } from "vitest";
import { parseStream } from "../../../../targets/neuron/asm/parse-stream.ts";
import { printStream } from "../../../../targets/neuron/asm/print-stream.ts";
import { decodeStream } from "../../../../targets/neuron/encode/decode.ts";
import { encodeStream } from "../../../../targets/neuron/encode/encode.ts";
import { sealImage } from "../../../../targets/neuron/encode/header.ts";
import { makeChoices } from "../../random.ts";
import { randomStream } from "../asm/random-stream.ts";
import { complaints, encode, isSameImage, machine, orThrow, smallStream } from "./image-fixtures.ts";

/** Where the fingerprint stands: any value of it is a right one. */
const isFingerprint = (offset: number): boolean => offset >= 16 && offset < 24;

function expectSound(image: Uint8Array): void {
  const decoded = decodeStream(image);
  if (decoded.ok) {
    const again = encodeStream(decoded.value, machine("tiny"));
    if (!again.ok) throw new Error(complaints(again));
    expect(again.value.length).toBe(image.length);
    const text = printStream(decoded.value);
    expect(printStream(orThrow(parseStream({ name: "test", text })))).toBe(text);
  } else {
    const codes = decoded.error.map(({ code }) => code);
    if (!codes.join().startsWith("E09")) throw new Error(`found ${codes}`);
  }
}

function changed(image: Uint8Array, offset: number, xor: number): Uint8Array {
  const copy = image.slice();
  copy[offset] = (copy[offset] ?? 0) ^ xor;
  return copy;
}

test("each byte flipped is found", () => {
  const image = encode(smallStream());
  for (let offset = 0; offset < image.length; offset++) {
    expect(complaints(decodeStream(changed(image, offset, 0xff)))).toMatch(/^E090[6-9] /);
  }
});

test("each byte changed under a right checksum is a diagnostic, or what it says", () => {
  const image = encode(smallStream());
  let read = 0;
  for (let offset = 0; offset < image.length - 8; offset++) {
    const xor = offset % 2 === 0 ? 0x01 : 0xff;
    const sealed = sealImage(changed(image, offset, xor));
    const decoded = decodeStream(sealed);
    if (decoded.ok) read++;
    if (decoded.ok && !isFingerprint(offset)) {
      const again = encodeStream(decoded.value, machine("tiny"));
      if (!again.ok || !isSameImage(again.value, sealed)) throw new Error(`byte ${offset} xor ${xor} is skipped`);
    } else expectSound(sealed);
  }
  expect(read).toBeGreaterThan(0);
});

test("each shorter file is found", () => {
  const image = encode(smallStream());
  for (let length = 0; length < image.length; length++) {
    expect(complaints(decodeStream(image.subarray(0, length)))).toMatch(/^E090[68] /);
    expectSound(sealImage(image.subarray(0, length)));
  }
  expect(complaints(decodeStream(Uint8Array.from([...image, 0])))).toMatch(/^E0908 /);
});

test("garbage is never read as a crash", () => {
  assert(
    property(uint8Array({ maxLength: 600 }), (bytes) => expectSound(bytes)),
    { numRuns: 300 },
  );
});

test("images of random streams with bytes changed under a right checksum never crash", () => {
  assert(
    property(integer(), (seed) => {
      const { below, list } = makeChoices(seed);
      const image = encode(randomStream(seed)).slice();
      list(4, () => {
        image[24 + below(image.length - 24)] = below(256);
      });
      expectSound(sealImage(image));
    }),
    { numRuns: 300 },
  );
});
