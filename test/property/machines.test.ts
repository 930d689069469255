// Random legal machines (random-machine.ts), each with a random graph: all stages compute the same on it, or it is said what
// does not fit. A machine of few partitions, one bank or one queue is as good as any other. The seeds are the same in every
// run unless TGC_SEED says otherwise; TGC_LONG makes more runs. A failing case prints its graph, its machine, its seed and
// its path.
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { Machine } from "../../ir-spec/machine.ts";
import { type RandomCase, type RandomGraphOptions, smoothOps } from "../../src/find/fuzz/random-graph.ts";
import { parseStream } from "../../targets/neuron/asm/parse-stream.ts";
import { checkStream } from "../../targets/neuron/check/check.ts";
import { type InstName, instDef, instNames } from "../../targets/neuron/isa/index.ts";
import { simulate } from "../../targets/neuron/sim/simulate.ts";
import type { Stream } from "../../targets/neuron/stream.ts";
import { randomCase } from "./random-graph.ts";
import { type RandomMachine, randomMachine } from "./random-machine.ts";
import { type Choices, choices, exactOps, productOps } from "./random-stages.ts";
import { runStages } from "./stages.ts";

const isLong = process.env.TGC_LONG !== undefined;
const seed = Number(process.env.TGC_SEED ?? 1);

interface Kind {
  readonly name: string;
  readonly options: RandomGraphOptions;
  readonly runs: number;
}

const chains = ["matmul", "matmul", "matmul", "transpose", "add", "gelu"] as const;

const kinds: readonly Kind[] = [
  { name: "smooth ops", runs: 15, options: { ops: smoothOps, dtypes: ["f32", "bf16", "f16"], maxNodes: 6 } },
  { name: "exact ops", runs: 15, options: { ops: exactOps, dtypes: ["f32", "i32", "bool"], maxNodes: 6 } },
  { name: "products", runs: 15, options: { ops: productOps, dtypes: ["f32", "bf16"], maxNodes: 4, maxSize: 30 } },
  {
    name: "chains of products",
    runs: 15,
    options: { ops: chains, dtypes: ["f32"], maxNodes: 5, maxSize: 40, maxRank: 3 },
  },
];

const tally = { agrees: 0, "does-not-fit": 0 };
afterAll(() => console.info(`random machines, seed ${seed}: ${JSON.stringify(tally)}`));

function expectAgreement({ graph, inputs }: RandomCase, { machine }: RandomMachine, choice: Choices): void {
  const outcome = runStages(graph, inputs, { machine, ...choice });
  if (outcome.kind === "wrong") throw new Error(`${outcome.stage}: ${outcome.why}`);
  tally[outcome.kind]++;
}

/** A stream of one instruction as its row shows it, in loops. */
function exampleStream(name: InstName, queue: string, machine: Machine): Stream {
  const text = `stream example for ${JSON.stringify(machine.name)}
tensor wte: bf16[50257, 768] input @0x0, x: bf16[128, 768] input @0x8000000
sem s0 "" ${queue} -> ${queue} = 9
kernel 0 k () schedule ""
queue ${queue} {
  kernel 0:
  for i0 in 0..2 { for i3 in 0..2 {
    ${instDef(name).example}
  } }
}
`;
  const read = parseStream({ name: "example.s", text });
  if (!read.ok) throw new Error(`${name}: ${JSON.stringify(read.error)}`);
  return read.value;
}

/** It has a time, or it is refused; nothing on the way throws. */
function expectTimeOrRefusal({ machine }: RandomMachine): void {
  for (const name of instNames) {
    const [unit = "sp"] = instDef(name).units;
    const stream = exampleStream(name, unit === "dma" ? "dma0" : unit, machine);
    checkStream(stream, machine);
    const ran = simulate(stream, machine, undefined);
    if (!ran.ok) continue;
    const { timeNs, engines } = ran.value.report;
    const times = [timeNs, ...Object.values(engines).flatMap(({ busyNs, waitingNs }) => [busyNs, waitingNs])];
    expect([name, times.every((ns) => Number.isFinite(ns) && ns >= 0)]).toEqual([name, true]);
  }
}

test("on any legal machine every instruction has a time or is refused", () => {
  fc.assert(fc.property(randomMachine, expectTimeOrRefusal), { numRuns: isLong ? 100 : 5, seed });
});

describe("on any legal machine all stages compute the same", () => {
  test.each(kinds)("$name", ({ options, runs }) => {
    fc.assert(fc.property(randomCase(options), randomMachine, choices, expectAgreement), {
      numRuns: isLong ? 20 * runs : runs,
      seed,
    });
  });

  test("most machines can run most graphs", () => {
    expect(tally.agrees).toBeGreaterThan(tally["does-not-fit"]);
  });
});
