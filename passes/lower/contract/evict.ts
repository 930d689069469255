// Copies out of PSUM: by the engine that is asked for, shared between two, or by the faster one.

import { addAffine, type Extent } from "../../../ir-spec/affine.ts";
import type { Access, EngineHint, TileNode } from "../../../ir-spec/tile.ts";
import { type Body, emitOp, run } from "../program-builder.ts";
import type { LowerContext } from "../region.ts";
import type { ContractSchedule } from "./fields.ts";

interface Copy {
  readonly src: Access;
  readonly dst: Access;
}

/** Empties a tile of `columns`; `split` lets both engines take one half of them. */
export function emitCopy(body: Body, { src, dst }: Copy, columns: Extent, evict: ContractSchedule["evict"]): void {
  if (evict !== "split" || columns.limit !== undefined || columns.max < 2) {
    emitOp(body, "tensor_copy", { dst, src }, {}, { engine: evict === "act" ? "act" : "dve" });
    return;
  }
  const half = columns.max >> 1;
  const part = (access: Access, from: number, size: number): Access => ({
    ...access,
    offset: addAffine(access.offset, { constant: from, terms: [] }),
    dims: [run({ max: size })],
  });
  emitOp(body, "tensor_copy", { dst: part(dst, 0, half), src: part(src, 0, half) }, {}, { engine: "dve" });
  const rest = columns.max - half;
  emitOp(body, "tensor_copy", { dst: part(dst, half, rest), src: part(src, half, rest) }, {}, { engine: "act" });
}

/** Copies on the engine that takes less time for it. Two engines that write one buffer would wait for each other. */
export function emitFastCopy({ engineCost, builder }: LowerContext, body: Body, { src, dst }: Copy): void {
  const copy: TileNode = { kind: "op", op: "tensor_copy", operands: { dst, src }, attrs: {} };
  const timeNs = (engine: EngineHint): number =>
    engineCost(copy, engine, builder.bufferInfo) ?? Number.POSITIVE_INFINITY;
  body.push({ ...copy, engine: timeNs("act") < timeNs("dve") ? "act" : "dve" });
}
