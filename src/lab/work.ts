// What the lab's worker does: the compiler's answer to each question of the page. It never throws for a program.

import type { Diagnostic } from "../../ir-spec/base/result.ts";
import type { PassEvent } from "../../passes/run.ts";
import type { GpuHost } from "../../targets/gpu-host/gpu.ts";
import { check, run } from "../api/run.ts";
import { type CompileOptions, compileToContent, optimizeGraph } from "../driver/compile.ts";
import { type ExecutorName, executorNames } from "../driver/executors.ts";
import type { TimedGraph } from "../driver/profile.ts";
import type { ReportData } from "../page/page-data.ts";
import { passChanges } from "../page/pass-changes.ts";
import { remarkRow, timedReport } from "../page/report-data.ts";
import { diagnosticJson } from "../report/diagnostics.ts";
import { printCheck } from "../report/print-check.ts";
import { printLints } from "../report/print-lints.ts";
import { printProfile } from "../report/print-profile.ts";
import { printPath, printWaits, printWhatIfs } from "../report/print-why.ts";
import { elaborate, findUnused, parseModule } from "../text/index.ts";
import { summarizePath } from "../trace/critical-path.ts";
import { labFacts } from "./facts.ts";
import { elaboration, type LabJob, labJob, partsOf, sourceOf } from "./job.ts";
import type { LabAnswer, LabQuestion, LabState } from "./lab-data.ts";
import { showTensor } from "./shown-tensor.ts";

type Asked<K extends LabQuestion["kind"]> = Extract<LabQuestion, { kind: K }>;

/** `gpu`: a way to WebGPU; it says itself where there is none. */
export async function answerQuestion(question: LabQuestion, gpu: GpuHost): Promise<LabAnswer> {
  switch (question.kind) {
    case "facts":
      return { kind: "facts", facts: labFacts() };
    case "diagnose":
      return diagnose(question.state);
    case "compile":
      return compileProgram(question.state);
    case "run":
      return runProgram(question, gpu);
    case "check":
      return checkProgram(question, gpu);
    default:
      return question satisfies never;
  }
}

const wrong = (found: readonly Diagnostic[]): LabAnswer => ({ kind: "wrong", diagnostics: found.map(diagnosticJson) });

/** What is wrong with the text itself, without compiling it, or what it says and nothing uses. */
function diagnose(state: LabState): LabAnswer {
  const { module, diagnostics: syntax } = parseModule(sourceOf(state));
  const asked = elaboration(state.options);
  const graphs = syntax.length > 0 ? undefined : elaborate(module, asked);
  const found = graphs === undefined ? syntax : graphs.ok ? findUnused(module, asked.graph) : graphs.error;
  return { kind: "diagnosed", diagnostics: found.map(diagnosticJson), parts: partsOf(module, state.options) };
}

function compileProgram(state: LabState): LabAnswer {
  const job = labJob(state);
  if (!job.ok) return wrong(job.error);
  return job.value.options.target.kind === "webgpu" ? compilePlan(job.value) : compileStream(job.value);
}

function compileStream({ source, graph, options, locate }: LabJob): LabAnswer {
  const made = timedReport(source, graph, options);
  if (!made.ok) return wrong(locate(made.error));
  const { report, timed } = made.value;
  const { stages, passes, remarks } = report;
  return {
    kind: "compiled",
    program: { report, profile: profileText(timed, options, report), stages, passes, remarks },
  };
}

function profileText(timed: TimedGraph, { target }: CompileOptions, { whatIf, lints }: ReportData): string {
  const { profile } = timed;
  const path = summarizePath(timed, target.machine);
  return printProfile(profile, [
    printWaits(profile, true),
    path === undefined ? "" : printPath(path, true),
    printWhatIfs(whatIf, profile.timeNs),
    printLints(lints, profile.timeNs),
  ]);
}

/** A target without tiles: the texts of its stages. */
function compilePlan({ source, graph, options, locate }: LabJob): LabAnswer {
  const events: PassEvent[] = [];
  const observe = (event: PassEvent): void => {
    events.push(event);
  };
  const optimized = optimizeGraph(graph, options.target, { observe });
  if (!optimized.ok) return wrong(locate(optimized.error));
  const titles = [
    ["graph", "graph"],
    ["fused", "optimised graph"],
    ["wgsl", "WGSL and launch plan"],
  ] as const;
  const texts = titles.map(([stage, title]) => ({ title, content: compileToContent(graph, options, stage) }));
  const failed = texts.flatMap(({ content }) => (content.ok ? [] : content.error));
  if (failed.length > 0) return wrong(locate(failed));
  const made = texts.map(({ title, content }) => ({
    title,
    text: content.ok ? String(content.value.value) : "",
    links: {},
  }));
  const stages = [{ title: "program", text: source.text, links: {} }, ...made];
  const remarks = optimized.value.remarks.map(remarkRow);
  return {
    kind: "compiled",
    program: { report: undefined, profile: "", stages, passes: passChanges(events), remarks },
  };
}

async function runProgram({ state, on, seed }: Asked<"run">, gpu: GpuHost): Promise<LabAnswer> {
  const job = labJob(state);
  if (!job.ok) return wrong(job.error);
  const executor: ExecutorName = executorNames.find((name) => name === on) ?? "neuron";
  const ran = await run(job.value.graph, { ...job.value.api, on: executor, seed, gpu });
  if (!ran.ok) return wrong(ran.error);
  const { outputs, random, adapter } = ran.value;
  const inputs = random.length === 0 ? "" : `; random values (seed ${seed}) for ${random.join(", ")}`;
  const where = adapter === undefined ? executor : `${executor}, ${adapter}`;
  const tensors = [...outputs].map(([name, tensor]) => showTensor(name, tensor));
  return { kind: "ran", values: { text: `${job.value.graph.name} on ${where}${inputs}`, tensors } };
}

async function checkProgram({ state, seed }: Asked<"check">, gpu: GpuHost): Promise<LabAnswer> {
  const job = labJob(state);
  if (!job.ok) return wrong(job.error);
  const found = await gpu.describe();
  const report = await check(job.value.graph, { ...job.value.api, seed, gpu });
  if (!report.ok) return wrong(report.error);
  const noGpu = found.ok ? "" : found.reason;
  return { kind: "checked", verdict: { agree: report.value.agree, text: printCheck(report.value), noGpu } };
}

/** For a mistake of ours: what the page shows in place of an answer. */
export function failedAnswer(error: unknown): LabAnswer {
  const message = error instanceof Error ? error.message : String(error);
  return { kind: "failed", message };
}
