// Programs of the tests of answers: a text with its schedule, ready to compile.
import type { Graph } from "../../../ir-spec/graph.ts";
import type { CompileOptions } from "../../../src/driver/compile.ts";
import { readSchedule } from "../../../src/driver/schedules.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { elaborate, parseModule } from "../../../src/text/index.ts";

export interface Program {
  readonly graph: Graph;
  readonly options: CompileOptions;
}

export function readProgram(text: string, machine = "tiny"): Program {
  const { module, diagnostics } = parseModule({ name: "test.tg", text });
  const graphs = elaborate(module, {});
  const target = targetByName(machine);
  if (diagnostics.length > 0 || !graphs.ok || !target.ok) throw new Error("the test's program is wrong");
  const [decl] = module.items.filter((item) => item.kind === "schedule");
  const schedule = decl && readSchedule(decl).schedule;
  return { graph: graphs.value[0] as Graph, options: { target: target.value, strategy: "heuristic", schedule } };
}
