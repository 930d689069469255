// Mutants of compiled streams: the check reports each, or it is harmless. What passes the check must compute the same on
// machines of very different speeds, and where only tokens were changed, the same as the stream itself. TGC_SEED picks
// another sample; TGC_LONG takes all mutants.
import { describe, expect, test } from "vitest";
import type { Tensor } from "../../ir-spec/base/tensor.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import { makeRandomInputs } from "../../ir-spec/random-tensor.ts";
import { checkStream } from "../../targets/neuron/check/check.ts";
import { machineByName } from "../../targets/neuron/machines/index.ts";
import { simulate } from "../../targets/neuron/sim/simulate.ts";
import type { Stream } from "../../targets/neuron/stream.ts";
import { parseGraph } from "../unit/passes/support.ts";
import { type Mutant, type MutationKind, mutantsOf, sampleMutants } from "./mutations.ts";
import { runStages } from "./stages.ts";

const isLong = process.env.TGC_LONG !== undefined;
const seed = Number(process.env.TGC_SEED ?? 1);
const sampled = 40;

const texts: readonly (readonly [name: string, text: string])[] = [
  ["map", "graph g(x: f32[20, 6], y: f32[20, 6]) -> (z: f32[20, 6]) { z = relu(x + y) * 2 }"],
  ["softmax", "graph g(x: f32[20, 6]) -> (y: f32[20, 6]) { y = softmax(x) }"],
  [
    "layer norm",
    `graph g(x: f32[20, 6], weight s: f32[6], weight b: f32[6]) -> (y: f32[20, 6]) {
      y = layer_normalization(x, s, b)
    }`,
  ],
  [
    "product",
    `graph g(x: bf16[20, 18], weight w: bf16[18, 20], weight b: bf16[20]) -> (y: bf16[20, 20]) {
      y = gelu(matmul(x, w) + b)
    }`,
  ],
  [
    "two products",
    `graph g(x: f32[10, 9], weight w: f32[9, 12], weight v: f32[12, 9]) -> (y: f32[10, 9]) {
      y = x + matmul(relu(matmul(x, w)), v)
    }`,
  ],
  ["attention", "graph g(q: f32[1, 2, 9, 4], k: f32[1, 2, 9, 4]) -> (y: f32[1, 2, 9, 4]) { y = attention(q, k, k) }"],
  [
    "moved",
    `graph g(x: f32[9, 4], i: i32[10], state c: f32[12, 4]) -> (y: f32[10, 4]) {
      y = gather(concat(x, x, axis=0), i)
      c = update_slice(c, x, starts=[2, 0])
    }`,
  ],
];

function tinyMachine(): Machine {
  const machine = machineByName("tiny");
  if (machine === undefined) throw new Error("no machine tiny");
  return machine;
}

const tiny = tinyMachine();
const machines: readonly Machine[] = [
  tiny,
  { ...tiny, peClockHz: tiny.peClockHz / 50, actClockHz: tiny.actClockHz / 20 },
  { ...tiny, dveClockHz: tiny.dveClockHz / 50, poolClockHz: tiny.poolClockHz / 20 },
  { ...tiny, dmaStartNs: tiny.dmaStartNs * 50 },
  { ...tiny, dmaStartNs: 0, semaphoreHopNs: tiny.semaphoreHopNs * 100 },
];

interface Case {
  readonly stream: Stream;
  readonly inputs: ReadonlyMap<string, Tensor>;
}

function caseOf(text: string): Case {
  const graph = parseGraph(text);
  const inputs = makeRandomInputs(graph, seed);
  const outcome = runStages(graph, inputs, { machine: tiny, strategy: "heuristic" });
  if (outcome.kind !== "agrees") throw new Error(JSON.stringify(outcome));
  return { stream: outcome.stream, inputs };
}

/** The outputs on a machine as text, or the codes of what the simulator refuses. */
function outputsOf(stream: Stream, inputs: Case["inputs"], machine: Machine): string {
  const result = simulate(stream, machine, inputs);
  if (!result.ok) return result.error.map(({ code }) => code).join();
  return [...result.value.outputs].map(([name, { data }]) => `${name}: ${data.join()}`).join("\n");
}

/** What a mutant that passes the check computes: all different outputs over the machines. */
function outputsOfAll({ stream }: Pick<Mutant, "stream">, inputs: Case["inputs"]): readonly string[] {
  return [...new Set(machines.map((machine) => outputsOf(stream, inputs, machine)))];
}

const tokenKinds: readonly MutationKind[] = ["remove-token", "double-token", "move-token"];

describe.each(texts)("%s", (_name, text) => {
  const { stream, inputs } = caseOf(text);
  const passing = (mutants: readonly Mutant[]) => mutants.filter((mutant) => checkStream(mutant.stream, tiny).ok);

  test("the stream computes the same on all machines", () => {
    expect(outputsOfAll({ stream }, inputs)).toHaveLength(1);
  });
  test("without any one acquire or release it is reported, or harmless", () => {
    const wanted = outputsOfAll({ stream }, inputs);
    const mutants = mutantsOf(stream, ["remove-token"]);
    const harmless = passing(mutants);
    expect(harmless.length).toBeLessThan(mutants.length / 2);
    const changed = harmless.filter((mutant) => outputsOfAll(mutant, inputs).join() !== wanted.join());
    expect(changed.map(({ name }) => name)).toEqual([]);
  });
  test("mutants that pass the check do not depend on timing", () => {
    const wanted = outputsOfAll({ stream }, inputs);
    for (const mutant of passing(isLong ? mutantsOf(stream) : sampleMutants(stream, seed, sampled))) {
      const found = outputsOfAll(mutant, inputs);
      expect({ name: mutant.name, outputs: found.length }).toEqual({ name: mutant.name, outputs: 1 });
      if (tokenKinds.includes(mutant.kind)) expect(found, mutant.name).toEqual(wanted);
    }
  });
});
