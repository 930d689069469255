// Random schedules for property tests, made from the tables of schedule fields: every field that is there is varied, and
// each may be left out.
import type { AttrKind } from "../../ir-spec/base/attr.ts";
import type { KernelSchedule, Schedule } from "../../ir-spec/schedule.ts";
import { fieldsOfKind, kernelKindNames } from "../../passes/lower/kinds/index.ts";
import type { Random } from "./random-choices.ts";

/** One schedule for all kernels of a graph. */
export function pickSchedule(random: Random): Schedule {
  const fields: Record<string, KernelSchedule["fields"][string]> = {};
  for (const kernelKind of kernelKindNames) {
    for (const [name, kind] of Object.entries(fieldsOfKind(kernelKind))) {
      if (!random.oneIn(3)) fields[name] = pickField(random, name, kind);
    }
  }
  const kernels: readonly KernelSchedule[] = [{ kernel: "*", fields }];
  return { name: "random", graph: "*", kernels };
}

const maxSlots = 3;
const usualSizes: readonly number[] = [1, 2, 3, 4, 5, 7, 8, 16, 128];

function pickField(random: Random, name: string, kind: AttrKind): KernelSchedule["fields"][string] {
  if (kind.kind === "choice") return random.pick(kind.choices);
  if (kind.kind === "names") return shuffled(random, kind.choices);
  if (name.startsWith("slots")) return 1 + random.below(maxSlots);
  return name.startsWith("block") ? 1 + random.below(4) : random.pick(usualSizes);
}

function shuffled(random: Random, items: readonly string[]): readonly string[] {
  const left = [...items];
  return items.map(() => left.splice(random.below(left.length), 1)[0] as string);
}
