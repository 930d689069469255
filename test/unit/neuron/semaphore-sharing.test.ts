// Semaphores are few: those of one kernel take turns on them, kernels share them, and where a machine has too few for rings of
// different depths, these share as well. The stream is still proven right, and computes the same.
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Result } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { makeRandomInputs } from "../../../ir-spec/random-tensor.ts";
import type { Strategy } from "../../../passes/lower/kinds/define.ts";
import { loadGraph } from "../../../src/driver/choose-graph.ts";
import { graphToTiles } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { checkStream } from "../../../targets/neuron/check/check.ts";
import { compileTiles } from "../../../targets/neuron/compile/compile.ts";
import { simulate } from "../../../targets/neuron/sim/simulate.ts";
import type { Stream, StreamItem } from "../../../targets/neuron/stream.ts";
import { runTile } from "../../../targets/ref/tile.ts";

/** The most semaphores that a kernel of test/bench/kernels has, and a whole program. */
const ceilings = { kernel: 40, program: 80 };

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

const compileText = (
  text: string,
  dims: Readonly<Record<string, number>>,
  strategy: Strategy,
  machineName = "trn2",
) => {
  const target = expectOk(targetByName(machineName));
  const { graph } = expectOk(loadGraph({ name: "program.tg", text }, { dims }));
  const tiles = expectOk(graphToTiles(graph, { target, strategy })).value;
  return { graph, tiles, stream: expectOk(compileTiles(tiles, target.machine)), machine: target.machine };
};

const alternations = `graph g<R = 8>(x: f32[R, 64]) -> (y: f32[R, 64]) {
  h = x
  for i in 0..250 { h = tanh(h) * x }
  y = h
}`;

test.each(["trn2", "tiny"])("250 alternations between two engines of %s", (machineName) => {
  const { graph, tiles, stream, machine } = compileText(alternations, { R: 32 }, "naive", machineName);
  expect(checkStream(stream, machine).diagnostics).toEqual([]);
  expect(stream.semaphores.length).toBeLessThan(8);
  const inputs = makeRandomInputs(graph, 1);
  const expected = runTile(tiles, inputs, { rounding: true });
  expect(expectOk(simulate(stream, machine, inputs)).outputs).toEqual(expected);
});

const programs = readdirSync("test/bench/kernels").filter((name) => name.endsWith(".tg"));

test.each(programs)("%s needs few semaphores", (name) => {
  const text = readFileSync(`test/bench/kernels/${name}`, "utf8");
  const { stream } = compileText(text, /\bL = /.test(text) ? { L: 1 } : {}, "heuristic");
  expect(stream.semaphores.length).toBeLessThanOrEqual(ceilings.program);
  for (const [index, used] of semaphoresByKernel(stream).entries())
    expect([index, used.size <= ceilings.kernel ? "few" : used.size]).toEqual([index, "few"]);
});

/** The semaphores that the instructions of each kernel use. */
function semaphoresByKernel({ kernels, queues }: Stream): readonly ReadonlySet<number>[] {
  const used = kernels.map(() => new Set<number>());
  const visit = (body: readonly StreamItem[]): void => {
    for (const item of body) {
      if (item.kind === "loop") visit(item.body);
      else if (item.args.sem?.kind === "sem") used[item.kernel]?.add(item.args.sem.sem);
    }
  };
  for (const { body } of queues) visit(body);
  return used;
}
