// The tensors of a run: those given in files, checked against the graph's parameters, and random ones for the rest.

import { unzipSync } from "fflate";
import { at, type Diagnostic, fail, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
import { nearest, suggest } from "../../../ir-spec/base/suggest.ts";
import type { Tensor, TensorType } from "../../../ir-spec/base/tensor.ts";
import { type Graph, typeOf } from "../../../ir-spec/graph.ts";
import { makeRandomInputs } from "../../../ir-spec/random-tensor.ts";
import { readBytes } from "../files.ts";
import type { Pair } from "../option-kinds.ts";
import { noteLine } from "../outcome.ts";
import { arrayToTensor, type FileArray } from "./array.ts";
import { readNpy } from "./npy.ts";
import { readSafetensors } from "./safetensors.ts";

type Arrays = ReadonlyMap<string, FileArray>;

/** Format by the file's ending. */
const formats: Readonly<Record<string, (bytes: Uint8Array) => Result<Arrays, string>>> = {
  safetensors: readSafetensors,
  npz: readNpz,
};

/** A .npz is a zip with one .npy for each array. */
function readNpz(bytes: Uint8Array): Result<Arrays, string> {
  const files = unzip(bytes);
  if (files === undefined) return fail("it is no zip file");
  const arrays = new Map<string, FileArray>();
  for (const [name, content] of Object.entries(files)) {
    const array = readNpy(content);
    if (!array.ok) return fail(`${name}: ${array.error}`);
    arrays.set(name.replace(/\.npy$/, ""), array.value);
  }
  return ok(arrays);
}

function unzip(bytes: Uint8Array): Readonly<Record<string, Uint8Array>> | undefined {
  try {
    return unzipSync(bytes);
  } catch {
    return undefined;
  }
}

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

/** What wants tensors, and how what is not given is made up. */
export interface Parameters {
  readonly types: ReadonlyMap<string, TensorType>;
  /** Names of those that a file of weights should have. */
  readonly weights: readonly string[];
  readonly random: (seed: number) => ReadonlyMap<string, Tensor>;
}

export function graphParameters(graph: Graph): Parameters {
  return {
    types: new Map(graph.params.map(({ name, value }) => [name, typeOf(graph, value)])),
    weights: graph.params.flatMap(({ name, kind }) => (kind === "weight" ? [name] : [])),
    random: (seed) => makeRandomInputs(graph, seed),
  };
}

/** Loads the files that are named and fills the rest; all mistakes are told at once. */
export function loadTensors(cwd: string, parameters: Parameters, options: TensorOptions): Result<Tensors> {
  const { types, random } = parameters;
  const wrong: Diagnostic[] = [];
  const given = new Map<string, Tensor>();
  const take = (name: string, array: FileArray, file: string): void => {
    const type = types.get(name);
    const tensor =
      type === undefined ? fail([unknownParam(name, [...types.keys()])]) : arrayToTensor(name, array, type);
    if (tensor.ok) given.set(name, tensor.value);
    else wrong.push(...tensor.error.map((found) => ({ ...found, notes: [...found.notes, { text: `in ${file}` }] })));
  };
  const weights = options.weights === undefined ? ok(noWeights) : readWeights(cwd, options.weights, [...types.keys()]);
  if (!weights.ok) return weights;
  const { file: weightsFile, arrays } = weights.value;
  // A file of weights may serve several graphs, so what this one does not have is passed over.
  for (const [name, array] of arrays) if (types.has(name)) take(name, array, weightsFile);
  for (const { name, value: file } of options.input) {
    const array = readArray(cwd, file);
    if (array.ok) take(name, array.value, file);
    else wrong.push(...array.error);
  }
  if (wrong.length > 0) return fail(wrong);
  const madeUp = [...types.keys()].filter((name) => !given.has(name));
  const lacking = parameters.weights.filter((name) => !given.has(name));
  const log = options.weights === undefined ? "" : noteLacking(lacking, weights.value);
  return ok({ inputs: new Map([...random(options.seed), ...given]), random: madeUp, log });
}

interface Weights {
  readonly file: string;
  readonly arrays: Arrays;
}

const noWeights: Weights = { file: "", arrays: new Map() };

/** Reads a file of weights; one that has nothing for the graph is for another one. */
function readWeights(cwd: string, file: string, names: readonly string[]): Result<Weights> {
  const read = readArrays(cwd, file);
  if (!read.ok) return read;
  const arrays = read.value;
  const found = [...arrays.keys()];
  if (found.some((name) => names.includes(name))) return ok({ file, arrays });
  const args = { file, found: someOf(found) || "nothing", wanted: names.join(", ") };
  return fail([at(problem("E1315", args), undefined)]);
}

/** Names weights without a tensor, each with what the file may call it. */
function noteLacking(lacking: readonly string[], { file, arrays }: Weights): string {
  const lines = lacking.map((name) => {
    const [near] = nearest(name, arrays.keys());
    return noteLine(`${file} has no tensor for weight ${name}${near === undefined ? "" : `, but one called ${near}`}`);
  });
  return lines.join("");
}

/** Assumed: more names than this nobody reads. */
const maxNames = 8;

function someOf(names: readonly string[]): string {
  const more = names.length - maxNames;
  return more <= 0 ? names.join(", ") : `${names.slice(0, maxNames).join(", ")} and ${more} more`;
}

function unknownParam(name: string, names: readonly string[]): Diagnostic {
  return at(problem("E1306", { name, wanted: names.join(", ") }), undefined, suggest(name, names).notes);
}

function readArrays(cwd: string, file: string): Result<Arrays> {
  const ending = file.slice(file.lastIndexOf(".") + 1);
  const bytes = readBytes(cwd, file);
  if (!bytes.ok) return bytes;
  const read = formats[ending]?.(bytes.value) ?? fail("its name ends in neither .safetensors nor .npz");
  return read.ok ? read : fail([malformed(file, ending in formats ? ending : "weights", read.error)]);
}

function readArray(cwd: string, file: string): Result<FileArray> {
  const bytes = readBytes(cwd, file);
  if (!bytes.ok) return bytes;
  const read = readNpy(bytes.value);
  return read.ok ? read : fail([malformed(file, "npy", read.error)]);
}

function malformed(file: string, format: string, why: string): Diagnostic {
  return at(problem("E1305", { file, format, why }), undefined);
}
