// Tile programs: read, verified, printed and read again, run by themselves, compiled and checked.
import { expect } from "vitest";
import { elementCount } from "../../../ir-spec/base/tensor.ts";
import { parseLocatedTileProgram } from "../../../ir-spec/parse-tile.ts";
import { printTileProgram } from "../../../ir-spec/print-tile.ts";
import { makeRandomTensor } from "../../../ir-spec/random-tensor.ts";
import type { TileProgram } from "../../../ir-spec/tile.ts";
import { findTooMuchTileData } from "../../../ir-spec/tile-bounds.ts";
import { verifyTile } from "../../../ir-spec/verify-tile.ts";
import type { Random } from "../../../src/find/fuzz/random-choices.ts";
import { checkStream } from "../../../targets/neuron/check/check.ts";
import { compileTiles } from "../../../targets/neuron/compile/compile.ts";
import { runTile } from "../../../targets/ref/tile.ts";
import { tiny } from "./compiled.ts";
import { refusal, settle } from "./results.ts";

const limits = { executions: 3000, elements: 200_000 };
const bounds = { maxExecutions: 3000, maxSweptGranules: 200_000 };
const maxPrinted = 100_000;

/** A damaged text through all that can be done with it. */
export function useTileText(random: Random, text: string): string {
  const read = settle(parseLocatedTileProgram({ name: "damaged.tile", text }));
  if ("code" in read) return read.code;
  const { program, spanOf } = read.value;
  const wrong = verifyTile(program, spanOf);
  if (wrong.length > 0) return refusal(wrong);
  comeBack(program);
  const isSmall = program.buffers.every(({ shape }) => elementCount(shape) <= limits.elements);
  if (isSmall && findTooMuchTileData(program, limits) === undefined) run(random, program);
  const compiled = settle(compileTiles(program, tiny));
  if ("code" in compiled) return compiled.code;
  const report = checkStream(compiled.value, tiny, bounds);
  return report.ok ? "taken" : refusal(report.diagnostics);
}

function comeBack(program: TileProgram): void {
  const printed = printTileProgram(program);
  if (printed.length > maxPrinted) return;
  const again = settle(parseLocatedTileProgram({ name: "printed.tile", text: printed }));
  expect("value" in again ? printTileProgram(again.value.program) : again.code).toBe(printed);
}

function run(random: Random, program: TileProgram): void {
  const tensors = program.buffers.filter(({ role }) => role !== undefined);
  const inputs = tensors.map((tensor) => [tensor.name, makeRandomTensor(tensor, random.below(100), "x")] as const);
  runTile(program, new Map(inputs), { rounding: true });
}
