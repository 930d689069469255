// Random schedules for property tests, made from the tables of schedule fields: every field that is there is varied, and
// each may be left out.
import { type AttrKind, fitsKind } from "../../../ir-spec/base/attr.ts";
import type { KernelSchedule, Schedule } from "../../../ir-spec/schedule.ts";
import { fieldsOfKind, type KernelKind, kernelKindNames } from "../../../passes/lower/kinds/index.ts";
import type { Random } from "./random-choices.ts";

/** One schedule for all kernels of a graph that are of these kinds: a value that does not fit all that have its field is left out. */
export function pickSchedule(random: Random, kinds: readonly KernelKind[] = kernelKindNames): Schedule {
  const fields: Record<string, KernelSchedule["fields"][string]> = {};
  const tables = kinds.map(fieldsOfKind);
  for (const table of tables) {
    for (const [name, kind] of Object.entries(table)) {
      if (random.oneIn(3)) continue;
      const value = pickField(random, name, kind);
      const fits = tables.every((other) => other[name] === undefined || fitsKind(other[name], value));
      if (fits) fields[name] = value;
    }
  }
  const kernels: readonly KernelSchedule[] = [{ kernel: "*", fields }];
  return { name: "random", graph: "*", kernels };
}

const maxSlots = 3;
/** Ranges of fields up to this one are drawn from as they are. */
const maxRange = 100;
const usualSizes: readonly number[] = [1, 2, 3, 4, 5, 7, 8, 16, 128];

function pickField(random: Random, name: string, kind: AttrKind): KernelSchedule["fields"][string] {
  if (kind.kind === "choice") return random.pick(kind.choices);
  if (kind.kind === "names") return shuffled(random, kind.choices);
  if (kind.kind === "int" && (kind.max ?? Number.POSITIVE_INFINITY) <= maxRange)
    return pickInRange(random, kind.min ?? 0, kind.max ?? maxRange);
  if (name.startsWith("slots")) return 1 + random.below(maxSlots);
  return name.startsWith("block") ? 1 + random.below(4) : random.pick(usualSizes);
}

/** The ends as likely as all that is between them. */
function pickInRange(random: Random, min: number, max: number): number {
  return random.pick([min, max, min + random.below(max - min + 1)]);
}

function shuffled(random: Random, items: readonly string[]): readonly string[] {
  const left = [...items];
  return items.map(() => left.splice(random.below(left.length), 1)[0] as string);
}
