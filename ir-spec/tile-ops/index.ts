// THE TILE-OP TABLE: the statements of a kernel. Few and near the machine, but without engines, addresses or tokens.

import type { GivenAttrValues } from "../base/attr.ts";
import { computeTileOps } from "./compute.ts";
import type { AnyTileOpRow, ForOperands } from "./define.ts";
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
  return tileOps[name] as unknown as AnyTileOpRow;
}

/** The attributes of a tile op as its statements give them: what has a default may be left out. */
export type GivenTileAttrs<N extends TileOpName> = GivenAttrValues<(typeof tileOps)[N]["attrs"]>;

/** Something for each operand of a tile op, by name. */
export type ForTileOperands<N extends TileOpName, T> = ForOperands<(typeof tileOps)[N]["operands"], T>;

/** Whether an operand is one element for each row, which the op uses along the whole row. */
export function isColumnOperand(op: TileOpName, operand: string): boolean {
  return tileOpDef(op).operands.some(
    ({ name, role, shape }) => name === operand && role === "read" && shape[1] === "1",
  );
}

export function isTileOpName(name: string): name is TileOpName {
  return Object.hasOwn(tileOps, name);
}
