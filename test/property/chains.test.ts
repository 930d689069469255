// Random chains (see random-chains.ts) go through all stages, on random schedules and machines: every stage computes the same, or the
// kernel is refused by a diagnostic. TGC_SEED picks other chains, TGC_LONG makes more of them.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fusionModes } from "../../ir-spec/fusion-mode.ts";
import { makeRandomInputs } from "../../ir-spec/random-tensor.ts";
import type { Schedule } from "../../ir-spec/schedule.ts";
import { isChain } from "../../passes/lower/chain/levels.ts";
import { makeRandom } from "../../src/find/fuzz/random-choices.ts";
import { pickSchedule } from "../../src/find/fuzz/random-schedule.ts";
import { machineByName } from "../../targets/neuron/machines/index.ts";
import { parseGraph } from "../unit/passes/support.ts";
import { type ChainSpec, chainText } from "./chain-text.ts";
import { blockedSpec, chainSpec } from "./random-chains.ts";
import { pickMachine } from "./random-machine.ts";
import { runStages, type StageOptions, type StageOutcome } from "./stages.ts";

const isLong = process.env.TGC_LONG !== undefined;
const seed = Number(process.env.TGC_SEED ?? 1);

interface ChainCase {
  readonly spec: ChainSpec;
  readonly machine: string;
  /** Seeds the machine, where it is a random one, and the schedule. */
  readonly own: number;
  /** The columns of a block, in tiles; as the schedule has it unless given. */
  readonly block?: number;
}

function withBlocks(schedule: Schedule | undefined, block_columns: number): Schedule {
  const [own] = schedule?.kernels ?? [];
  return { name: "random", graph: "*", kernels: [{ kernel: "*", fields: { ...own?.fields, block_columns } }] };
}

/** Fails with the program where a stage computes something else. */
function agreement({ spec, machine: name, own, block }: ChainCase): StageOutcome["kind"] {
  const random = makeRandom(own);
  const machine = machineByName(name) ?? pickMachine(random).machine;
  const graph = parseGraph(chainText(spec));
  // A kernel that a user wrote as a chain gets fields of chains; what `fuse` makes may be of several kinds.
  const isOne = graph.kernels.length === 1 && isChain({ name: "y", nodes: graph.nodes, outputs: [] });
  const picked = random.oneIn(2) ? pickSchedule(random, isOne ? ["chain"] : undefined) : undefined;
  const schedule = block === undefined ? picked : withBlocks(picked, block);
  const fusion = random.pick(fusionModes);
  const options: StageOptions = { machine, strategy: random.pick(["naive", "heuristic"]), schedule, fusion };
  const outcome = runStages(graph, makeRandomInputs(graph, 1), options);
  if (outcome.kind === "wrong") {
    const fields = JSON.stringify(schedule?.kernels[0]?.fields ?? {});
    throw new Error(`${outcome.stage}: ${outcome.why}\n${chainText(spec)}${options.strategy} ${fusion} ${fields}`);
  }
  return outcome.kind;
}

/** Many a random machine has room for no chain at all; on a large one the choice of a schedule takes the longest. */
const machines: readonly (readonly [name: string, runs: number, longRuns: number, agreeing: number])[] = [
  ["tiny", 6, 800, 0.25],
  ["trn2", 3, 100, 0.25],
  ["random", 6, 500, 0],
];

describe("chains compute what their nodes say, or are refused", () => {
  test.each(machines)(`on %s, seed ${seed}`, (machine, runs, longRuns, least) => {
    const numRuns = isLong ? longRuns : runs;
    const cases = fc.record({ spec: chainSpec, machine: fc.constant(machine), own: fc.nat(2 ** 31 - 1) });
    let agreeing = 0;
    const check = fc.property(cases, (found) => {
      if (agreement(found) === "agrees") agreeing++;
    });
    fc.assert(check, { numRuns, seed });
    expect(agreeing).toBeGreaterThanOrEqual(least * numRuns);
  });

  test(`with rows in blocks, seed ${seed}`, () => {
    const machine = fc.constantFrom("tiny", "tiny", "random");
    const [own, block] = [fc.nat(2 ** 31 - 1), fc.integer({ min: 1, max: 3 })];
    const check = fc.property(fc.record({ spec: blockedSpec, machine, own, block }), (found) => {
      agreement(found);
    });
    fc.assert(check, { numRuns: isLong ? 600 : 6, seed });
  });
});
