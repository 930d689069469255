// What a pass may ask about time: the type of the cost function that a target hands in, so that the choice of tiles uses
// real instruction costs though no pass knows a target.

import type { Dtype } from "./base/dtype.ts";
import type { TileOpName } from "./tile-ops/index.ts";

/** The extent of one tile op: `p` partitions by `f` elements of its result, and `k` contracted rows of a matmul. */
export interface TileOpShape {
  readonly p: number;
  readonly f: number;
  readonly k?: number;
  readonly dtype: Dtype;
}

/** The time that one tile op keeps its engine busy (ns). Pure: the same shape always costs the same. */
export type CostFunction = (op: TileOpName, shape: TileOpShape) => number;
