// A program that calls the library: a memory is filled with a number, never with a word.
import type { TileStatement } from "../../../ir-spec/tile.ts";
import { verifyTile } from "../../../ir-spec/verify-tile.ts";
import { memsetProgram } from "../tile/support.ts";
import type { Cause } from "./cause.ts";

const { program, alloc, memset } = memsetProgram();

export const cause: Cause = () =>
  verifyTile(program([alloc, { ...memset, attrs: { value: "many" } } as unknown as TileStatement]));
