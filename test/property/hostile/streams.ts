// Streams, as texts and as images: read, printed and read again, encoded and decoded, checked, and run on the simulator with
// small bounds of their work.
import { expect } from "vitest";
import { noSpans } from "../../../ir-spec/base/span.ts";
import { elementCount } from "../../../ir-spec/base/tensor.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { makeRandomTensor } from "../../../ir-spec/random-tensor.ts";
import type { Random } from "../../../src/find/fuzz/random-choices.ts";
import { parseLocatedStream } from "../../../targets/neuron/asm/parse-stream.ts";
import { printStream } from "../../../targets/neuron/asm/print-stream.ts";
import { checkForTime, checkStream } from "../../../targets/neuron/check/check.ts";
import { decodeStream } from "../../../targets/neuron/encode/decode.ts";
import { encodeStream } from "../../../targets/neuron/encode/encode.ts";
import { sealImage } from "../../../targets/neuron/encode/header.ts";
import { simulate } from "../../../targets/neuron/sim/simulate.ts";
import type { Stream } from "../../../targets/neuron/stream.ts";
import { findTooMuchData, findUnbounded } from "../../../targets/neuron/stream-bounds.ts";
import type { StreamSpans } from "../../../targets/neuron/stream-parts.ts";
import { tiny } from "./compiled.ts";
import { refusal, settle } from "./results.ts";

/** Little enough that a thousand inputs take a few seconds. */
const bounds = { maxExecutions: 3000, maxTouchedElements: 200_000, maxSweptGranules: 200_000 };
const maxPrinted = 100_000;

/** A damaged stream's text through all that can be done with it. */
export function useStreamText(random: Random, text: string): string {
  const read = settle(parseLocatedStream({ name: "damaged.s", text }));
  return "code" in read ? read.code : useStream(random, read.value.stream, read.value.spanOf);
}

/** An image; most have the right checksum, so that what they say is looked at. */
export function useImage(random: Random, bytes: Uint8Array): string {
  const image = random.oneIn(8) ? bytes : sealImage(bytes);
  const decoded = settle(decodeStream(image, random.oneIn(4) ? { machine: tiny } : {}));
  return "code" in decoded ? decoded.code : useStream(random, decoded.value, noSpans);
}

const images = new Map<Stream, Uint8Array>();

/** Made once for each stream. */
export function imageOf(stream: Stream): Uint8Array {
  const known = images.get(stream);
  if (known !== undefined) return known;
  const image = settle(encodeStream(stream, tiny));
  if ("code" in image) throw new Error(`a valid stream has no image: ${image.code}`);
  images.set(stream, image.value);
  return image.value;
}

function useStream(random: Random, stream: Stream, spanOf: StreamSpans): string {
  const image = comeBack(stream);
  const machine: Machine = { ...tiny, name: stream.machine };
  const untimed = checkForTime(stream, machine, { ...bounds, spanOf });
  const report = checkStream(stream, machine, { ...bounds, spanOf, redundant: random.oneIn(8) });
  const fate = report.ok ? "taken" : refusal(report.diagnostics);
  if (untimed.length > 0) {
    expect(report.ok).toBe(false);
    return fate;
  }
  expect(image).not.toBe("wrong");
  settle(simulate(stream, machine, undefined, { ...bounds, spanOf }));
  const isSmall = findUnbounded(stream, machine, bounds).length === 0 && findTooMuchData(stream, bounds) === undefined;
  if (isSmall && stream.tensors.every(({ shape }) => elementCount(shape) < bounds.maxTouchedElements)) {
    const ran = settle(simulate(stream, machine, inputsOf(random, stream), { ...bounds, spanOf }));
    // That indices are in range is for the run to see.
    if (report.ok && "code" in ran) expect(ran.code).toBe("E1005");
  }
  return fate;
}

/** A text that is not too long reads back, and so must an image of a stream in which nothing is wrong as it is written. */
function comeBack(stream: Stream): "right" | "wrong" {
  const printed = printStream(stream);
  if (printed.length > maxPrinted) return "right";
  const again = settle(parseLocatedStream({ name: "printed.s", text: printed }));
  expect("value" in again ? printStream(again.value.stream) : again.code).toBe(printed);
  const image = settle(encodeStream(stream, tiny));
  if ("code" in image) return "right";
  const decoded = settle(decodeStream(image.value));
  return "value" in decoded && printStream(decoded.value) === printed ? "right" : "wrong";
}

function inputsOf(random: Random, { tensors }: Stream) {
  return new Map(tensors.map((tensor) => [tensor.name, makeRandomTensor(tensor, random.below(100), "x")]));
}
