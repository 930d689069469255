// Schedules: random ones as text, read, picked for a graph and applied to it.

import type { Graph } from "../../../ir-spec/graph.ts";
import { fieldsOfKind } from "../../../passes/lower/kinds/index.ts";
import { compileToContent } from "../../../src/driver/compile.ts";
import { locateInSchedule, takeSchedule } from "../../../src/driver/schedules.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import type { Random } from "../../../src/find/fuzz/random-choices.ts";
import { pickSchedule } from "../../../src/find/fuzz/random-schedule.ts";
import { formatModule, parseGraphs, parseModule } from "../../../src/text/index.ts";
import { refusal, settle } from "./results.ts";

const program = `graph g(x: bf16[100, 70], w: bf16[70, 130], v: bf16[130, 24]) -> (y, z) {
  h = relu(matmul(x, w))
  y = matmul(h, v)
  z = softmax(gather(y, full(value=3, shape=[5], dtype=i32)))
}
`;

const graphs = parseGraphs({ name: "program.tg", text: program });

/** `schedule s for g { ... }`: one kernel entry for all kernels, and for some by name. */
export function makeScheduleText(random: Random): string {
  const entries = ["*", ...["h", "y"].filter(() => random.oneIn(2))].map((kernel) => {
    const [picked] = pickSchedule(random).kernels;
    const all = Object.entries(picked?.fields ?? {}).filter(() => random.oneIn(2));
    // Both are products.
    const fields = kernel === "*" ? all : all.filter(([name]) => Object.hasOwn(fieldsOfKind("contract"), name));
    const written = fields.map(([name, value]) => `${name}=${Array.isArray(value) ? `[${value.join(", ")}]` : value}`);
    return `  kernel ${kernel} { ${written.join(", ")} }\n`;
  });
  return `schedule s for g {\n${entries.join("")}}\n`;
}

export const validSchedules: readonly string[] = [
  "schedule s for g { }\n",
  "schedule s for g {\n  kernel * { }\n  kernel y { }\n}\n",
];

export function useSchedule(random: Random, text: string): string {
  const source = { name: "damaged.tg", text };
  formatModule(source);
  const { module, diagnostics } = parseModule(source);
  if (diagnostics.length > 0) return refusal(diagnostics);
  const taken = settle(takeSchedule(module, "g", undefined));
  if ("code" in taken) return taken.code;
  const target = settle(targetByName(random.pick(["tiny", "trn2"])));
  if ("code" in target || !graphs.ok) throw new Error("the program or the target is gone");
  const { schedule, decl } = taken.value;
  const options = { target: target.value, strategy: random.pick(["naive", "heuristic"] as const), schedule };
  const compiled = compileToContent(graphs.value[0] as Graph, options);
  return compiled.ok ? "taken" : refusal(locateInSchedule(compiled.error, decl));
}
