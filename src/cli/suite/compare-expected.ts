// EXPECT lines: the outputs of a run beside the values that they should have.

import { resolve } from "node:path";
import { roundTo } from "../../../ir-spec/base/dtype.ts";
import { at, type Diagnostic, fail, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
import { elementCount, printType, type Tensor, type TensorType } from "../../../ir-spec/base/tensor.ts";
import { graphOutputs, typeOf } from "../../../ir-spec/graph.ts";
import type { Comparison } from "../../driver/compare.ts";
import { compareWithExpected, measureGraphNoise } from "../../driver/expected.ts";
import type { NoisyReference } from "../../driver/noise.ts";
import { graphParameters } from "../../driver/parameters.ts";
import { type DriverProgram, stageOfFile } from "../../driver/programs.ts";
import type { Expectation } from "../../suite/expectations.ts";
import { type Places, type RunLine, replacePlaces } from "../../suite/run-line.ts";
import { arrayToTensor } from "../../tensors/array.ts";
import { readArray } from "../../tensors/formats.ts";
import { callsOf } from "../each-file.ts";
import { openFile } from "../files.ts";
import { loadJob, loadProgram } from "../load.ts";
import { externalBeside } from "../onnx/files.ts";
import { parseArgv } from "../parse-argv.ts";
import { commandSpec, type Given } from "../specs.ts";
import { loadTensors } from "../tensors/load.ts";
import { fileNameOf } from "../write-files.ts";

export interface ExpectedRun {
  readonly argv: readonly string[];
  readonly folder: string;
  /** Where the outputs were written unless the line itself says where. */
  readonly outputs: string;
  readonly places: Places;
  readonly run: RunLine;
}

/** The program that was run: the types of its outputs, and its noise where its graph is known. */
interface RanProgram {
  readonly types: ReadonlyMap<string, TensorType>;
  readonly reference: NoisyReference | undefined;
}

/** What is wrong with the outputs of a run. */
export async function compareExpected(
  expectations: readonly Expectation[],
  ran: ExpectedRun,
): Promise<readonly Diagnostic[]> {
  const parsed = parseArgv(ran.argv, { columns: 100, version: () => "" });
  if (parsed.kind !== "call" || parsed.command !== "run") return [];
  const calls = callsOf(ran.folder, commandSpec("run"), parsed.given);
  if (!calls.ok) return calls.error;
  if (calls.value.kind === "each") {
    return expectations.map((each) => wrongValues(each, ran, "the line runs several programs, expected one"));
  }
  // The words are those of `tgc run`, which ran with them.
  const given = calls.value.call.given as Given<"run">;
  const program = await loadRan(ran.folder, given);
  if (!program.ok) return program.error;
  const folder = given.options.out ?? ran.outputs;
  return expectations.flatMap((expectation) => {
    const compared = compareOne(expectation, program.value, folder, ran);
    if (!compared.ok) return [wrongValues(expectation, ran, compared.error)];
    return compared.value.agree ? [] : [wrongValues(expectation, ran, describe(compared.value))];
  });
}

async function loadRan(cwd: string, { args, options }: Given<"run">): Promise<Result<RanProgram>> {
  const stage = stageOfFile(args.file);
  if (stage !== "graph") {
    const loaded = loadProgram(cwd, args.file, stage, options);
    return loaded.ok ? ok({ types: outputTypes(loaded.value.program), reference: undefined }) : loaded;
  }
  const job = loadJob(cwd, args.file, options);
  if (!job.ok) return job;
  const { graph } = job.value;
  const tensors = loadTensors(cwd, graphParameters(graph), options);
  if (!tensors.ok) return tensors;
  const reference = await measureGraphNoise(graph, tensors.value.inputs, job.value.options.target);
  if (!reference.ok) return reference;
  const types = new Map(graphOutputs(graph).map(({ name, value }) => [name, typeOf(graph, value)]));
  return ok({ types, reference: reference.value });
}

function outputTypes({ stage, program }: DriverProgram): ReadonlyMap<string, TensorType> {
  const tensors: readonly (TensorType & { readonly name: string; readonly role?: string })[] =
    stage === "tiles" ? program.buffers : program.tensors;
  return new Map(
    tensors.filter(({ role }) => role === "output" || role === "state").map((tensor) => [tensor.name, tensor]),
  );
}

function compareOne(
  { output, values }: Expectation,
  { types, reference }: RanProgram,
  outputs: string,
  { folder, places }: ExpectedRun,
): Result<Comparison, string> {
  const type = types.get(output);
  if (type === undefined)
    return fail(`the program has no such output, expected one of ${[...types.keys()].join(", ")}`);
  const found = readTensor(output, resolve(folder, outputs, `${fileNameOf(output)}.npy`), undefined, type);
  if (!found.ok) return found;
  const expected =
    values.kind === "list" ? listTensor(values.numbers, type) : readExpected(output, values, { folder, places, type });
  return expected.ok ? ok(compareWithExpected(output, found.value, expected.value, reference)) : expected;
}

function listTensor(numbers: readonly number[], type: TensorType): Result<Tensor, string> {
  const count = elementCount(type.shape);
  if (numbers.length !== count)
    return fail(`it has ${count} elements, as it is ${printType(type)}; found ${numbers.length} values`);
  return ok({ ...type, data: Float64Array.from(numbers, (number) => roundTo(type.dtype, number)) });
}

interface ExpectedPlace {
  readonly folder: string;
  readonly places: Places;
  readonly type: TensorType;
}

function readExpected(
  output: string,
  { file, array }: Extract<Expectation["values"], { kind: "file" }>,
  { folder, places, type }: ExpectedPlace,
): Result<Tensor, string> {
  const path = replacePlaces(file, places);
  return path.ok ? readTensor(output, resolve(folder, path.value), array, type) : path;
}

function readTensor(name: string, path: string, array: string | undefined, type: TensorType): Result<Tensor, string> {
  const source = openFile("", path);
  if (!source.ok) return fail(`its file cannot be read: ${source.error[0]?.args.why ?? ""}`);
  const read = readArray(
    path,
    { source: source.value, external: externalBeside("", path) },
    { name: array ?? name, isNamed: array !== undefined },
  );
  if (!read.ok) return read;
  const tensor = arrayToTensor(name, read.value, type);
  if (tensor.ok) return tensor;
  const { error } = tensor;
  return fail("misfit" in error ? `expected ${printType(type)}, found ${error.misfit.args.found}` : error.unreadable);
}

function describe({ reason, worst, maxUlp }: Comparison): string {
  const short = (x: number): string => String(Number(x.toPrecision(3)));
  const place =
    worst === undefined
      ? ""
      : `; element ${worst.index} is ${worst.found}, expected ${worst.wanted} within ${short(worst.bound)}`;
  const ulp = Number.isFinite(maxUlp) && maxUlp > 0 ? `, ${short(maxUlp)} ulp at most` : "";
  return `${reason ?? "it differs"}${ulp}${place}`;
}

function wrongValues({ output, span }: Expectation, { run }: ExpectedRun, why: string): Diagnostic {
  return at(problem("E1419", { name: output, command: run.text, why }), span);
}
