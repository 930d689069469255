// Where a machine has too few semaphores for kernels of rings of different depths, the kernels share them: the stream is
// still proven right, and computes the same.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Result } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { makeRandomInputs } from "../../../ir-spec/random-tensor.ts";
import { loadGraph } from "../../../src/driver/choose-graph.ts";
import { graphToTiles } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { checkStream } from "../../../targets/neuron/check/check.ts";
import { compileTiles } from "../../../targets/neuron/compile/compile.ts";
import { simulate } from "../../../targets/neuron/sim/simulate.ts";

function expectOk<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

test("a block of GPT-2 on tiny with fewer semaphores than it wants", () => {
  const target = expectOk(targetByName("tiny"));
  const text = readFileSync("samples/gpt2-block.tg", "utf8");
  const dims = { T: 24, D: 48, H: 2 };
  const { graph } = expectOk(loadGraph({ name: "gpt2-block.tg", text }, { dims }));
  const tiles = expectOk(graphToTiles(graph, { target, strategy: "heuristic" })).value;
  const inputs = makeRandomInputs(graph, 5);
  const runOn = (machine: Machine) => {
    const stream = expectOk(compileTiles(tiles, machine));
    expect(checkStream(stream, machine).diagnostics).toEqual([]);
    return { semaphores: stream.semaphores.length, outputs: expectOk(simulate(stream, machine, inputs)).outputs };
  };
  const wide = runOn({ ...target.machine, semaphores: 256 });
  const narrow = runOn({ ...target.machine, semaphores: wide.semaphores - 1 });
  expect(narrow.semaphores).toBeLessThan(wide.semaphores);
  expect(narrow.outputs).toEqual(wide.outputs);
  // With still fewer the loads share a queue.
  const narrower = runOn({ ...target.machine, semaphores: narrow.semaphores - 1 });
  expect(narrower.outputs).toEqual(wide.outputs);
});
