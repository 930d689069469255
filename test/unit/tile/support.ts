// Reading of tile programs in tests, and of what the verifier says of them.
import { errorMessage } from "../../../ir-spec/base/errors/index.ts";
import { parseTileProgram } from "../../../ir-spec/parse-tile.ts";
import type { TileProgram } from "../../../ir-spec/tile.ts";

/** The program of a text that has no mistake. */
export function tileProgram(text: string): TileProgram {
  const result = parseTileProgram({ name: "test", text });
  if (!result.ok)
    throw new Error(result.error.map(({ code, args }) => `${code} ${errorMessage(code, args)}`).join("\n"));
  return result.value;
}
