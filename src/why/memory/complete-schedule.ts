// The schedule of a tile program with every field of every kernel as it was chosen: what is lowered with it is not searched for again.

import { completeAttrs } from "../../../ir-spec/base/attr.ts";
import type { Graph } from "../../../ir-spec/graph.ts";
import type { KernelSchedule, Schedule } from "../../../ir-spec/schedule.ts";
import type { TileProgram } from "../../../ir-spec/tile.ts";
import { classify } from "../../../passes/lower/classify.ts";
import { fieldsOfKind, type KernelKind } from "../../../passes/lower/kinds/index.ts";
import { regionsOf } from "../../../passes/lower/plan-regions.ts";
import { readSchedule } from "../../driver/schedules.ts";
import { printSchedule } from "../../report/print-profile.ts";
import { parseModule } from "../../text/index.ts";

/** The kinds of a graph's kernels, by their names. */
export function kindsOfKernels(graph: Graph): ReadonlyMap<string, KernelKind> {
  const steps = regionsOf(graph);
  return new Map(
    steps.flatMap((step): readonly (readonly [string, KernelKind])[] => {
      if (step.kind !== "region") return [];
      const kind = classify(graph, step.region);
      return kind.ok ? [[step.region.name, kind.value]] : [];
    }),
  );
}

/** `graph`: the one that the program was lowered from. Undefined where names of it are none that a text may have. */
export function completeSchedule(graph: Graph, { kernels }: TileProgram): Schedule | undefined {
  const { module, diagnostics } = parseModule({ name: "<schedule>", text: printSchedule(graph.name, kernels) });
  const [decl] = module.items.filter((item) => item.kind === "schedule");
  if (diagnostics.length > 0 || decl === undefined) return undefined;
  const kinds = kindsOfKernels(graph);
  const { schedule } = readSchedule(decl);
  return {
    ...schedule,
    kernels: schedule.kernels.flatMap((entry): readonly KernelSchedule[] => {
      const kind = kinds.get(entry.kernel);
      return kind === undefined ? [] : [{ ...entry, fields: completeAttrs(fieldsOfKind(kind), entry.fields) }];
    }),
  };
}
