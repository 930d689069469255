// Whether stages can help a loop at all: some queue meets what it has worked on again, after another queue had it.

import type { BufferId } from "../../ir-spec/base/ids.ts";
import type { StepCost } from "../../ir-spec/cost.ts";
import type { TileBuffer, TileLoop, TileStatement } from "../../ir-spec/tile.ts";
import { usesOfStatement } from "../../ir-spec/verify-tile-stages.ts";

/** The units that have had a hand in what a buffer holds, and those that had it before another one did. */
interface History {
  readonly units: ReadonlySet<string>;
  readonly earlier: ReadonlySet<string>;
}

/** Follows the body once: a statement inherits the history of all that it touches. */
export function revisits(loop: TileLoop, stepCost: StepCost, bufferInfo: (buffer: BufferId) => TileBuffer): boolean {
  const histories = new Map<BufferId, History>();
  for (const step of loop.body) {
    if (step.kind === "alloc") continue;
    const units = unitsOf(step, (node) => stepCost(node, bufferInfo).unit);
    const touched = [...usesOfStatement(step).keys()];
    const before = touched.flatMap((buffer) => histories.get(buffer) ?? []);
    const seen = new Set(before.flatMap((history) => [...history.units]));
    const earlier = new Set(before.flatMap((history) => [...history.earlier]));
    const isAnother = [...units].some((unit) =>
      before.some((history) => [...history.units].some((own) => own !== unit)),
    );
    if (isAnother) for (const unit of seen) earlier.add(unit);
    if ([...units].some((unit) => unit !== "dma" && earlier.has(unit))) return true;
    for (const buffer of touched) histories.set(buffer, { units: new Set([...seen, ...units]), earlier });
  }
  return false;
}

function unitsOf(
  statement: TileStatement,
  unitOf: (node: Extract<TileStatement, { kind: "op" }>) => string,
): ReadonlySet<string> {
  if (statement.kind === "op") return new Set([unitOf(statement)]);
  return new Set(statement.kind === "loop" ? statement.body.flatMap((child) => [...unitsOf(child, unitOf)]) : []);
}
