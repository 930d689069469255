// Copies and gathers: one node that moves data and is no view.

import { completeAttrs } from "../../../ir-spec/base/attr.ts";
import { isOfKind } from "../../../ir-spec/graph.ts";
import { movementChoices } from "../movement/choices.ts";
import { emitMovement, passesThroughChip } from "../movement/emit.ts";
import { movementFields } from "../movement/fields.ts";
import { isView } from "../views.ts";
import { defineKernelKind, keepFields, placeInRows } from "./define.ts";

/** Tiles of rows under way, the most first: each waits for its indices, its rows and its store. Assumed. */
const rowsInFlight = [{ slots: 8 }, { slots: 6 }, { slots: 4 }, { slots: 3 }] as const;

export const movement = defineKernelKind({
  title: "Movement",
  summary: "Copies and gathers.",
  fields: movementFields,
  example: `graph movement(x: f32[4, 8], y: f32[4, 2]) -> (z: f32[4, 10]) {
  kernel z {
    z = concat(x, y, axis=1)
  }
}`,
  claims: ({ nodes }) => nodes.length === 1 && nodes.every((node) => isOfKind(node, "movement") && !isView(node)),
  objection: () => undefined,
  place: placeInRows,
  plan: (_context, region) => region,
  resolve: keepFields,
  space: ({ nodes }, { strategy }) => ({
    candidates: [completeAttrs(movementFields)],
    take: "first",
    rings: strategy !== "naive" && nodes.some(passesThroughChip) ? rowsInFlight : [],
  }),
  choices: movementChoices,
  emit: emitMovement,
});
