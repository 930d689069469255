// Random graphs go through all stages, and every stage computes the same (see stages.ts); a schedule that does not fit is
// told, never a crash. The seeds are the same in every run unless TGC_SEED says otherwise; TGC_LONG makes more runs. A
// failing case prints its graph, its seed and its path.
import fc from "fast-check";
import { describe, test } from "vitest";
import { type RandomCase, type RandomGraphOptions, smoothOps } from "../../src/find/fuzz/random-graph.ts";
import { randomCase } from "./random-graph.ts";
import { exactOps, productOps, stageOptions } from "./random-stages.ts";
import { runStages, type StageOptions } from "./stages.ts";

const isLong = process.env.TGC_LONG !== undefined;
const seed = Number(process.env.TGC_SEED ?? 1);

interface Kind {
  readonly name: string;
  readonly options: RandomGraphOptions;
  readonly runs: number;
}

const kinds: readonly Kind[] = [
  { name: "all smooth ops", runs: 35, options: { ops: smoothOps, dtypes: ["f32", "i32", "bool"], maxNodes: 8 } },
  { name: "all exact ops", runs: 25, options: { ops: exactOps, dtypes: ["f32", "i32", "bool"], maxNodes: 8 } },
  { name: "low precision", runs: 25, options: { ops: smoothOps, dtypes: ["f32", "bf16", "f16"], maxNodes: 8 } },
  { name: "products", runs: 35, options: { ops: productOps, dtypes: ["f32", "bool"], maxNodes: 5, maxSize: 30 } },
  { name: "larger graphs", runs: 20, options: { ops: smoothOps, dtypes: ["f32", "i32"], maxNodes: 15, maxSize: 20 } },
];

function expectAgreement({ graph, inputs }: RandomCase, options: StageOptions): void {
  const outcome = runStages(graph, inputs, options);
  if (outcome.kind === "wrong") throw new Error(`${outcome.stage}: ${outcome.why}`);
}

describe("all stages compute the same", () => {
  test.each(kinds)("$name", ({ options, runs }) => {
    fc.assert(fc.property(randomCase(options), stageOptions, expectAgreement), {
      numRuns: isLong ? 20 * runs : runs,
      seed,
    });
  });
});
