// Row-wise kernels: elementwise nodes and reductions of the same axes over one iteration space.

import { isProduct, movesData } from "../region.ts";
import { rowsSpace } from "../rows/candidates.ts";
import { rowsChoices } from "../rows/choices.ts";
import { emitRows } from "../rows/emit.ts";
import { rowsFields } from "../rows/fields.ts";
import { rowsObjection } from "../rows/iteration-space.ts";
import { planRows } from "../rows/plan.ts";
import { defineKernelKind, keepFields, placeInRows } from "./define.ts";

export const rows = defineKernelKind({
  title: "Row-wise kernels",
  summary: "Elementwise ops and reductions over `[rows, columns]`, rows on the partitions.",
  fields: rowsFields,
  example: `graph rows(x: f32[4, 8]) -> (y: f32[4, 8]) {
  kernel y {
    y = x / reduce_sum(exp(x), axes=[1])
  }
}`,
  claims: ({ nodes }) => !nodes.some((node) => isProduct(node) || movesData(node)),
  objection: rowsObjection,
  place: placeInRows,
  plan: planRows,
  resolve: keepFields,
  space: rowsSpace,
  choices: rowsChoices,
  emit: emitRows,
});
