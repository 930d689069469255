// Chains: products with row-wise steps before, between and after them, over the same rows.

import { chainSpace } from "../chain/candidates.ts";
import { chainChoices } from "../chain/choices.ts";
import { emitChain } from "../chain/emit.ts";
import { chainFields } from "../chain/fields.ts";
import { chainObjection, isChain } from "../chain/levels.ts";
import { planChain } from "../chain/plan.ts";
import { movesData } from "../region.ts";
import { defineKernelKind, keepFields, placeInRows } from "./define.ts";

export const chain = defineKernelKind({
  title: "Chains",
  summary:
    "Products with row-wise ops before, between and after them, such as attention or an MLP: a tile of rows goes through all of it on chip.",
  fields: chainFields,
  example: `graph chain(q: f32[4, 8], k: f32[6, 8], v: f32[6, 8]) -> (y: f32[4, 8]) {
  kernel y {
    s = matmul(q, k, transpose_rhs=true)
    e = exp(s - reduce_max(s, axes=[1]))
    y = matmul(e / reduce_sum(e, axes=[1]), v)
  }
}`,
  claims: (region) => isChain(region) && !region.nodes.some(movesData),
  objection: chainObjection,
  place: placeInRows,
  plan: planChain,
  resolve: keepFields,
  space: chainSpace,
  choices: chainChoices,
  emit: emitChain,
});
