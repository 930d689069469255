// A program that calls the library: a statement writes a buffer that the program does not have.
import { bufferId } from "../../../ir-spec/base/ids.ts";
import { verifyTile } from "../../../ir-spec/verify-tile.ts";
import { memsetProgram } from "../tile/support.ts";
import type { Cause } from "./cause.ts";

const { program, memset, dst } = memsetProgram();
const lost = { ...memset, operands: { dst: { ...dst, buffer: bufferId(9) } } };

export const cause: Cause = () => verifyTile(program([lost]));
