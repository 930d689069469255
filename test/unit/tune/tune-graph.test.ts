// The search over a graph: what it finds does not depend on who answers when, replays to the same bytes, and every schedule that it
// tries computes what the graph says.
import { describe, expect, test } from "vitest";
import type { Graph } from "../../../ir-spec/graph.ts";
import { makeRandomInputs } from "../../../ir-spec/random-tensor.ts";
import type { Schedule } from "../../../ir-spec/schedule.ts";
import type { GivenFields } from "../../../passes/lower/kinds/define.ts";
import type { OpenKernel } from "../../../passes/lower/open-kernel.ts";
import { fits, measureRoom } from "../../../passes/schedule/measure.ts";
import { loadGraph } from "../../../src/driver/choose-graph.ts";
import { type CompileOptions, graphToStream } from "../../../src/driver/compile.ts";
import { takeSchedule } from "../../../src/driver/schedules.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { parseModule } from "../../../src/text/index.ts";
import { addTuned, chooseTuned, findTuned, kernelHash, parseTuned, printTuned } from "../../../src/tune/database.ts";
import { joinAnswers, partsOfStep, runTuneStep, searchName } from "../../../src/tune/run-step.ts";
import { type AskKernel, type Tuned, tuneGraph } from "../../../src/tune/tune-graph.ts";
import { tunedSchedule } from "../../../src/tune/tune-json.ts";
import { printStream } from "../../../targets/neuron/asm/print-stream.ts";
import { machineFingerprint } from "../../../targets/neuron/encode/hash.ts";
import { runStages } from "../../property/stages.ts";

const programs = {
  product: `graph g(x: f32[20, 12], weight w: f32[12, 18], weight b: f32[18]) -> (y: f32[20, 18]) {
  y = relu(matmul(x, w) + b)
}`,
  "two kernels": `graph g(x: bf16[10, 12], weight w: bf16[12, 12]) -> (y: bf16[10, 12], z: bf16[12, 10]) {
  h = matmul(x, w)
  y = softmax(h, axis=1)
  z = matmul(w, h, transpose_rhs=true)
}`,
  attention: `graph g(q: f32[2, 10, 4], k: f32[2, 12, 4], v: f32[2, 12, 4]) -> (y: f32[2, 10, 4]) {
  y = attention(q, k, v)
}`,
} as const;

function unwrap<T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown },
): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

const target = unwrap(targetByName("tiny"));
const compile = { target, strategy: "heuristic" } as const;
const graphOf = (text: string): Graph => unwrap(loadGraph({ name: "g.tg", text }, {})).graph;

/** Answers in one piece, or in parts of which the last one comes first; after so many steps not at all. */
function asker(graph: Graph, how: "whole" | "parts", maxSteps = Number.POSITIVE_INFINITY): AskKernel {
  let steps = 0;
  return async ({ kernel, fusion, step }) => {
    const options = { ...compile, fusion };
    const search = searchName(graph, options);
    if (++steps > maxSteps) return undefined;
    const run = (part: typeof step) => runTuneStep({ graph, options, search, kernel, step: part });
    if (how === "whole") return run(step);
    const parts = partsOfStep(step);
    const answers = await Promise.all(
      parts.map(async (part, at) => {
        for (let wait = parts.length - at; wait > 0; wait--) await Promise.resolve();
        return run(part);
      }),
    );
    return joinAnswers(step.kind, answers);
  };
}

const tune = async (graph: Graph, budget: number, ask = asker(graph, "whole")): Promise<Tuned> =>
  unwrap(await tuneGraph(graph, { compile, budget, seed: 0 }, ask));

function readBack(text: string): Schedule {
  const { module, diagnostics } = parseModule({ name: "best.sched", text });
  expect(diagnostics).toEqual([]);
  return unwrap(takeSchedule(module, "g", undefined)).schedule;
}

function fitsChip(kernel: OpenKernel, fields: GivenFields): boolean {
  const { body, bufferInfo } = kernel.lower(fields);
  return fits(measureRoom(body, bufferInfo, target.machine), target.machine);
}

/** Long runs try many. */
const isLong = process.env.TGC_LONG !== undefined;
const budget = isLong ? 400 : 32;
const checkedShare = isLong ? 1 : 6;

