// Random legal machines (random-machine.ts), each with a random graph: all stages compute the same on it, or it is said what
// does not fit. A machine of few partitions, one bank or one queue is as good as any other. The seeds are the same in every
// run unless TGC_SEED says otherwise; TGC_LONG makes more runs. A failing case prints its graph, its machine, its seed and
// its path.
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { type RandomCase, type RandomGraphOptions, randomCase, smoothOps } from "./random-graph.ts";
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

describe("on any legal machine all stages compute the same", () => {
  test.each(kinds)("$name", ({ options, runs }) => {
    fc.assert(fc.property(randomCase(options), randomMachine, choices, expectAgreement), {
      numRuns: isLong ? 100 * runs : runs,
      seed,
    });
  });

  test("most machines can run most graphs", () => {
    expect(tally.agrees).toBeGreaterThan(tally["does-not-fit"]);
  });
});
