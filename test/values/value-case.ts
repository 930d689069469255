// Cases of values: a program `NN-name.tg` beside the tensors that go in and should come out, `NN-name.json`.
//
// - `inputs`: by name; short lists are repeated along the tensor, and parameters left out get reproducible random values
// - `expect`: by name, the right values by IEEE 754, NumPy or ONNX, repeated likewise; outputs left out are compared with the
//   reference
// - `tol`: relative, 1e-6 unless given
//
// "nan", "inf", "-inf" and "-0" stand for those numbers. A program without a .json just runs, on random values; a line
// `// REFUSED: E0301` says that it must be refused with that code (with all of several), `// REFUSED big: E0604` that its schedule `big` must be.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { roundTo } from "../../ir-spec/base/dtype.ts";
import { makeTensor, type Tensor, type TensorType } from "../../ir-spec/base/tensor.ts";

export interface ValueCase {
  readonly name: string;
  readonly text: string;
  readonly inputs: ReadonlyMap<string, readonly number[]>;
  readonly expected: ReadonlyMap<string, readonly number[]>;
  readonly tolerance: number;
  /** The codes that the program must be refused with, under "", and those of its schedules, under their names. */
  readonly refusals: ReadonlyMap<string, string>;
}

type Written = Readonly<Record<string, readonly (number | string)[]>>;

interface WrittenCase {
  readonly inputs?: Written;
  readonly expect?: Written;
  readonly tol?: number;
}

const defaultTolerance = 1e-6;

const specialNumbers: ReadonlyMap<number | string, number> = new Map([
  ["nan", Number.NaN],
  ["inf", Number.POSITIVE_INFINITY],
  ["-inf", Number.NEGATIVE_INFINITY],
  ["-0", -0],
]);

/** Reads all cases of a folder, in order of their names. */
export function readValueCases(folder: string): readonly ValueCase[] {
  const files = readdirSync(folder).filter((file) => file.endsWith(".tg"));
  return files.toSorted().map((file) => readValueCase(join(folder, file)));
}

function readValueCase(file: string): ValueCase {
  const text = readFileSync(file, "utf8");
  const values = file.replace(/\.tg$/, ".json");
  const written: WrittenCase = existsSync(values) ? JSON.parse(readFileSync(values, "utf8")) : {};
  const refusals = [...text.matchAll(/^\/\/ REFUSED ?(\w*): ([\w, ]+)$/gm)];
  return {
    name: basename(file, ".tg"),
    text,
    inputs: readNumbers(written.inputs ?? {}),
    expected: readNumbers(written.expect ?? {}),
    tolerance: written.tol ?? defaultTolerance,
    refusals: new Map(refusals.map(([, schedule = "", codes = ""]) => [schedule, codes])),
  };
}

function readNumbers(written: Written): ReadonlyMap<string, readonly number[]> {
  return new Map(Object.entries(written).map(([name, list]) => [name, list.map(readNumber)]));
}

function readNumber(written: number | string): number {
  const value = typeof written === "number" ? written : specialNumbers.get(written);
  if (value === undefined) throw new Error(`${written} is no number`);
  return value;
}

/** A tensor filled with a list, over and over; its elements are rounded to the dtype. */
export function repeatedTensor(type: TensorType, list: readonly number[]): Tensor {
  const tensor = makeTensor(type);
  for (let index = 0; index < tensor.data.length; index++) {
    tensor.data[index] = roundTo(type.dtype, list[index % list.length] as number);
  }
  return tensor;
}