describe.each(Object.entries(programs))("%s on tiny", (_name, text) => {
  const graph = graphOf(text);
  const tuned = tune(graph, budget);

  test("is not slower than the heuristic, and replays to the same bytes", async () => {
    const { best, heuristic } = await tuned;
    expect(best.profile.timeNs).toBeLessThanOrEqual(heuristic.profile.timeNs);
    const again = unwrap(graphToStream(graph, { ...compile, schedule: readBack(tunedSchedule(await tuned)) }));
    expect(printStream(again.value)).toBe(printStream(best.stream));
  });

  test("finds the same whoever answers when", async () => {
    const other = await tune(graph, budget, asker(graph, "parts"));
    expect(tunedSchedule(other)).toBe(tunedSchedule(await tuned));
    expect(other.kernels.map(({ found }) => found)).toEqual((await tuned).kernels.map(({ found }) => found));
  });

  test("a search that is stopped keeps the best so far", async () => {
    const stopped = await tune(graph, budget, asker(graph, "whole", 2));
    expect(stopped.tried).toBeLessThan((await tuned).tried);
    expect(stopped.best.profile.timeNs).toBeLessThanOrEqual(stopped.heuristic.profile.timeNs);
  });

  test("a database gives the kernels what was found", async () => {
    const which = { machine: target.machine, version: "1" };
    const written = printTuned(addTuned([], await tuned, which));
    const entries = unwrap(parseTuned("tuned.json", written));
    expect(printTuned(entries)).toBe(written);
    const stream = (chooseFields: ReturnType<typeof chooseTuned>) =>
      printStream(unwrap(graphToStream(graph, { ...compile, chooseFields })).value);
    const { best, heuristic } = await tuned;
    expect(stream(chooseTuned(entries, which))).toBe(printStream(best.stream));
    expect(stream(chooseTuned(entries, { ...which, version: "2" }))).toBe(printStream(heuristic.stream));
    // A search also begins with what the strategy considered, values that it would not try itself among them.
    for (const { kernel } of (await tuned).kernels) {
      for (const fields of kernel.candidates.filter((candidate) => fitsChip(kernel, candidate))) {
        const { kind } = kernel;
        const entry = { kernel: kernelHash(kernel), machine: machineFingerprint(target.machine), version: "1", kind };
        expect(findTuned([{ ...entry, fields, timeNs: 1, heuristicNs: 2 }], which)(kernel)).toEqual(fields);
      }
    }
  });

  test("every schedule that is tried computes what the graph says, or does not fit", async () => {
    const inputs = makeRandomInputs(graph, 1);
    const kinds = new Map<string, number>();
    for (const { kernel, found } of (await tuned).kernels) {
      for (const { fields, fits } of found.tried.filter((_, at) => at % checkedShare === 0)) {
        const kernels = [{ kernel: kernel.name, fields }] as Schedule["kernels"];
        const schedule = { name: "s", graph: "g", kernels };
        const outcome = runStages(graph, inputs, { ...compile, machine: target.machine, schedule });
        if (outcome.kind === "wrong") throw new Error(`${kernel.print(fields)}: ${outcome.stage}: ${outcome.why}`);
        if (fits) kinds.set(outcome.kind, (kinds.get(outcome.kind) ?? 0) + 1);
      }
    }
    expect(kinds.get("agrees")).toBeGreaterThan(3);
  });
});

describe("which ops run as one kernel is part of the schedule", () => {
  const graph = graphOf(programs["two kernels"]);
  const kernelsWith = (options: Partial<CompileOptions>) =>
    unwrap(graphToStream(graph, { ...compile, ...options })).tiles.kernels.map(({ name }) => name);

  test("what is written replays to the same bytes without `--fuse`", async () => {
    const off = { ...compile, fusion: "off" } as const;
    const tuned = unwrap(await tuneGraph(graph, { compile: off, budget: 16, seed: 0 }, asker(graph, "whole")));
    const text = tunedSchedule(tuned);
    expect(text).toContain("kernel * { fuse=off }");
    const again = unwrap(graphToStream(graph, { ...compile, schedule: readBack(text) }));
    expect(printStream(again.value)).toBe(printStream(tuned.best.stream));
    expect(kernelsWith({}).length).toBeLessThan(again.tiles.kernels.length);
  });

  test("what is asked for goes before what the schedule says", () => {
    const schedule = readBack("schedule s for g { kernel * { fuse=off } }");
    expect(kernelsWith({ schedule })).toEqual(kernelsWith({ fusion: "off" }));
    expect(kernelsWith({ schedule, fusion: "auto" })).toEqual(kernelsWith({}));
  });

  test.each([
    ["kernel * { fuse=never }", "E0604"],
    ["kernel * { fuse=off, fuse=off }", "E0206"],
    ["kernel * { fuse=off } kernel * { fuse=auto }", "E0206"],
    ["kernel y { fuse=off }", "E0603"],
  ])("%s is refused, where it is written", (kernels, code) => {
    const { module } = parseModule({ name: "s.sched", text: `schedule s for g { ${kernels} }` });
    const read = takeSchedule(module, "g", undefined);
    expect(read.ok ? [] : read.error.map((found) => [found.code, found.span !== undefined])).toEqual([[code, true]]);
  });
});
