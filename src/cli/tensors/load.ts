// The tensors of a run: those given in files, checked against the graph's parameters, and random ones for the rest.

import { at, type Diagnostic, fail, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
import { nearest } from "../../../ir-spec/base/suggest.ts";
import type { Tensor } from "../../../ir-spec/base/tensor.ts";
import { type Parameters, unknownParam } from "../../driver/parameters.ts";
import { noExternal } from "../../import/onnx/read-tensor.ts";
import { type ArrayFile, arrayToTensor, type FileArray } from "../../tensors/array.ts";
import { formatOf, namedReader, readArray, readableFormatOf, someOf } from "../../tensors/formats.ts";
import { openFile } from "../files.ts";
import { externalBeside } from "../onnx/files.ts";
import type { Pair } from "../option-kinds.ts";
import { noteLine } from "../outcome.ts";

export interface TensorOptions {
  readonly seed: number;
  readonly input: readonly Pair<string>[];
  readonly weights: string | undefined;
}

export interface Tensors {
  readonly inputs: ReadonlyMap<string, Tensor>;
  /** Parameters that got random values. */
  readonly random: readonly string[];
  /** For stderr: weights that the file of weights does not have. */
  readonly log: string;
}

/** Loads the files that are named and fills the rest; all mistakes are reported at once. */
export function loadTensors(cwd: string, parameters: Parameters, options: TensorOptions): Result<Tensors> {
  const { types, random } = parameters;
  const weights = options.weights === undefined ? ok(noWeights) : readWeights(cwd, options.weights, [...types.keys()]);
  if (!weights.ok) return weights;
  const given = options.input.map(({ name, value: file }) => readInput(cwd, name, file));
  const wrong: Diagnostic[] = [];
  const tensors = new Map<string, Tensor>();
  for (const array of [...weightsOf(weights.value, types), ...given]) {
    const tensor = array.ok ? takeArray(array.value, types) : array;
    if (tensor.ok) tensors.set(tensor.value.name, tensor.value.tensor);
    else wrong.push(...tensor.error);
  }
  if (wrong.length > 0) return fail(wrong);
  const madeUp = [...types.keys()].filter((name) => !tensors.has(name));
  const lacking = parameters.weights.filter((name) => !tensors.has(name));
  const log = options.weights === undefined ? "" : noteLacking(lacking, weights.value);
  return ok({ inputs: new Map([...random(options.seed), ...tensors]), random: madeUp, log });
}

/** An array that a file gives for a parameter. */
interface GivenArray {
  readonly name: string;
  readonly array: FileArray;
  readonly file: string;
  readonly format: string;
}

function takeArray(
  { name, array, file, format }: GivenArray,
  types: Parameters["types"],
): Result<{ readonly name: string; readonly tensor: Tensor }> {
  const inFile = (found: Diagnostic): Diagnostic => ({ ...found, notes: [...found.notes, { text: `in ${file}` }] });
  const type = types.get(name);
  if (type === undefined) return fail([inFile(unknownParam(name, [...types.keys()]))]);
  const tensor = arrayToTensor(name, array, type);
  if (tensor.ok) return ok({ name, tensor: tensor.value });
  const { error } = tensor;
  return fail(["misfit" in error ? inFile(error.misfit) : malformed(file, format, `${name}: ${error.unreadable}`)]);
}

interface Weights {
  readonly file: string;
  readonly format: string;
  readonly arrays: ArrayFile;
}

const noWeights: Weights = { file: "", format: "", arrays: new Map() };

/** Reads what a file of weights has; one that has nothing for the graph is for another one. */
function readWeights(cwd: string, file: string, names: readonly string[]): Result<Weights> {
  const format = formatOf(file);
  const source = openFile(cwd, file);
  if (!source.ok) return source;
  const readFile = namedReader(file);
  if (readFile === undefined) {
    return fail([malformed(file, "weights", "its name ends in neither .safetensors nor .npz")]);
  }
  const read = readFile(source.value, noExternal);
  if (!read.ok) return fail([malformed(file, format, read.error)]);
  const arrays = read.value;
  if (names.some((name) => arrays.has(name))) return ok({ file, format, arrays });
  const found = someOf(arrays) || "nothing";
  return fail([at(problem("E1315", { file, found, expected: names.join(", ") }), undefined)]);
}

/** The arrays for parameters. A file of weights may serve several graphs, so what this one does not have is skipped. */
function weightsOf({ file, format, arrays }: Weights, types: Parameters["types"]): readonly Result<GivenArray>[] {
  return [...types.keys()].flatMap((name): readonly Result<GivenArray>[] => {
    const array = arrays.get(name)?.();
    if (array === undefined) return [];
    if (array.ok) return [ok({ name, array: array.value, file, format })];
    return [fail([malformed(file, format, `${name}: ${array.error}`)])];
  });
}

function readInput(cwd: string, name: string, file: string): Result<GivenArray> {
  const source = openFile(cwd, file);
  if (!source.ok) return source;
  const array = readArray(
    file,
    { source: source.value, external: externalBeside(cwd, file) },
    { name, isNamed: false },
  );
  const format = readableFormatOf(file);
  return array.ok ? ok({ name, array: array.value, file, format }) : fail([malformed(file, format, array.error)]);
}

/** Names weights without a tensor, each with what the file may call it. */
function noteLacking(lacking: readonly string[], { file, arrays }: Weights): string {
  const lines = lacking.map((name) => {
    const [near] = nearest(name, arrays.keys());
    return noteLine(`${file} has no tensor for weight ${name}${near === undefined ? "" : `, but one called ${near}`}`);
  });
  return lines.join("");
}

function malformed(file: string, format: string, why: string): Diagnostic {
  return at(problem("E1305", { file, format, why }), undefined);
}
