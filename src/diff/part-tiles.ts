// Where two tile programs part: both run in their normal form, and what their statements write is compared step by step.

import type { Tensor } from "../../ir-spec/base/tensor.ts";
import { rowMajorStrides } from "../../ir-spec/base/tensor.ts";
import { printTileNode } from "../../ir-spec/print-tile.ts";
import { renumberTileProgram } from "../../ir-spec/renumber-tile.ts";
import type { TileProgram } from "../../ir-spec/tile.ts";
import type { ResolvedAccess } from "../../targets/ref/access.ts";
import { runTile, type TileWritten } from "../../targets/ref/tile.ts";
import type { Parting } from "./report.ts";
import { hashNumbers, maxTraceSteps, partTraces, type Trace, type TraceStep } from "./values/trace.ts";

/** An element of an output, by the output's name. */
export interface Element {
  readonly output: string;
  readonly index: readonly number[];
}

export function partTiles(
  before: TileProgram,
  after: TileProgram,
  inputs: ReadonlyMap<string, Tensor>,
  element: Element,
): Parting | undefined {
  return partTraces(traceTiles(before, inputs, element), traceTiles(after, inputs, element));
}

function traceTiles(given: TileProgram, inputs: ReadonlyMap<string, Tensor>, { output, index }: Element): Trace {
  const program = renumberTileProgram(given);
  const steps: TraceStep[] = [];
  const buffer = program.buffers.findIndex(({ name, role }) => name === output && role !== "temp");
  const strides = rowMajorStrides(program.buffers[buffer]?.shape ?? []);
  const place = index.reduce((sum, coordinate, axis) => sum + coordinate * (strides[axis] ?? 0), 0);
  let lastWriter: TraceStep | undefined;
  const onWrite = (written: TileWritten): void => {
    const step = makeStep(program, written, steps.length);
    if (steps.length < maxTraceSteps) steps.push(step);
    if (written.buffer === buffer && holdsElement(written.region, place)) lastWriter = step;
  };
  runTile(program, inputs, { rounding: true, onWrite });
  return { lanes: new Map([["statements", steps]]), lastWriter };
}

function makeStep(program: TileProgram, written: TileWritten, at: number): TraceStep {
  const { node, kernel, region, data } = written;
  const indices = written.indices.slice();
  const isInHbm = program.buffers[written.buffer]?.memory === "hbm";
  return {
    op: node.op,
    hash: hashNumbers(data, isInHbm ? region.start : 0),
    at,
    describe: () => `kernel ${kernel}${printIndices(program, indices)}: ${printTileNode(program, node)}`,
  };
}

/** ` at i=0, j=3`: the loops that are in an iteration other than the first. */
function printIndices({ loops }: TileProgram, indices: readonly number[]): string {
  const set = indices.flatMap((index, loop) => (index === 0 ? [] : [`${loops[loop]}=${index}`]));
  return set.length === 0 ? "" : ` at ${set.join(", ")}`;
}

/** Whether an element of a tensor is one of a region's. */
function holdsElement({ start, sizes, strides }: ResolvedAccess, place: number): boolean {
  const steps = sizes
    .map((size, axis) => ({ size, stride: strides[axis] ?? 0 }))
    .toSorted((a, b) => b.stride - a.stride);
  const search = (from: number, rest: number): boolean => {
    const [step] = steps.slice(from, from + 1);
    if (step === undefined) return rest === 0;
    if (step.stride <= 0) return search(from + 1, rest);
    const most = Math.min(step.size - 1, Math.floor(rest / step.stride));
    for (let count = most; count >= 0 && count >= most - 1; count--) {
      if (search(from + 1, rest - count * step.stride)) return true;
    }
    return false;
  };
  return place >= start && search(0, place - start);
}
