// `npm run bench:search`: how much faster than the heuristic's the schedules are that a search finds, for the cases of `bench:kernels`. Words
// pick cases by name; `--unlisted` takes shapes beside them; `--targets`, `--budget` and `--seed` as they say, `--random` tries schedules at random, so many times the budget, to see
// what the search misses. `--json` prints for a program to read.
import { parseArgs } from "node:util";
import { errorMessage } from "../../ir-spec/base/errors/index.ts";
import { formatNs } from "../../ir-spec/base/format-numbers.ts";
import { ok, type Result } from "../../ir-spec/base/result.ts";
import { targetByName } from "../../src/driver/targets.ts";
import { left, right, textTable } from "../../src/report/text-table.ts";
import { runTuneStep, searchName } from "../../src/tune/run-step.ts";
import { tuneGraph } from "../../src/tune/tune-graph.ts";
import { tunedSchedule } from "../../src/tune/tune-json.ts";
import { casesOf, type KernelCase, kernelCases, loadCase, unlistedCases } from "./kernel-cases.ts";
import { randomBest } from "./random-search.ts";

interface SearchChoice {
  readonly budget: number;
  readonly seed: number;
  /** How many times the budget is tried at random; 0: not at all. */
  readonly random: number;
}

interface Searched {
  readonly heuristicNs: number;
  readonly bestNs: number;
  readonly randomNs: number | undefined;
  readonly tried: number;
  readonly simulated: number;
  readonly schedule: string;
}

interface CaseResult {
  readonly name: string;
  readonly machine: string;
  readonly tookS: number;
  readonly searched: Result<Searched>;
}

async function measure(each: KernelCase, machine: string, choice: SearchChoice): Promise<CaseResult> {
  const start = performance.now();
  const searched = await search(each, machine, choice);
  return { name: each.name, machine, tookS: (performance.now() - start) / 1000, searched };
}

async function search(each: KernelCase, machine: string, choice: SearchChoice): Promise<Result<Searched>> {
  const loaded = loadCase(each);
  const target = targetByName(machine);
  if (!loaded.ok) return loaded;
  if (!target.ok) return target;
  const { graph } = loaded.value;
  const options = { target: target.value, strategy: "heuristic" } as const;
  const tuned = await tuneGraph(graph, { compile: options, ...choice }, async ({ kernel, fusion, step }) => {
    const compile = { ...options, fusion };
    return runTuneStep({ graph, options: compile, search: searchName(graph, compile), kernel, step });
  });
  if (!tuned.ok) return tuned;
  const { heuristic, best, tried, simulated } = tuned.value;
  const { budget, seed, random } = choice;
  const randomNs = random === 0 ? undefined : randomBest(graph, options, { budget: random * budget, seed });
  const heuristicNs = heuristic.profile.timeNs;
  const bestNs = best.profile.timeNs;
  return ok({ heuristicNs, bestNs, randomNs, tried, simulated, schedule: tunedSchedule(tuned.value) });
}

const percent = (before: number, after: number): string => `${((100 * (before - after)) / before).toFixed(1)} %`;

function row({ name, machine, tookS, searched }: CaseResult): readonly string[] {
  const took = `${tookS.toFixed(1)} s`;
  if (!searched.ok) {
    const [first] = searched.error;
    return [
      name,
      machine,
      first === undefined ? "failed" : errorMessage(first.code, first.args),
      "",
      "",
      "",
      "",
      "",
      took,
    ];
  }
  const { heuristicNs, bestNs, randomNs, tried, simulated } = searched.value;
  const random = randomNs === undefined ? "-" : formatNs(randomNs);
  const gap = percent(heuristicNs, bestNs);
  return [name, machine, formatNs(heuristicNs), formatNs(bestNs), gap, random, String(tried), String(simulated), took];
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      targets: { type: "string", default: "trn2" },
      budget: { type: "string", default: "300" },
      seed: { type: "string", default: "0" },
      random: { type: "string", default: "0" },
      unlisted: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  const choice = { budget: Number(values.budget), seed: Number(values.seed), random: Number(values.random) };
  const results: CaseResult[] = [];
  for (const each of casesOf(positionals, values.unlisted ? unlistedCases : kernelCases)) {
    for (const machine of values.targets.split(",")) results.push(await measure(each, machine, choice));
  }
  if (values.json) {
    console.log(JSON.stringify(results, undefined, 2));
    return;
  }
  const headings = ["heuristic", "search", "gap", "random", "tried", "simulated", "took"].map(right);
  console.log(textTable([left("case"), left("machine"), ...headings], results.map(row)));
}

await main();
