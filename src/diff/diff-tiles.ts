// Compares two tile programs: their normal forms, with and without what changes time alone, and at last their values on inputs.

import { ok } from "../../ir-spec/base/result.ts";
import { printTileProgram } from "../../ir-spec/print-tile.ts";
import type { TileProgram, TileStatement } from "../../ir-spec/tile.ts";
import { findTooMuchTileData } from "../../ir-spec/tile-bounds.ts";
import { runTile } from "../../targets/ref/tile.ts";
import { programIndexBounds } from "../driver/index-bounds.ts";
import type { ComparedPrograms } from "./diff-graphs.ts";
import { normalTileProgram } from "./normal/normal-tile.ts";
import { partTiles } from "./part-tiles.ts";
import type { ValuesFinding } from "./report.ts";
import { compareRuns, type Runner } from "./values/compare.ts";
import { type Alignment, alignPorts, type Port } from "./values/interface.ts";
import { describeProblem } from "./words.ts";

export function tilePorts({ buffers }: TileProgram): readonly Port[] {
  return buffers.flatMap(({ name, dtype, shape, role }): Port[] =>
    role === undefined || role === "temp" || role === "constant" ? [] : [{ name, dtype, shape, role }],
  );
}

/** The program after under the names of the one before. */
function renameTiles(program: TileProgram, { renamed }: Alignment): TileProgram {
  const names = new Map(renamed.map(({ before, after }) => [after, before]));
  const buffers = program.buffers.map((buffer) =>
    buffer.role === undefined || buffer.role === "temp" || buffer.role === "constant"
      ? buffer
      : { ...buffer, name: names.get(buffer.name) ?? buffer.name },
  );
  return { ...program, buffers };
}

export function compareTilePrograms(before: TileProgram, given: TileProgram, seed: number): ComparedPrograms {
  const alignment = alignPorts(tilePorts(before), tilePorts(given));
  const after = renameTiles(given, alignment);
  const [normalBefore, normalAfter] = [normalTileProgram(before), normalTileProgram(after)];
  const [textBefore, textAfter] = [printTileProgram(normalBefore), printTileProgram(normalAfter)];
  const compared = { renamed: alignment.renamed, before: textBefore, after: textAfter };
  const finding = (values: ValuesFinding): ComparedPrograms => ({ ...compared, values });
  if (textBefore === textAfter) return finding({ kind: "identical", why: "the normal forms are equal" });
  if (alignment.mismatches.length > 0) return finding({ kind: "interface", mismatches: alignment.mismatches });
  const [meaningBefore, meaningAfter] = [meaningText(normalBefore), meaningText(normalAfter)];
  if (meaningBefore === meaningAfter) return finding({ kind: "proven", why: "only slots and engines differ" });
  return finding(compareTileValues(before, after, seed));
}

/** The text without slots and engines, which change no value. */
function meaningText(program: TileProgram): string {
  const strip = (statement: TileStatement): TileStatement => {
    if (statement.kind === "loop") return { ...statement, body: statement.body.map(strip) };
    if (statement.kind === "alloc") return statement;
    const { engine: _engine, ...node } = statement;
    return node;
  };
  const kernels = program.kernels.map((kernel) => ({ ...kernel, body: kernel.body.map(strip) }));
  const buffers = program.buffers.map((buffer) => ({ ...buffer, slots: 1 }));
  return printTileProgram(normalTileProgram({ ...program, buffers, kernels }));
}

function compareTileValues(before: TileProgram, after: TileProgram, seed: number): ValuesFinding {
  const tooMuch = findTooMuchTileData(before) ?? findTooMuchTileData(after);
  if (tooMuch !== undefined) return { kind: "undecided", why: describeProblem(tooMuch) };
  const inputs = tilePorts(before).filter(({ role }) => role !== "output");
  const types = new Map(inputs.map((port) => [port.name, port]));
  const boundsOf = (program: TileProgram) => programIndexBounds({ stage: "tiles", program });
  const choice = { types, bounds: new Map([...boundsOf(before), ...boundsOf(after)]), seed };
  const pair = { before: runnerOf(before), after: runnerOf(after), alignment: sameNames };
  const compared = compareRuns(pair, choice);
  if (compared.kind === "equal") return { kind: "tested", inputs: compared.inputs };
  if (compared.kind === "refused") return compared;
  const parting = partTiles(before, after, compared.inputs, compared.difference);
  return { kind: "differ", difference: compared.difference, ...(parting === undefined ? {} : { parting }) };
}

/** After `renameTiles` both programs have the same names. */
const sameNames: Alignment = { names: new Map(), renamed: [], mismatches: [] };

function runnerOf(program: TileProgram): Runner {
  return (inputs) => ok(runTile(program, inputs, { rounding: true }));
}
