// `tgc.why-wrong/1`: where executors part, and why. Every stage runs on inputs that are likely to show a difference; at the first that is wrong
// hypotheses are tried, and static checks say the rest.

import { printNumber } from "../../../ir-spec/base/attr.ts";
import { ok, type Result } from "../../../ir-spec/base/result.ts";
import type { Tensor } from "../../../ir-spec/base/tensor.ts";
import { type Graph, typeOf } from "../../../ir-spec/graph.ts";
import { inputBounds } from "../../../ir-spec/random-tensor.ts";
import { checkStream } from "../../../targets/neuron/check/check.ts";
import { runGraph } from "../../../targets/ref/graph.ts";
import { coordinatesOf, differingPlaces, sameBits } from "../../diff/values/compare.ts";
import { hostileInputs } from "../../diff/values/inputs.ts";
import {
  expandedGraph,
  type Judge,
  type JudgedOutput,
  makeExactJudge,
  makeNoiseJudge,
  type Tensors,
} from "../judge.ts";
import { type Divergence, locate } from "./locate.ts";
import type { CheckedStage, FirstElement, StageName, WhyWrong } from "./report.ts";
import { type AllStages, makeStages, runStage, type Stage, type WhyWrongCase } from "./stages.ts";

export const stageOfLevel = { graph: "graph", tile: "tiles", stream: "stream" } as const satisfies Record<
  Stage["made"]["level"],
  StageName
>;

export function whyWrong(given: WhyWrongCase): Result<WhyWrong> {
  const { graph, compile, edited } = given;
  const expanded = expandedGraph(graph, compile.target);
  if (!expanded.ok) return expanded;
  const made = makeStages(graph, compile, edited);
  if (!made.ok) return made;
  const head = { graph: graph.name, target: compile.target.name };
  const tried: string[] = [];
  let rounds = false;
  let checked: readonly CheckedStage[] = [];
  for (const judge of judgesOf(given, expanded.value)) {
    const tracked = runAll(made.value, judge, given);
    tried.push(judge.what);
    if (checked.length === 0) checked = tracked.checked;
    rounds ||= tracked.rounds;
    const { wrong } = tracked;
    if (wrong === undefined) continue;
    const located = locate({ ...wrong, all: made.value, judge, given });
    return ok({
      ...head,
      agree: false,
      inputs: [judge.what],
      stages: tracked.checked,
      ...wrongPart(wrong),
      ...located,
    });
  }
  const verdict = rounds ? { kind: "rounding only" as const } : {};
  return ok({ ...head, agree: true, inputs: tried, stages: checked, ...verdict });
}

/** The given inputs, those for which nothing is rounded, and hostile ones. */
function* judgesOf({ graph, inputs, seed }: WhyWrongCase, expanded: Graph): Generator<Judge> {
  yield makeNoiseJudge(graph, expanded, inputs, "the given inputs");
  const exact = makeExactJudge(graph, expanded, inputs);
  if (exact !== undefined) yield exact;
  const types = new Map(graph.params.map(({ name, value }) => [name, typeOf(graph, value)]));
  for (const { words, tensors } of hostileInputs({ types, bounds: inputBounds(graph), seed }))
    yield makeNoiseJudge(graph, expanded, tensors, words);
}

interface Tracked {
  readonly checked: readonly CheckedStage[];
  readonly wrong: Divergence | undefined;
  /** Whether a stage that is right has other bits than the reference. */
  readonly rounds: boolean;
}

/** Runs the stages in order up to the first that is wrong. */
function runAll({ stages }: AllStages, judge: Judge, { graph, compile }: WhyWrongCase): Tracked {
  const checked: CheckedStage[] = [];
  const reference = runGraph(graph, judge.inputs, { rounding: true });
  let rounds = false;
  for (const [index, stage] of stages.entries()) {
    const ran = runStage(stage, judge.inputs, compile);
    const hazards = stage.made.level === "stream" ? checkStream(stage.made.ir, compile.target.machine).diagnostics : [];
    const found: Tensors = ran.ok ? ran.value : new Map();
    const wrong = ran.ok ? judge.findWrong(found) : [];
    const problems = [...hazards, ...(ran.ok ? [] : ran.error)];
    const agree = wrong.length === 0 && problems.length === 0;
    const reason = problems[0]?.code ?? wrong[0]?.comparison.reason;
    const pass = stage.pass === undefined ? {} : { pass: stage.pass };
    const name = stageOfLevel[stage.made.level];
    checked.push({ stage: name, ...pass, agree, ...(reason === undefined ? {} : { reason }) });
    if (!agree) {
      const before = stages.slice(0, index).findLast(({ made }) => made.level === "graph");
      return { checked, rounds, wrong: { stage, before, wrong, found, reference, problems } };
    }
    rounds ||= [...found].some(([output, tensor]) => differs(tensor, reference.get(output)));
  }
  return { checked, rounds, wrong: undefined };
}

const differs = (found: Tensor, wanted: Tensor | undefined): boolean =>
  wanted !== undefined && found.data.some((x, at) => !sameBits(x, wanted.data[at] as number));

function wrongPart({ stage, wrong, found, reference }: Divergence): Pick<WhyWrong, "stage" | "pass" | "element"> {
  const pass = stage.pass === undefined ? {} : { pass: stage.pass };
  const [first] = wrong;
  const element = first && elementOf(first, found, reference);
  return { stage: stageOfLevel[stage.made.level], ...pass, ...(element && { element }) };
}

function elementOf({ name, comparison }: JudgedOutput, outputs: Tensors, reference: Tensors): FirstElement | undefined {
  const [found, wanted] = [outputs.get(name), reference.get(name)];
  if (found === undefined || wanted === undefined) return undefined;
  const place = comparison.worst?.index ?? differingPlaces(found.data, wanted.data)[0] ?? 0;
  return {
    output: name,
    index: coordinatesOf(place, wanted.shape),
    wanted: printNumber(wanted.data[place] ?? Number.NaN),
    found: printNumber(found.data[place] ?? Number.NaN),
    differing: comparison.differingElements,
    elements: wanted.data.length,
  };
}
