// Lets scratch buffers share memory: a buffer whose last reader has run serves the next value of the same type and length.
//
//     before   #0 add: b0, b1 -> b2    #1 exp: b2 -> b3    #2 neg: b3 -> b4
//     after    #0 add: b0, b1 -> b2    #1 exp: b2 -> b3    #2 neg: b3 -> b2

import { type PlanBuffer, type PlanPort, type PlanStep, stepBuffers, type WgslPlan } from "./plan.ts";

/** The same plan with fewer scratch buffers. Outputs keep theirs to the end. */
export function reuseBuffers(plan: WgslPlan): WgslPlan {
  const kept = new Set(plan.outputs.map((output) => output.buffer));
  const isShared = (buffer: number): boolean => plan.buffers[buffer]?.content.kind === "scratch" && !kept.has(buffer);
  const lastStep = lastSteps(plan.steps);
  const renamed: number[] = [];
  const buffers: PlanBuffer[] = [];
  const free = new Map<string, number[]>();
  const poolOf = (buffer: number): number[] => {
    const { type, elements } = plan.buffers[buffer] as PlanBuffer;
    const key = `${type} ${elements}`;
    const pool = free.get(key) ?? [];
    free.set(key, pool);
    return pool;
  };
  const rename = (buffer: number): number => {
    const pooled = isShared(buffer) && renamed[buffer] === undefined ? poolOf(buffer).pop() : undefined;
    renamed[buffer] ??= pooled ?? buffers.push(plan.buffers[buffer] as PlanBuffer) - 1;
    return renamed[buffer] as number;
  };

  for (const { buffer } of plan.inputs) rename(buffer);
  const steps = plan.steps.map((step, index) => {
    const { reads, writes } = stepBuffers(step);
    const moved = renameStep(step, rename);
    for (const buffer of new Set([...reads, writes])) {
      if (isShared(buffer) && lastStep[buffer] === index) poolOf(buffer).push(rename(buffer));
    }
    return moved;
  });
  const renamePort = (port: PlanPort): PlanPort => ({ ...port, buffer: rename(port.buffer) });
  return { ...plan, steps, inputs: plan.inputs.map(renamePort), outputs: plan.outputs.map(renamePort), buffers };
}

/** For each buffer the last step that reads or writes it. */
function lastSteps(steps: readonly PlanStep[]): readonly number[] {
  const last: number[] = [];
  steps.forEach((step, index) => {
    const { reads, writes } = stepBuffers(step);
    for (const buffer of [...reads, writes]) last[buffer] = index;
  });
  return last;
}

function renameStep(step: PlanStep, rename: (buffer: number) => number): PlanStep {
  if (step.kind === "copy") return { ...step, src: rename(step.src), dst: rename(step.dst) };
  return { ...step, bindings: step.bindings.map(rename) };
}
