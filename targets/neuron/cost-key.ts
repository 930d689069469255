// Costs of statements, each computed once: schedules and engines are chosen by lowering a kernel over and over, and most of its statements
// are the same each time.

import { type Access, namedAccesses, type TileBuffer, type TileNode, tileAttrsOf } from "../../ir-spec/tile.ts";

export type BufferInfo = (buffer: Access["buffer"]) => TileBuffer;

/** A text that is equal for statements that cost the same on an engine: all that their instructions are made of but places. */
export function costKey(node: TileNode, engine: string | undefined, bufferInfo: BufferInfo): string {
  let key = `${node.op} ${engine}`;
  for (const [name, value] of Object.entries(tileAttrsOf(node))) key += ` ${name}=${value}`;
  for (const [name, access] of Object.entries(namedAccesses(node))) {
    if (access !== undefined) key += ` ${name}:${keyOfAccess(access, bufferInfo(access.buffer))}`;
  }
  return key;
}

function keyOfAccess({ partition, dims }: Access, { memory, dtype }: TileBuffer): string {
  let key = `${memory} ${dtype} ${partition.start} ${partition.stride} ${partition.size.max}`;
  for (const { stride, size } of dims) key += ` ${size.max}:${stride}`;
  return key;
}
