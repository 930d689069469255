// Where the compiler of streams puts a tile op whose operator not every vector engine has.
import { expect, test } from "vitest";
import { invariant } from "../../../ir-spec/base/result.ts";
import { parseTileProgram } from "../../../ir-spec/parse-tile.ts";
import { checkStream } from "../../../targets/neuron/check/check.ts";
import { compileTiles } from "../../../targets/neuron/compile/compile.ts";
import { tiny } from "./simulate-fixtures.ts";

const program = (statement: string): string => `program p
hbm a: f32[8, 4] input
hbm c: f32[8, 4] output

kernel k () schedule "" {
  sbuf x: f32[8, 4]
  dma x[0; 8; 4:1] <- a[0; 8:4; 4:1]
  sbuf y: f32[8, 4]
  ${statement}
  dma c[0; 8:4; 4:1] <- y[0; 8; 4:1]
}
`;

test.each([
  ["pool", "tensor_tensor y[0; 8; 4:1] <- lhs=x[0; 8; 4:1], rhs=x[0; 8; 4:1], op=power"],
  ["pool", "tensor_scalar y[0; 8; 4:1] <- x[0; 8; 4:1], op0=add, imm0=1, op1=power, imm1=2"],
  ["dve", "tensor_tensor y[0; 8; 4:1] <- lhs=x[0; 8; 4:1], rhs=x[0; 8; 4:1], op=add"],
  ["pool", "tensor_tensor y[0; 8; 4:1] <- lhs=x[0; 8; 4:1], rhs=x[0; 8; 4:1], op=add on pool"],
])("on %s: %s", (queue, statement) => {
  const tiles = parseTileProgram({ name: "test", text: program(statement) });
  invariant(tiles.ok, "it is well formed");
  const stream = compileTiles(tiles.value, tiny);
  invariant(stream.ok, "it can be compiled");
  expect(stream.value.queues.map(({ queue: name }) => name).filter((name) => !name.startsWith("dma"))).toEqual([queue]);
  expect(checkStream(stream.value, tiny).diagnostics).toEqual([]);
});
