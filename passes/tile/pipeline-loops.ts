// Tile program -> tile program: software pipelining of every kernel.

import type { BufferId } from "../../ir-spec/base/ids.ts";
import { ok } from "../../ir-spec/base/result.ts";
import { stageOf, type TileBuffer, type TileKernel, type TileProgram, type TileStatement } from "../../ir-spec/tile.ts";
import { definePass, makeRemark, type PassEnv, type Remark } from "../pass.ts";
import { kernelKey } from "./kernel-key.ts";
import { applyPipeline, type PipelinePlan, planPipeline } from "./pipeline.ts";

export const pipelineLoops = definePass({
  name: "pipeline-loops",
  summary: "gives the statements of loops their stages (software pipelining)",
  detail: `A loop in which a queue comes back to a tile is cut into stages where a model of time, made of the target's instruction costs, says
that it pays: the queue works on the next iteration's tile while another queue has this one. Buffers get the slots that this needs, as far as
the machine's memories have room. A loop that has stages already stays as it is. A kernel's own schedule may limit its stages, as in
\`schedule "stages=1"\`; \`max_stages\` limits those of all kernels. Kernels that are equal but for names are planned once.`,
  before: `program example
hbm x: f32[1024, 512] input
hbm y: f32[1024, 512] output
kernel y (softmax) {
  for m in 0..8 {
    sbuf h: f32[128, 512] x2
    dma h[0; 128; 512:1] <- x[128*m, 0; 128:512; 512:1]
    sbuf s: f32[128, 1]
    tensor_reduce s[0; 128; 1:1] <- h[0; 128; 512:1], op=max, negate=true
    sbuf q: f32[128, 1]
    activation h[0; 128; 512:1], sum=q[0; 128; 1:1] <- h[0; 128; 512:1], bias=s[0; 128; 1:1], func=exp
    reciprocal q[0; 128; 1:1] <- q[0; 128; 1:1]
    tensor_scalar h[0; 128; 512:1] <- h[0; 128; 512:1], scalar0=q[0; 128; 1:1], op0=multiply
    dma y[128*m, 0; 128:512; 512:1] <- h[0; 128; 512:1]
  }
}`,
  after: `program example
hbm x: f32[1024, 512] input
hbm y: f32[1024, 512] output

kernel y (softmax) {
  for m in 0..8 {
    sbuf h: f32[128, 512] x8
    sbuf s: f32[128, 1] x3
    sbuf q: f32[128, 1] x8
    dma h[0; 128; 512:1] <- x[128*m, 0; 128:512; 512:1]
    tensor_scalar h[0; 128; 512:1] <- h[0; 128; 512:1], scalar0=q[0; 128; 1:1], op0=multiply stage 4
    reciprocal q[0; 128; 1:1] <- q[0; 128; 1:1] stage 3
    tensor_reduce s[0; 128; 1:1] <- h[0; 128; 512:1], op=max, negate=true
    activation h[0; 128; 512:1], sum=q[0; 128; 1:1] <- h[0; 128; 512:1], bias=s[0; 128; 1:1], func=exp
    dma y[128*m, 0; 128:512; 512:1] <- h[0; 128; 512:1] stage 4
  }
}`,
  from: "tile",
  to: "tile",
  options: {
    max_stages: {
      kind: "int",
      min: 1,
      optional: true,
      summary: "the most stages of a loop; without it, as many as a kernel's schedule allows",
    },
  },
  run: (program, { max_stages: most }, env) => {
    const run: PipelineRun = {
      program,
      env,
      most: most ?? Number.POSITIVE_INFINITY,
      plans: env.memo?.stages ?? new Map(),
      remarks: [],
    };
    const buffers = [...program.buffers];
    const kernels = program.kernels.map((kernel) => pipelined(run, kernel, buffers));
    const isChanged = kernels.some((kernel, at) => kernel !== program.kernels[at]);
    return ok({ ir: isChanged ? { ...program, buffers, kernels } : program, remarks: run.remarks });
  },
});

/** One run of the pass; changed in place. */
interface PipelineRun {
  readonly program: TileProgram;
  readonly env: PassEnv;
  readonly most: number;
  /** By what kernels have in common. */
  readonly plans: Map<string, PipelinePlan | "plain">;
  readonly remarks: Remark[];
}

/** The kernel with its stages; `buffers` get their slots in place. */
function pipelined(run: PipelineRun, kernel: TileKernel, buffers: TileBuffer[]): TileKernel {
  const { program, env, most, plans, remarks } = run;
  const maxStages = Math.min(most, stagesIn(kernel.schedule));
  if (maxStages === 1) return kernel;
  const { machine, stepCost } = env;
  const bufferInfo = (id: BufferId): TileBuffer => program.buffers[id] as TileBuffer;
  const key = `${maxStages} ${kernelKey(kernel, program)}`;
  const plan = plans.get(key) ?? planPipeline(kernel.body, { machine, stepCost, bufferInfo, maxStages }) ?? "plain";
  plans.set(key, plan);
  if (plan === "plain") return kernel;
  const resize = (buffer: BufferId, slots: number): void => {
    if (slots !== bufferInfo(buffer).slots) buffers[buffer] = { ...bufferInfo(buffer), slots };
  };
  const body = applyPipeline(kernel.body, plan, resize);
  for (const text of stagedLoops(body, program.loops)) {
    remarks.push(makeRemark("done", "pipeline-loops", `kernel ${kernel.name}: ${text}`, undefined));
  }
  return { ...kernel, body };
}

/** The most stages that a kernel's schedule allows, which says so where it is not the default. */
function stagesIn(schedule: string): number {
  const [, stages] = /(?:^|[\s,])stages=(\d+)(?![\w.])/.exec(schedule) ?? [];
  return stages === undefined ? Number.POSITIVE_INFINITY : Math.max(1, Number(stages));
}

/** `loop m has 3 stages`, for each loop with more than one. */
function stagedLoops(body: readonly TileStatement[], names: readonly string[]): readonly string[] {
  return body.flatMap((statement) => {
    if (statement.kind !== "loop") return [];
    const stages = 1 + Math.max(0, ...statement.body.map(stageOf));
    const own = stages === 1 ? [] : [`loop ${names[statement.loop]} has ${stages} stages`];
    return [...own, ...stagedLoops(statement.body, names)];
  });
}
