// `tgc.mapping/1` as a person reads it: what is mapped, the accesses of each memory, and the schedule.

import { formatCount } from "../../ir-spec/base/format-numbers.ts";
import { showName } from "../../ir-spec/base/shown-text.ts";
import type { Accesses } from "../mappings/count-accesses.ts";
import { type Mapping, productSizes, tensorsOf } from "../mappings/mapping.ts";
import { left, right, textTable } from "./text-table.ts";

const toolNames = { timeloop: "Timeloop", zigzag: "ZigZag" } as const;

/** `instances` counts each of those side by side, as the tool's counts are of one, or of all together. */
const countsOf = { timeloop: "of one instance", zigzag: "of all instances together" } as const;

export function printMapping(mapping: Mapping, accesses: readonly Accesses[], schedule: string): string {
  const { tool } = mapping;
  const { m, n, k } = productSizes(mapping);
  const head = `${toolNames[tool]}'s mapping of a product: m ${m}, n ${n}, k ${k}`;
  const nests = tensorsOf(mapping).map(({ name, levels }) => {
    const lines = levels.map(({ memory, loops }) => {
      const text = loops.map(({ dim, trips, isSpatial }) => `${dim} ${trips}${isSpatial ? " at once" : ""}`).join(", ");
      return `  ${showName(memory)}: ${showName(text) || "-"}\n`;
    });
    return `${showName(name)}\n${lines.join("")}`;
  });
  const counts = accesses.map(({ tensor, memory, ...row }) => [
    tensor,
    memory,
    ...[row.tile, row.instances, row.reads, row.fills, row.updates, row.drains].map(formatCount),
  ]);
  const columns = ["tile", "instances", "reads", "fills", "updates", "drains"].map(right);
  const table = textTable([left("tensor"), left("memory"), ...columns], counts);
  const what = `accesses in elements, reads to drains ${countsOf[tool]}`;
  return `${head}\n\nloops around each memory's pieces, outermost first\n${nests.join("")}\n${what}\n${table}\n${schedule}`;
}
