// Answers what a search asks about a kernel: estimates by the cost model, and times by the simulator.

import type { GivenFields } from "../../passes/lower/kinds/define.ts";
import type { OpenKernel, TrialKernel } from "../../passes/lower/open-kernel.ts";
import type { PassEnv } from "../../passes/pass.ts";
import { textOfBody } from "../../passes/schedule/ineffective.ts";
import { fits, measureRoom } from "../../passes/schedule/measure.ts";
import type { Estimate, SearchAnswer, SearchStep } from "../../passes/schedule/tune/search-kernel.ts";
import { isolateKernel } from "../../passes/tile/isolate-kernel.ts";
import { pipelineLoops } from "../../passes/tile/pipeline-loops.ts";
import { timeKernel } from "../../passes/time/time-kernel.ts";
import { compileTiles } from "../../targets/neuron/compile/compile.ts";
import { simulate } from "../../targets/neuron/sim/simulate.ts";
import { hashText } from "../diff/normal/hash.ts";

export function answerStep(kernel: OpenKernel, { kind, points }: SearchStep, env: PassEnv): SearchAnswer {
  return kind === "estimate"
    ? { kind, found: points.map((fields) => estimate(kernel, fields, env)) }
    : { kind, found: points.map((fields) => simulateAlone(kernel, fields, env)) };
}

function estimate(kernel: OpenKernel, fields: GivenFields, { machine, stepCost }: PassEnv): Estimate | undefined {
  const { body, bufferInfo } = kernel.lower(fields);
  if (!fits(measureRoom(body, bufferInfo, machine), machine)) return undefined;
  const { timeNs, busiestNs } = timeKernel({ body, bufferInfo, stepCost, machine });
  return { timeNs, busiestNs, form: formOf({ body, bufferInfo }, fields) };
}

/** Stages are chosen after the lowering, so they are no part of its text. */
function formOf({ body, bufferInfo }: TrialKernel, { stages = null }: GivenFields): string {
  return hashText(`${stages} ${textOfBody(body, bufferInfo)}`);
}

/** The time of the kernel as a program of its own, launch and end included (ns); undefined where it cannot be compiled or run. */
function simulateAlone(kernel: OpenKernel, fields: GivenFields, env: PassEnv): number | undefined {
  const { body, bufferInfo } = kernel.lower(fields);
  const { name, ops } = kernel;
  const alone = isolateKernel({ name, ops, schedule: kernel.print(fields), body }, bufferInfo);
  const staged = pipelineLoops.run(alone, { max_stages: null }, env);
  const stream = staged.ok ? compileTiles(staged.value.ir, env.machine) : staged;
  const ran = stream.ok ? simulate(stream.value, env.machine, undefined) : stream;
  return ran.ok ? ran.value.report.timeNs : undefined;
}
