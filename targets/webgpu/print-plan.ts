// Prints a `WgslPlan`: buffers and launches as comments, then each module once.

import { printNumber } from "../../ir-spec/base/attr.ts";
import { printType } from "../../ir-spec/base/tensor.ts";
import type { BufferContent, PlanBuffer, PlanPort, PlanStep, WgslPlan } from "./plan.ts";

/** The plan as text; valid WGSL but that each module begins a new file. */
export function printWgslPlan(plan: WgslPlan): string {
  const { name, buffers, steps, modules } = plan;
  const ports = (list: readonly PlanPort[]): readonly string[] =>
    list.map((port) => `//   b${port.buffer}: ${port.name}: ${printType(port.type)}`);
  const lines = [
    `// ${name}: ${count(steps.length, "step")}, ${count(modules.length, "module")}, ${count(buffers.length, "buffer")}`,
    "// inputs",
    ...ports(plan.inputs),
    "// outputs",
    ...ports(plan.outputs),
    "// buffers",
    ...buffers.flatMap((buffer, index) =>
      buffer.content.kind === "param" ? [] : [`//   b${index}: ${describeBuffer(buffer)}`],
    ),
    "// steps",
    ...steps.map((step, index) => `//   ${index}: ${describeStep(step)}  // ${step.note}`),
    ...modules.flatMap((module) => ["", `// module ${module.name}`, "", module.wgsl.trimEnd()]),
  ];
  return `${lines.join("\n")}\n`;
}

function count(found: number, noun: string): string {
  return `${found} ${noun}${found === 1 ? "" : "s"}`;
}

/** `scratch f32[98304]` */
function describeBuffer({ type, elements, content }: PlanBuffer): string {
  return `${describeContent(content)} ${type}[${elements}]`;
}

/** How many written-out values are shown. */
const shownValues = 8;

function describeContent(content: BufferContent): string {
  switch (content.kind) {
    case "param":
      return `param ${content.param}`;
    case "fill":
      return `fill ${printNumber(content.value)}`;
    case "values": {
      const more = content.values.length > shownValues ? ", ..." : "";
      return `values ${content.values.slice(0, shownValues).map(printNumber).join(", ")}${more}`;
    }
    case "scratch":
      return "scratch";
    default:
      return content satisfies never;
  }
}

/** `add_0 <<<2 x 1 x 1>>> b0 b1 -> b2`, or `copy b0[4..8] -> b2[0]` */
function describeStep(step: PlanStep): string {
  if (step.kind === "copy") {
    const { src, srcElement, dst, dstElement, elements } = step;
    return `copy b${src}[${srcElement}..${srcElement + elements}] -> b${dst}[${dstElement}]`;
  }
  const reads = step.bindings.slice(0, -1).map((buffer) => `b${buffer}`);
  return `${step.module} (${step.workgroups.join(", ")}): ${reads.join(" ")} -> b${step.bindings.at(-1)}`;
}
