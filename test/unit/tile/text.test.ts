// The text of tile programs: both ways, the form of a line, and where mistakes are reported.
import { assert, integer, property } from "fast-check";
import { expect, test } from "vitest";
import { errorMessage } from "../../../ir-spec/base/errors/index.ts";
import { positionOf } from "../../../ir-spec/base/span.ts";
import { parseTileProgram } from "../../../ir-spec/parse-tile.ts";
import { printTileProgram } from "../../../ir-spec/print-tile.ts";
import { renumberTileProgram } from "../../../ir-spec/renumber-tile.ts";
import type { TileProgram } from "../../../ir-spec/tile.ts";
import { randomTileProgram } from "./random-tile.ts";

function parse(text: string): TileProgram {
  const result = parseTileProgram({ name: "test", text });
  if (!result.ok) throw new Error(complaints(text).join("\n"));
  return result.value;
}

/** `line:column code message` of every diagnostic. */
function complaints(text: string): string[] {
  const result = parseTileProgram({ name: "test", text });
  if (result.ok) return [];
  return result.error.map(({ code, args, span }) => {
    const { line, column } = span === undefined ? { line: 0, column: 0 } : positionOf(span.source, span.start);
    return `${line}:${column} ${code} ${errorMessage(code, args)}`;
  });
}

const example = `program mlp
hbm x: bf16[500, 768] input
hbm c: f32[4] constant = [0.5, 1, -inf, 2]
hbm y: bf16[500, 768] output

kernel matmul_0 (matmul, gelu) schedule "tile_m=128" {
  for m in 0..4 {
    sbuf lhs: bf16[128, 6, 128] x2
    psum acc: f32[128, 512] x2
    for k in 0..min(6, 6 - m) {
      dma lhs[k, 0; 128; 128:1] <- x[128*m, 128*k; 128:1; min(128, 500 - 128*m):768]
      matmul acc[0; 128; 512:1] <- stationary=lhs[k, 0; 128; 128:1], moving=lhs[k, 0; 128; 4:0, 128:1], accumulate=notFirst(k)
    }
    iota lhs[0, 0; 64@32; 128:1] <- partition_step=1, base=128*m + 3
    memset lhs[0, 0; 64@32; 128:1]
    activation lhs[0, 0; 128; 512:1] <- acc[0; 128; 512:1], bias=acc[1; 128; 1:1], func=gelu on act stage 2
    memset lhs[0, 0; 64@32; 128:1] stage 3
    for j in 0..2 stage 1 {
      memset lhs[j, 0; 128; 128:1]
    }
  }
}
`;

test("a program prints as it was read", () => {
  expect(printTileProgram(parse(example))).toBe(example);
});

test("parse(print(p)) is p in its normal form, for random programs", () => {
  assert(
    property(integer(), (seed) => {
      const normal = renumberTileProgram(randomTileProgram(seed));
      expect(renumberTileProgram(normal)).toEqual(normal);
      expect(parse(printTileProgram(normal))).toEqual(normal);
    }),
    { numRuns: 300 },
  );
});

test("the text does not depend on how ids were given out", () => {
  const program = parse(example);
  const last = program.buffers.length - 1;
  const turned = JSON.parse(JSON.stringify(program), (key, value) => (key === "buffer" ? last - value : value));
  expect(printTileProgram({ ...turned, buffers: program.buffers.toReversed() })).toContain(
    "dma lhs[k, 0; 128; 128:1] <- x[",
  );
});

test("a coordinate alone is the flat offset", () => {
  const flat = example.replace("x[128*m, 128*k;", "x[98304*m + 128*k;");
  expect(parse(flat)).toEqual(parse(example));
});

test("a size that stands more than once in a loop's body gets a name", () => {
  const twice = example.replace("accumulate=notFirst(k)\n", "$&      memset acc[0; min(128, 500 - 128*m); 512:1]\n");
  const named = printTileProgram(parse(twice));
  expect(named).toContain("  for m in 0..4 {\n    let m_size = min(128, 500 - 128*m)\n");
  expect(named).toContain("memset acc[0; m_size; 512:1]\n");
  expect(named).toContain("128:1; m_size:768]\n");
  expect(parse(named)).toEqual(parse(twice));
  expect(complaints(named.replace("memset acc[0; m_size", "memset acc[0; k_size"))[0]).toContain(
    "E0621 unknown size `k_size`, expected m_size",
  );
});

test("names that two loops share are distinguished", () => {
  const program = parse(example);
  expect(printTileProgram({ ...program, loops: ["i", "i"] })).toContain("for i_2 in 0..min(6, 6 - i) {");
});

test.each([
  ["syntax", "dma lhs[k, 0; 128; 128:1] <- x", "dma lhs[k, 0; 128; 128:1] x", "11:33 E0620 expected `<-`, found `x`"],
  [
    "unknown buffer",
    "<- acc[0; 128; 512:1], bias",
    "<- ack[0; 128; 512:1], bias",
    "16:41 E0621 unknown buffer `ack`, expected x, c, y, lhs, acc",
  ],
  ["unknown loop", "base=128*m", "base=128*k", "14:64 E0621 unknown loop `k`, expected m"],
  ["unknown op", "memset lhs", "memzet lhs", "15:5 E0621"],
  ["unknown attribute", "func=gelu", "fun=gelu", "16:84 E0621"],
  ["bad attribute", "func=gelu", "func=gellu", '16:89 E0622 activation: `func` is gellu, expected one of "copy"'],
  ["missing operand", "stationary=lhs[k, 0; 128; 128:1], ", "", "12:7 E0623 matmul: missing operand `stationary`"],
  ["twice", "func=gelu", "func=gelu, func=copy", "16:95 E0622"],
  ["dtype", "psum acc: f32", "psum acc: float", "9:15 E0620"],
  [
    "coordinates",
    "lhs[k, 0; 128; 128:1] <-",
    "lhs[k, 0, 0; 128; 128:1] <-",
    "11:15 E0620 expected 2, one for each dimension, or the flat offset alone, found 3 coordinates",
  ],
  ["loop's begin", "for m in 0", "for m in 1", "7:12 E0620"],
  ["end", "    memset", "} } memset", "15:3"],
])("mistakes have their place: %s", (_name, right, wrong, wanted) => {
  expect(example).toContain(right);
  expect(complaints(example.replace(right, wrong)).join("\n")).toContain(wanted);
});

test("a mistake in one line does not hide those in others, nor make new ones", () => {
  const text = example
    .replace("func=gelu", "func=")
    .replace("0..4 {", "0..4 {\n dma\n 123")
    .replace("output", "outptu");
  const places = complaints(text).map((line) => line.split(" ").slice(0, 2).join(" "));
  expect(places).toEqual(["4:23 E0620", "8:5 E0620", "9:2 E0620", "18:90 E0622"]);
});
