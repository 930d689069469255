// Reading of tile programs in tests, and one made by hand, for statements that no text can say.
import { constant, extent } from "../../../ir-spec/affine.ts";
import { errorMessage } from "../../../ir-spec/base/errors/index.ts";
import { bufferId } from "../../../ir-spec/base/ids.ts";
import { parseTileProgram } from "../../../ir-spec/parse-tile.ts";
import type { Access, TileAlloc, TileNode, TileProgram, TileStatement } from "../../../ir-spec/tile.ts";

/** The program of a text that has no mistake. */
export function tileProgram(text: string): TileProgram {
  const result = parseTileProgram({ name: "test", text });
  if (!result.ok)
    throw new Error(result.error.map(({ code, args }) => `${code} ${errorMessage(code, args)}`).join("\n"));
  return result.value;
}

/** The parts of a program that fills one buffer with zeros, and the program of a kernel that has given statements. */
export function memsetProgram() {
  const alloc: TileAlloc = { kind: "alloc", buffer: bufferId(0) };
  const dst: Access = {
    buffer: bufferId(0),
    offset: constant(0),
    partition: { start: 0, stride: 1, size: extent(8) },
    dims: [{ stride: 1, size: extent(16) }],
  };
  const memset: TileNode = { kind: "op", op: "memset", operands: { dst }, attrs: { value: 0 } };
  const program = (body: readonly TileStatement[]): TileProgram => ({
    name: "p",
    buffers: [{ name: "t", memory: "sbuf", dtype: "f32", shape: [8, 16], slots: 1 }],
    loops: [],
    kernels: [{ name: "fill", ops: ["full"], schedule: "", body }],
  });
  return { alloc, dst, memset, program };
}
