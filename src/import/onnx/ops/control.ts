// Rows of ONNX ops with bodies: loops are unrolled, and a choice that nobody knows when importing computes both branches.

import { checkParts, makeParts } from "../lists.ts";
import type { Message } from "../proto/schema.ts";
import { refuse } from "../refuse.ts";
import { axisOf, known, op, operand, reshape, type Use } from "../use.ts";
import { isKnown, knownValue, type Value } from "../values.ts";
import { defineOnnxOps } from "./define.ts";
import { take } from "./movement.ts";

function bodyOf(use: Use, name: string): Message<"Graph"> {
  return use.attrs.graph(name) ?? refuse(`attribute ${name} is missing`);
}

function choose(use: Use): readonly Value[] {
  const condition = operand(use, 0);
  const [yes, no] = [bodyOf(use, "then_branch"), bodyOf(use, "else_branch")];
  if (isKnown(condition)) return use.body(condition.known()[0] !== 0 ? yes : no, []);
  const [left, right] = [use.body(yes, []), use.body(no, [])];
  const flag = reshape(use, condition, []);
  return left.map((value, index) => {
    const other = right[index] ?? refuse("its branches have different numbers of results");
    const isSame =
      value.shape.length === other.shape.length && value.shape.every((size, axis) => size === other.shape[axis]);
    if (!isSame) return refuse("its branches give different shapes, and the condition is not known when importing");
    return { ...op(use, "where", [flag, value, other]), element: value.element };
  });
}

/** Puts values of iterations one after the other, along a new axis. */
export function stack(use: Use, values: readonly Value[], axis: number): Value {
  const parts = values.map((value) => reshape(use, value, value.shape.toSpliced(axis, 0, 1)));
  const [first] = parts;
  if (first === undefined) return refuse("it has no iteration, so its result has no elements");
  return parts.length === 1 ? first : { ...op(use, "concat", parts, { axis }), element: first.element };
}

function loop(use: Use): readonly Value[] {
  const body = bodyOf(use, "body");
  const [trips, condition] = use.operands;
  const limit = trips === undefined ? Number.POSITIVE_INFINITY : known(trips, "the number of iterations").known()[0]!;
  let carried: readonly Value[] = use.operands.slice(2).map((_value, index) => operand(use, index + 2));
  let goesOn = condition === undefined || known(condition, "the condition").known()[0] !== 0;
  const count = carried.length;
  const rows: Value[][] = body.output.slice(count + 1).map(() => []);
  for (let iteration = 0; iteration < limit && goesOn; iteration++) {
    checkParts(iteration + 1, "iterations");
    const given = [knownValue("INT64", [], [iteration]), knownValue("BOOL", [], [1]), ...carried];
    const [next, ...results] = use.body(body, given);
    goesOn = condition === undefined || known(next!, "the condition of the next iteration").known()[0] !== 0;
    carried = results.slice(0, count);
    for (const [index, row] of rows.entries()) row.push(results[count + index]!);
  }
  return [...carried, ...rows.map((row) => stack(use, row, 0))];
}

interface ScanAxes {
  readonly inputs: readonly number[];
  readonly reversed: readonly boolean[];
}

function scan(use: Use): readonly Value[] {
  return use.opset < 9 ? scanBatches(use) : scanOnce(use);
}

/** Source: ONNX Scan-8: the first operand are lengths, and all others have a batch axis in front. */
function scanBatches(use: Use): readonly Value[] {
  if (use.operands[0] !== undefined) return refuse("its sequences have lengths of their own");
  const all = use.operands.slice(1).map((_value, index) => operand(use, index + 1));
  const batch = all[0]?.shape[0] ?? refuse("it scans nothing");
  const runs = makeParts(batch, "batches", (index) =>
    scanOnce({ ...use, operands: all.map((value) => sliceAt(use, value, 0, index)) }),
  );
  return runs[0]!.map((_value, index) =>
    stack(
      use,
      runs.map((results) => results[index]!),
      0,
    ),
  );
}

function scanOnce(use: Use): readonly Value[] {
  const body = bodyOf(use, "body");
  const count = use.attrs.int("num_scan_inputs");
  const all = use.operands.map((_value, index) => operand(use, index));
  const scanned = all.slice(all.length - count);
  let carried: readonly Value[] = all.slice(0, all.length - count);
  const flags = (name: string): readonly number[] => use.attrs.ints(name) ?? [];
  const axes: ScanAxes = {
    inputs: scanned.map((value, index) => axisOf(flags("scan_input_axes")[index] ?? 0, value.shape.length)),
    reversed: scanned.map((_value, index) => flags("scan_input_directions")[index] === 1),
  };
  const outAxes = flags("scan_output_axes");
  const outReversed = flags("scan_output_directions");
  const length = scanned[0]?.shape[axes.inputs[0]!] ?? refuse("it scans nothing");
  checkParts(length, "iterations");
  const states = carried.length;
  const rows: Value[][] = body.output.slice(states).map(() => []);
  for (let step = 0; step < length; step++) {
    const slices = scanned.map((value, index) =>
      sliceAt(use, value, axes.inputs[index]!, axes.reversed[index] ? length - 1 - step : step),
    );
    const results = use.body(body, [...carried, ...slices]);
    carried = results.slice(0, states);
    for (const [index, row] of rows.entries()) row.push(results[states + index]!);
  }
  return [
    ...carried,
    ...rows.map((row, index) => {
      const rank = (row[0]?.shape.length ?? 0) + 1;
      return stack(use, outReversed[index] === 1 ? row.toReversed() : row, axisOf(outAxes[index] ?? 0, rank));
    }),
  ];
}

/** One element along an axis, which is dropped. */
export function sliceAt(use: Use, value: Value, axis: number, place: number): Value {
  return reshape(use, take(use, value, axis, [place]), value.shape.toSpliced(axis, 1));
}

export const controlOps = defineOnnxOps({
  If: { way: "import", as: "the branch that is taken, or both and `where`", make: choose },
  Loop: { way: "import", as: "its iterations, written out", limits: "their number is known", make: loop },
  Scan: { way: "import", as: "its iterations, written out", make: scan },
});
