// One segment of a chain for one tile of rows: products piece by piece, then what needs whole rows.

import { constant } from "../../../ir-spec/affine.ts";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import type { Access } from "../../../ir-spec/tile.ts";
import { runNodes } from "../compute-nodes.ts";
import { emitOp } from "../program-builder.ts";
import { freshTile, materialize, stretched, type TileScope, type TileValue } from "../tile-values.ts";
import { transposeRows } from "./contracted.ts";
import { type Chain, type ChainLevel, namedValue, rowsInHbm, scopeOf } from "./level.ts";
import { computedColumns } from "./masked.ts";
import { emitPieces } from "./pieces.ts";
import type { PlannedSegment } from "./plan.ts";
import { inPiece, tileRun } from "./values.ts";

export function emitSegment(chain: Chain, segment: PlannedSegment, level: ChainLevel): void {
  const { schedule, values, context } = chain;
  const scope = scopeOf(chain, level, { max: segment.columns });
  for (const value of segment.held) {
    const { name, dtype } = namedValue(chain, value);
    const isStored = segment.stores.some((store) => store.value === value);
    values.set(value, {
      kind: segment.columns === 1 ? "column" : "tile",
      access: freshTile(scope, name, dtype, isStored ? schedule.slots_out : schedule.slots_mid),
    });
  }
  const computed = computedColumns(chain, segment, level);
  if (segment.products.length > 0) emitPieces(chain, segment, level, computed);
  emitRowNodes(chain, segment, level, { ...scope, columns: computed });
  for (const value of segment.contracted) {
    const rows = wholeTile(chain, scope, value);
    const place = { context, schedule, body: level.body, slots: schedule.slots_mid };
    chain.operands.set(value, transposeRows(place, rows, computed));
  }
  for (const store of segment.stores) {
    const value = valueOnChip(chain, scope, store.value);
    const isWide = store.columns !== 0;
    const src = isWide ? stretched(scope, value, "tile") : value.access;
    emitOp(level.body, "dma", { dst: rowsInHbm(store, level, { max: isWide ? segment.columns : 1 }), src });
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

function emitRowNodes(chain: Chain, segment: PlannedSegment, level: ChainLevel, scope: TileScope): void {
  const { values } = chain;
  const run = new Map<ValueId, TileValue>();
  for (const [id, value] of values)
    run.set(id, inPiece(value, { level, piece: { at: constant(0), columns: scope.columns } }));
  const tile = tileRun(chain, segment, {
    level,
    scope,
    values: run,
    destinationOf: (value) => namedValue(chain, value),
    at: constant(0),
  });
  runNodes(tile, segment.rowNodes, () => scope);
  for (const node of segment.rowNodes) {
    for (const value of node.results) {
      const found = run.get(value);
      if (found !== undefined) values.set(value, found);
    }
  }
}
