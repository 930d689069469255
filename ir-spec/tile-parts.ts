// The parts of a tile program that a message may point at.

import type { SpanOf } from "./base/span.ts";
import type { TileBuffer, TileProgram, TileStatement } from "./tile.ts";

export type TilePart = TileStatement | TileBuffer;

/** Where the parts of a tile program are in its text. */
export type TileSpans = SpanOf<TilePart>;

/** All parts of a program, in an order that depends on nothing but its form: statements, buffers on chip, those in HBM. */
export function listTileParts({ buffers, kernels }: TileProgram): readonly TilePart[] {
  const statements = kernels.flatMap(({ body }) => listStatements(body));
  const onChip = statements.flatMap((statement) => {
    const buffer = statement.kind === "alloc" ? buffers[statement.buffer] : undefined;
    return buffer === undefined || buffer.memory === "hbm" ? [] : [buffer];
  });
  return [...statements, ...onChip, ...buffers.filter(({ memory }) => memory === "hbm")];
}

function listStatements(body: readonly TileStatement[]): readonly TileStatement[] {
  return body.flatMap((statement) =>
    statement.kind === "loop" ? [statement, ...listStatements(statement.body)] : [statement],
  );
}
