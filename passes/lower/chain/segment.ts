// One segment of a chain for one tile of rows: products piece by piece, then what needs whole rows.

import { constant, type Extent } from "../../../ir-spec/affine.ts";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import { type Node, typeOf } from "../../../ir-spec/graph.ts";
import type { Access } from "../../../ir-spec/tile.ts";
import { runNodes } from "../compute-nodes.ts";
import { emitFrom } from "../origin.ts";
import { emitOp } from "../program-builder.ts";
import { type Destination, freshTile, materialize, stretched, type TileScope, type TileValue } from "../tile-values.ts";
import { transposeRows } from "./contracted.ts";
import { type Chain, type ChainLevel, namedValue, rowsInHbm, scopeOf } from "./level.ts";
import { computedColumns } from "./masked.ts";
import { emitPieces } from "./pieces.ts";
import type { PlannedSegment } from "./plan.ts";
import { inPiece, tileRun } from "./values.ts";

export function emitSegment(chain: Chain, segment: PlannedSegment, level: ChainLevel): void {
  const scope = scopeOf(chain, level, { max: segment.columns });
  openHeld(chain, segment, scope);
  const computed = computedColumns(chain, segment, level);
  if (segment.products.length > 0) emitPieces(chain, segment, level, computed);
  emitRowNodes(chain, segment, level, { scope: { ...scope, columns: computed }, nodes: segment.rowNodes });
  transposeContracted(chain, segment, level, computed);
  for (const store of segment.stores) {
    const value = valueOnChip(chain, scope, store.value);
    const isWide = store.columns !== 0;
    const src = isWide ? stretched(scope, value, "tile") : value.access;
    emitOp(level.body, "dma", { dst: rowsInHbm(store, level, { max: isWide ? segment.columns : 1 }), src });
  }
}

/** Rows for what comes piece by piece. */
export function openHeld(chain: Chain, segment: PlannedSegment, scope: TileScope): void {
  const { schedule, values } = chain;
  for (const value of segment.held) {
    const { name, dtype } = namedValue(chain, value);
    const isStored = segment.stores.some((store) => store.value === value);
    // Of a tile the last block may be one column.
    const isColumn = typeOf(chain.context.graph, value).shape.at(-1) === 1;
    values.set(value, {
      kind: isColumn ? "column" : "tile",
      access: freshTile(scope, name, dtype, isStored ? schedule.slots_out : schedule.slots_mid),
    });
  }
}

/** Prepares what later products contract. */
export function transposeContracted(chain: Chain, segment: PlannedSegment, level: ChainLevel, computed: Extent): void {
  const { schedule, context } = chain;
  const scope = scopeOf(chain, level, { max: segment.columns });
  for (const value of segment.contracted) {
    const rows = wholeTile(chain, scope, value);
    const place = { context, schedule, body: level.body, slots: schedule.slots_mid };
    const emit = () => transposeRows(place, rows, computed);
    chain.operands.set(value, emitFrom(context, level.body, [value], emit));
  }
}

/** A value that is on chip, or a number, which is put there. */
function valueOnChip(chain: Chain, scope: TileScope, value: ValueId): TileValue & { readonly access: Access } {
  const found = chain.values.get(value);
  invariant(found !== undefined, "what is contracted or stored was made");
  return materialize(scope, found, namedValue(chain, value).dtype);
}

/** A value as a tile of whole rows, each element in its place. */
function wholeTile(chain: Chain, scope: TileScope, value: ValueId): Access {
  const source = valueOnChip(chain, scope, value);
  if (source.kind === "tile" || scope.columns.max === 1) return source.access;
  const { name, dtype } = namedValue(chain, value);
  const dst = freshTile(scope, name, dtype, chain.schedule.slots_mid);
  emitOp(scope.body, "tensor_copy", { dst, src: stretched(scope, source, "tile") });
  return dst;
}

interface NodesOnRows {
  readonly scope: TileScope;
  readonly nodes: readonly Node[];
  /** Where results go that are not as the graph says. */
  readonly destinationOf?: (value: ValueId) => Destination | undefined;
}

/** Runs nodes of a segment on all columns that are on chip. */
export function emitRowNodes(
  chain: Chain,
  segment: PlannedSegment,
  level: ChainLevel,
  { scope, nodes, destinationOf }: NodesOnRows,
): void {
  const { values } = chain;
  const run = new Map<ValueId, TileValue>();
  for (const [id, value] of values)
    run.set(id, inPiece(value, { level, piece: { at: constant(0), columns: scope.columns } }));
  const tile = tileRun(chain, segment, {
    level,
    scope,
    values: run,
    destinationOf: (value) => destinationOf?.(value) ?? namedValue(chain, value),
    at: constant(0),
  });
  const isReadLater = (value: ValueId): boolean =>
    segment.rowNodes.some((node) => !nodes.includes(node) && node.operands.includes(value));
  runNodes({ ...tile, isStored: (value) => tile.isStored(value) || isReadLater(value) }, nodes, () => scope);
  for (const node of nodes) {
    for (const value of node.results) {
      const found = run.get(value);
      if (found !== undefined) values.set(value, found);
    }
  }
}
