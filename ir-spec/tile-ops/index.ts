// THE TILE-OP TABLE: the statements of a kernel. Few and near the machine, but without engines, addresses or tokens.

import { computeTileOps } from "./compute.ts";
import type { AnyTileOpRow } from "./define.ts";
import { movementTileOps } from "./movement.ts";
import { productTileOps } from "./product.ts";

export const tileOps = { ...movementTileOps, ...productTileOps, ...computeTileOps } as const;

export type TileOpName = keyof typeof tileOps;
export type TransferName = keyof typeof movementTileOps;

/** Whether the DMA engines run it. */
export function isTransfer(name: TileOpName): name is TransferName {
  return Object.hasOwn(movementTileOps, name);
}

export const tileOpNames = Object.keys(tileOps) as readonly TileOpName[];

export function tileOpDef(name: TileOpName): AnyTileOpRow {
  return tileOps[name];
}

export function isTileOpName(name: string): name is TileOpName {
  return Object.hasOwn(tileOps, name);
}
