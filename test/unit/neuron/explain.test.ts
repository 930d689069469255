// Explanations say what the simulator does: the same times, and every number with its source.
import { expect, test } from "vitest";
import { invariant } from "../../../ir-spec/base/result.ts";
import { explainInstruction, instructionsOf } from "../../../targets/neuron/sim/explain.ts";
import type { QueueName, Stream } from "../../../targets/neuron/stream.ts";
import { productStream, tiny } from "./simulate-fixtures.ts";

const explain = (stream: Stream, queue: QueueName, inst: string) => {
  const index = instructionsOf(stream, queue).findIndex((found) => found.inst === inst);
  const explanation = explainInstruction(stream, { queue, index }, tiny);
  invariant(explanation !== undefined, `${queue} has a ${inst}`);
  return explanation;
};

test("a matmul's numbers, with their sources", () => {
  const { parts, fields, rule } = explain(productStream(), "pe", "matmul");
  const nsPerCycle = 1e9 / tiny.peClockHz;
  expect(parts[0]?.ns).toBeCloseTo((tiny.peOverheadCycles + 16) * nsPerCycle, 6);
  expect(parts[1]?.ns).toBeCloseTo((tiny.peLatencyCycles + 16) * nsPerCycle, 6);
  expect(rule).toContain("peOverheadCycles");
  const known = fields.map(({ name, value, source }) => [name, value, source]);
  expect(known).toContainEqual(["peOverheadCycles", tiny.peOverheadCycles, tiny.sources.peOverheadCycles]);
  expect(fields.map(({ name }) => name)).not.toContain("dveOverheadCycles");
});

test("a transfer is explained from the trigger to the end", () => {
  const { parts, fields } = explain(productStream(), "dma1", "dma_copy");
  const names = fields.map(({ name }) => name);
  for (const name of ["dmaStartNs", "dmaDescriptorNs", "dmaFinishNs", "hbmBytesPerSecond"])
    expect(names).toContain(name);
  const wholeNs = parts.at(-1)?.ns ?? Number.NaN;
  expect(wholeNs).toBeGreaterThan(tiny.dmaStartNs + tiny.dmaFinishNs);
});

test("tokens cost a hop, into the array another one; where nothing stands nothing is explained", () => {
  const hopNs = (queue: QueueName) => explain(productStream(), queue, "acquire").parts.at(-1)?.ns;
  expect([hopNs("pe"), hopNs("act")]).toEqual([tiny.peSemaphoreHopNs, tiny.semaphoreHopNs]);
  const released = explain(productStream(), "pe", "release");
  expect(released.parts.at(-1)?.ns).toBe(tiny.peReleaseNs);
  expect(explainInstruction(productStream(), { queue: "pool", index: 0 }, tiny)).toBeUndefined();
  expect(explainInstruction(productStream(), { queue: "pe", index: 99 }, tiny)).toBeUndefined();
});
