// The elementwise nodes after a product, on one tile of its sums. Steps between two of them stay in f32; the last one rounds to the result's
// dtype.

import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { typeOf } from "../../../ir-spec/graph.ts";
import type { Access } from "../../../ir-spec/tile.ts";
import { runNodes } from "../compute-nodes.ts";
import type { LowerContext } from "../region.ts";
import type { Destination, TileScope, TileValue } from "../tile-values.ts";
import { emitCopy } from "./evict.ts";
import type { ContractSchedule } from "./fields.ts";
import type { Epilogue } from "./plan.ts";

export interface EpilogueTile {
  readonly context: LowerContext;
  readonly epilogue: Epilogue;
  readonly scope: TileScope;
  /** An operand from outside, as this tile sees it. */
  readonly operandOf: (value: ValueId) => TileValue;
  /** Who copies sums that nothing else is done to. */
  readonly evict: ContractSchedule["evict"];
}

/** A tile of sums through the nodes, into `to`. */
export function runEpilogue(
  { context, epilogue, scope, operandOf, evict }: EpilogueTile,
  source: Access,
  to: Destination,
): void {
  if (epilogue.nodes.length === 0) {
    emitCopy(scope.body, { src: source, dst: to.access as Access }, scope.columns, evict);
    return;
  }
  const values = new Map<ValueId, TileValue>([[epilogue.product, { kind: "tile", access: source }]]);
  for (const value of epilogue.reads) values.set(value, operandOf(value));
  const destinationOf = (value: ValueId): Destination =>
    value === epilogue.output
      ? to
      : { name: context.graph.values[value]?.name ?? "t", dtype: betweenDtype(context, value) };
  const iotaOf = (): never => {
    throw new Error("internal: an iota in an epilogue");
  };
  const isStored = (value: ValueId): boolean => value === epilogue.output;
  runNodes({ context, scope, values, destinationOf, isStored, iotaOf, reducedCount: 1 }, epilogue.nodes, () => scope);
}

/** Floats stay in f32 between two ops of an epilogue; other dtypes are what they are. */
function betweenDtype({ graph }: LowerContext, value: ValueId): Destination["dtype"] {
  const { dtype } = typeOf(graph, value);
  return dtype === "bf16" || dtype === "f16" ? "f32" : dtype;
}
