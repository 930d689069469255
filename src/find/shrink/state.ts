// What is shrunk: a graph and the schedule that it is compiled with. Printed, it is a program that reads back to the same.

import { printAttrValue } from "../../../ir-spec/base/attr.ts";
import type { Graph } from "../../../ir-spec/graph.ts";
import { printGraph } from "../../../ir-spec/print-graph.ts";
import type { Schedule } from "../../../ir-spec/schedule.ts";
import { kindsOfField } from "../../driver/schedules.ts";

export interface ShrinkState {
  readonly graph: Graph;
  readonly schedule?: Schedule | undefined;
}

export function printState({ graph, schedule }: ShrinkState): string {
  const text = printGraph(graph);
  return schedule === undefined || schedule.kernels.length === 0
    ? text
    : `${text}\n${printScheduleOf(graph, schedule)}`;
}

function printScheduleOf({ name: graph }: Graph, { name, kernels }: Schedule): string {
  const lines = kernels.map(({ kernel, fields }) => {
    const entries = Object.entries(fields).map(([field, value]) => {
      const [kind] = kindsOfField(field);
      return `${field}=${kind === undefined ? String(value) : printAttrValue(kind, value)}`;
    });
    return `  kernel ${kernel} { ${entries.join(", ")} }\n`;
  });
  return `schedule ${name} for ${graph} {\n${lines.join("")}}\n`;
}
