// Places for results that nobody reads, of instructions whose fold of each row is what is wanted: small ones, written over and over.

import { constant } from "../../../ir-spec/affine.ts";
import type { Access } from "../../../ir-spec/tile.ts";
import type { BodyBuilder } from "../program-builder.ts";
import { largestDivisorUpTo } from "../space.ts";

/** Elements of a place that nobody reads. Assumed: so many that the engine streams them as it does a whole tile. */
const unreadElements = 700;

/** Whether a tile's own place is larger than that of what nobody reads. */
export function isWide({ dims }: Access): boolean {
  return (dims[0]?.size.max ?? 0) > unreadElements;
}

/** A place for results in the shape of a tile of one run, whose length is fixed. */
export function unreadDst(builder: BodyBuilder, tile: Access, name: string, slots = 2): Access | undefined {
  const [run, ...others] = tile.dims;
  if (run === undefined || others.length > 0 || run.size.limit !== undefined) return undefined;
  const width = largestDivisorUpTo(run.size.max, unreadElements);
  const shape = [tile.partition.size.max, width];
  const buffer = builder.buffer({ name, memory: "sbuf", dtype: "bf16", shape, slots });
  const row = { stride: 1, size: { max: width } };
  const dims = width === run.size.max ? [row] : [{ stride: 0, size: { max: run.size.max / width } }, row];
  return { ...tile, buffer, offset: constant(0), partition: { ...tile.partition, start: 0 }, dims };
}
