// Proof of the stream check by mutation: all mutants of several correct streams (mutation-cases.ts), over a thousand in
// every run, each with one change of a kind that a mistake in the compiler would make. What passes the check is run on
// machines of very different speeds.
//
// Shown of each mutant: the check reports it, or it computes the same on all the machines. Of changes that ask for no
// other computation (tokens removed, doubled or moved, accumulate flags) also: or it computes what the stream itself does.
//
// Not shown: that a shifted address or a grown size is always reported. Such a stream may be a correct stream of another
// computation: it reads other bytes, all of them written before, in an order that its tokens fix. No check can tell without
// knowing the graph; that the stream computes the graph is shown by comparing values (stages.test.ts, `tgc check`).
//
// TGC_SEED picks other inputs and other random graphs; TGC_LONG takes more of these.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Machine } from "../../ir-spec/machine.ts";
import { smoothOps } from "../../src/find/fuzz/random-graph.ts";
import { checkStream } from "../../targets/neuron/check/check.ts";
import { machineByName } from "../../targets/neuron/machines/index.ts";
import { simulate } from "../../targets/neuron/sim/simulate.ts";
import type { Stream } from "../../targets/neuron/stream.ts";
import { withoutTokens } from "../../targets/neuron/without-tokens.ts";
import { caseNames, type MutationCase, makeMutationCase } from "./mutation-cases.ts";
import { type Mutant, type MutationKind, mutantsOf, mutationKinds, sampleMutants } from "./mutations.ts";
import { randomCase } from "./random-graph.ts";
import { runStages } from "./stages.ts";

const isLong = process.env.TGC_LONG !== undefined;
const seed = Number(process.env.TGC_SEED ?? 1);
/** The fewest mutants of a run, random graphs not counted. */
const fewestMutants = 1000;

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

/** The outputs on a machine as text, or the codes of what the simulator refuses. */
function outputsOf(stream: Stream, inputs: MutationCase["inputs"], machine: Machine): string {
  const result = simulate(stream, machine, inputs);
  if (!result.ok) return result.error.map(({ code }) => code).join();
  return [...result.value.outputs].map(([name, { data }]) => `${name}: ${data.join()}`).join("\n");
}

/** All different outputs over the machines. */
function outputsOfAll(stream: Stream, inputs: MutationCase["inputs"]): readonly string[] {
  return [...new Set(machines.map((machine) => outputsOf(stream, inputs, machine)))];
}

/** Changes that ask for no other computation. */
const sameMeaning: readonly MutationKind[] = ["remove-token", "double-token", "move-token", "flip-accumulate"];

type Verdict = "reported" | "harmless" | "depends on timing" | "computes something else";

function judge({ kind, stream }: Mutant, { inputs }: MutationCase, wanted: readonly string[]): Verdict {
  if (!checkStream(stream, tiny).ok) return "reported";
  const found = outputsOfAll(stream, inputs);
  if (found.length > 1) return "depends on timing";
  const isSame = found.join() === wanted.join();
  return isSame || !sameMeaning.includes(kind) ? "harmless" : "computes something else";
}

interface Judged {
  readonly mutant: Mutant;
  readonly verdict: Verdict;
}

function judgeAll(mutated: MutationCase, mutants: readonly Mutant[]): readonly Judged[] {
  const wanted = outputsOfAll(mutated.stream, mutated.inputs);
  expect(wanted, "the stream itself computes the same on all machines").toHaveLength(1);
  return mutants.map((mutant) => ({ mutant, verdict: judge(mutant, mutated, wanted) }));
}

/** What the check should have reported, in words. */
function wrongOnes(judged: readonly Judged[]): readonly string[] {
  const wrong = judged.filter(({ verdict }) => verdict !== "reported" && verdict !== "harmless");
  return wrong.map(({ mutant, verdict }) => `${mutant.name} ${verdict} (TGC_SEED=${seed})`);
}

describe("mutants are reported, or harmless", () => {
  const all: Judged[] = [];
  const countOf = (kind: MutationKind, verdict?: Verdict): number =>
    all.filter((one) => one.mutant.kind === kind && (verdict === undefined || one.verdict === verdict)).length;

  test.each(caseNames)("%s", (name) => {
    const mutated = makeMutationCase(name, tiny, seed);
    const judged = judgeAll(mutated, mutantsOf(mutated.stream));
    all.push(...judged);
    expect(wrongOnes(judged)).toEqual([]);
  });

  test.each(caseNames)("%s without its redundant tokens", (name) => {
    const { stream, inputs } = makeMutationCase(name, tiny, seed);
    const { redundantTokens } = checkStream(stream, tiny, { redundant: true });
    const joint = withoutTokens(
      stream,
      redundantTokens.filter(({ isJoint }) => isJoint),
    );
    expect(checkStream(joint, tiny).diagnostics).toEqual([]);
    expect(outputsOfAll(joint, inputs)).toEqual(outputsOfAll(stream, inputs));
    const { redundantTokens: left } = checkStream(joint, tiny, { redundant: true });
    expect(left).toEqual([]);
  });

  test("of random graphs", () => {
    const options = { ops: smoothOps, dtypes: ["f32", "bf16", "i32"], maxNodes: 4 } as const;
    fc.assert(
      fc.property(randomCase(options), fc.nat(), ({ graph, inputs }, chosen) => {
        const outcome = runStages(graph, inputs, { machine: tiny, strategy: "heuristic" });
        if (outcome.kind !== "agrees") return;
        const mutants = sampleMutants(outcome.stream, chosen, 20);
        expect(wrongOnes(judgeAll({ stream: outcome.stream, inputs }, mutants))).toEqual([]);
      }),
      { numRuns: isLong ? 200 : 15, seed },
    );
  });

  test("there are enough of them, of each kind", () => {
    expect(all.length).toBeGreaterThanOrEqual(fewestMutants);
    for (const kind of mutationKinds) {
      expect(countOf(kind), kind).toBeGreaterThan(20);
      expect(countOf(kind, "reported"), kind).toBeGreaterThan(countOf(kind) / 2);
    }
  });
});
