// Transposes that run after the instruction before them, on machines whose array can: time alone, values stay.
import { expect, test } from "vitest";
import { invariant } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { machineByName } from "../../../targets/neuron/machines/index.ts";
import { explainInstruction } from "../../../targets/neuron/sim/explain.ts";
import type { Stream, StreamItem } from "../../../targets/neuron/stream.ts";
import { cyclesOf, makeArgs, tile } from "./isa-fixtures.ts";
import { run } from "./simulate-fixtures.ts";
import { acquire, flag, inst, psum, release, sbuf, sideBySide, streamBuilder } from "./stream-fixtures.ts";

const [trn2, trn3] = ["trn2", "trn3"].map(machineByName);
invariant(trn2 !== undefined && trn3 !== undefined, "they are shipped");
/** No clock that rises, so that equal instructions take equal times. */
const steady: Machine = { ...trn3, peColdFactor: 1 };
const plain: Machine = { ...steady, peBackgroundTranspose: 0 };

const source = sbuf("bf16", { at: 0, p: 128, f: 128 });
const transpose = (index: number): StreamItem =>
  inst("transpose", { dst: psum("bf16", { at: 2048 + 256 * index, p: 128, f: 128 }), src: source });
const product: StreamItem = inst("matmul", {
  ...{ dst: psum("f32", { at: 0, p: 128, f: 512 }), moving: sbuf("bf16", { at: 256, p: 128, f: 512 }) },
  accumulate: flag(false),
});
const load: StreamItem = inst("load_weights", { src: source });

function arrayStream(body: readonly StreamItem[]): Stream {
  const b = streamBuilder("trn3");
  b.queue("pe", body);
  return sideBySide(b.build());
}

const busyNs = (body: readonly StreamItem[], machine: Machine): number =>
  run(arrayStream(body), undefined, machine).report.engines.pe.busyNs;

const transposeNs =
  (cyclesOf(
    "transpose",
    makeArgs({ dst: tile("bf16", 128, 128, { memory: "psum" }), src: tile("bf16", 128, 128) }),
    "pe",
    steady,
  ).issueCycles *
    1e9) /
  steady.peClockHz;

test("transposes hide behind a product, as many as it leaves time for", () => {
  const alone = busyNs([load, product], steady);
  expect(busyNs([load, product, transpose(0)], steady)).toBeCloseTo(alone, 6);
  expect(busyNs([load, product, transpose(0), transpose(1)], steady)).toBeCloseTo(alone, 6);
  expect(busyNs([load, product, transpose(0), transpose(1)], plain)).toBeCloseTo(alone + 2 * transposeNs, 6);
  // Of six, four begin after the product, of which the last one sticks out; the other two lie side by side.
  const six = [0, 1, 2, 3, 4, 5].map(transpose);
  const hidden = busyNs([load, product, ...six], steady) - alone;
  expect(hidden).toBeGreaterThan(0);
  expect(hidden).toBeLessThan(2.5 * transposeNs);
});

test("of a chain of transposes two run at a time", () => {
  const chain = Array.from({ length: 8 }, (_x, index) => transpose(index));
  expect(busyNs(chain, plain)).toBeCloseTo(8 * transposeNs, 6);
  expect(busyNs(chain, steady)).toBeCloseTo(4 * transposeNs, 6);
});

test("what waits for a token does not run before it", () => {
  const b = streamBuilder("trn3");
  const [there, back] = [b.sem("there", "pe", "act"), b.sem("back", "act", "pe")];
  b.queue("pe", [load, product, release(there), acquire(back), transpose(0)]);
  b.queue("act", [acquire(there), release(back)]);
  const endOf = (machine: Machine): number => run(b.build(), undefined, machine).report.timeNs;
  expect(endOf(steady)).toBeCloseTo(endOf(plain), 6);
});

test("an explanation says so", () => {
  const whatOf = (machine: Machine): string =>
    explainInstruction(arrayStream([transpose(0)]), { queue: "pe", index: 0 }, machine)?.parts[0]?.what ?? "";
  expect(whatOf(steady)).toContain("may run behind the instruction before it");
  expect(whatOf(trn2)).toBe("until the next instruction can start");
  const fields = explainInstruction(arrayStream([transpose(0)]), { queue: "pe", index: 0 }, steady)?.fields ?? [];
  expect(fields.map(({ name }) => name)).toContain("peBackgroundTranspose");
});
