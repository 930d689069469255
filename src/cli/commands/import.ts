// `tgc import`: a model of another format as a program, with its weights beside it.

import { basename } from "node:path";
import { at, type Diagnostic, fail, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
import { suggest } from "../../../ir-spec/base/suggest.ts";
import { checkImport } from "../../import/check-import.ts";
import { type ImportedProgram, importOnnx, readModel } from "../../import/import-onnx.ts";
import { importStablehloProgram } from "../../import/import-stablehlo.ts";
import { modelDims, modelInputs } from "../../import/onnx/model-parts.ts";
import type { Message } from "../../import/onnx/proto/schema.ts";
import type { OnnxTensor } from "../../import/onnx/read-tensor.ts";
import type { ImportOptions } from "../../import/onnx/scope.ts";
import { safetensorsPieces } from "../../import/write/safetensors.ts";
import { openFile, readBytes, sourceOf } from "../files.ts";
import { dataFiles, externalBeside, readTensorAt } from "../onnx/files.ts";
import type { Pair } from "../option-kinds.ts";
import { type CommandContext, type CommandResult, noteLine, type OutFile } from "../outcome.ts";
import { placeToRead } from "../place.ts";
import type { Given } from "../specs.ts";
import { whyOf } from "../system-words.ts";

/** Assumed: a text with weights written out; without them none has a hundredth of it (B). */
const maxTextBytes = 256 * 1024 * 1024;

export async function importCommand(
  { args, options }: Given<"import">,
  context: CommandContext,
): Promise<CommandResult> {
  const { cwd } = context.io;
  const read = args.file.endsWith(".mlir") ? readStablehlo(cwd, args.file, options) : readOnnx(cwd, args.file, options);
  if (!read.ok) return read;
  const { program, data } = read.value;
  const wrong = data === undefined ? [] : checkImport(program, data);
  return finish(program, options.output, { wrong, isChecked: data !== undefined });
}

type Options = Given<"import">["options"];

/** A program, and the tensors that it is to be run on. */
interface ReadProgram {
  readonly program: ImportedProgram;
  readonly data: TestData | undefined;
}

function readStablehlo(cwd: string, file: string, options: Options): Result<ReadProgram> {
  const bytes = readBytes(cwd, file, maxTextBytes);
  const source = bytes.ok ? sourceOf(file, bytes.value) : bytes;
  const dims = checkNames("E1504", options.dim, []);
  const constants = checkNames("E1503", options.constant, []);
  if (!source.ok || !dims.ok || !constants.ok)
    return fail([source, dims, constants].flatMap((read) => (read.ok ? [] : read.error)));
  const program = importStablehloProgram(source.value, basename(file), options.steps);
  if (!program.ok || options.check === undefined)
    return program.ok ? ok({ program: program.value, data: undefined }) : program;
  const names = program.value.inputs.map(({ name }) => name);
  const data = readData(cwd, names, options.check);
  return data.ok ? ok({ program: program.value, data: data.value }) : data;
}

function readOnnx(cwd: string, file: string, options: Options): Result<ReadProgram> {
  const source = openFile(cwd, file);
  const model = source.ok ? readModel(file, source.value) : source;
  if (!model.ok) return model;
  const dims = readDims(model.value, options.dim);
  const constants = readConstants(cwd, model.value, options.constant);
  const data = options.check === undefined ? ok(undefined) : readData(cwd, modelInputs(model.value), options.check);
  if (!dims.ok || !constants.ok || !data.ok)
    return fail([dims, constants, data].flatMap((read) => (read.ok ? [] : read.error)));
  const inputs = data.value?.inputs ?? new Map<string, OnnxTensor>();
  const given: ImportOptions = {
    dims: dims.value,
    constants: constants.value,
    shapes: new Map([...inputs].map(([name, { shape }]) => [name, shape])),
    external: externalBeside(cwd, file),
    keepSteps: options.steps,
  };
  const imported = importOnnx(model.value, basename(file), given, inputs);
  return imported.ok ? ok({ program: imported.value, data: data.value }) : imported;
}

function finish(
  program: ImportedProgram,
  output: string | undefined,
  { wrong, isChecked }: { readonly wrong: readonly Diagnostic[]; readonly isChecked: boolean },
): CommandResult {
  const { text, tensors, remarks, counts, graph } = program;
  const beside = output === undefined || tensors.length === 0 ? undefined : weightsPath(output);
  const files: readonly OutFile[] =
    output === undefined
      ? []
      : [
          { path: output, content: text },
          ...(beside === undefined ? [] : [{ path: beside, content: { pieces: () => safetensorsPieces(tensors) } }]),
        ];
  const checked = isChecked && wrong.length === 0 ? [noteLine("the outputs are those of the test data")] : [];
  return ok({
    exitCode: wrong.length > 0 ? 1 : 0,
    text: output === undefined ? text : "",
    log: [...remarks.map(noteLine), ...checked].join(""),
    findings: wrong,
    json: {
      graph: graph.name,
      ops: Object.fromEntries(counts),
      remarks,
      ...(output === undefined ? { text } : { path: output }),
      ...(beside === undefined ? {} : { weights: beside }),
    },
    files,
  });
}

function weightsPath(output: string): string {
  return `${output.replace(/\.tg$/, "")}.safetensors`;
}

function readDims(model: Message<"Model">, given: readonly Pair<number>[]): Result<ReadonlyMap<string, number>> {
  const checked = checkNames("E1504", given, modelDims(model));
  return checked.ok ? ok(new Map(given.map(({ name, value }) => [name, value]))) : checked;
}

/** Names that are not among the known ones are reported. */
function checkNames(
  code: "E1503" | "E1504",
  given: readonly Pair<unknown>[],
  known: readonly string[],
): Result<undefined> {
  const expected = known.join(", ") || "none";
  const wrong = given.filter(({ name }) => !known.includes(name));
  return wrong.length === 0
    ? ok(undefined)
    : fail(wrong.map(({ name }) => at(problem(code, { name, expected }), undefined, suggest(name, known).notes)));
}

function readConstants(
  cwd: string,
  model: Message<"Model">,
  given: readonly Pair<string>[],
): Result<ReadonlyMap<string, OnnxTensor>> {
  const known = modelInputs(model);
  const checked = checkNames("E1503", given, known);
  if (!checked.ok) return checked;
  const read = given.map(({ name, value: file }): Result<readonly [string, OnnxTensor]> => {
    const tensor = readTensorAt(cwd, file);
    return tensor.ok ? ok([name, tensor.value]) : tensor;
  });
  const wrong = read.flatMap((entry) => (entry.ok ? [] : entry.error));
  return wrong.length > 0 ? fail(wrong) : ok(new Map(read.flatMap((entry) => (entry.ok ? [entry.value] : []))));
}

interface TestData {
  readonly inputs: ReadonlyMap<string, OnnxTensor>;
  readonly outputs: readonly OnnxTensor[];
}

/** The tensors of a folder; `names` are those of the inputs, in order. */
function readData(cwd: string, names: readonly string[], folder: string): Result<TestData> {
  const files = listData(placeToRead(cwd, folder), folder);
  if (!files.ok) return files;
  const [inputs, outputs] = files.value.map((list) => list.map((file) => readTensorAt(cwd, file))) as [
    Result<OnnxTensor>[],
    Result<OnnxTensor>[],
  ];
  const wrong = [...inputs, ...outputs].flatMap((tensor) => (tensor.ok ? [] : tensor.error));
  if (wrong.length > 0) return fail(wrong);
  const tensorsOf = (list: readonly Result<OnnxTensor>[]) =>
    list.flatMap((tensor) => (tensor.ok ? [tensor.value] : []));
  const byName = tensorsOf(inputs).flatMap((tensor, index) =>
    names[index] === undefined ? [] : [[names[index], tensor] as const],
  );
  return ok({ inputs: new Map(byName), outputs: tensorsOf(outputs) });
}

function listData(place: string, folder: string): Result<readonly (readonly string[])[]> {
  try {
    const [inputs, outputs] = [dataFiles(place, "input"), dataFiles(place, "output")];
    if (outputs.length > 0) return ok([inputs, outputs]);
    return fail([at(problem("E1506", { folder, expected: "output_0.pb" }), undefined)]);
  } catch (error) {
    return fail([at(problem("E1301", { file: folder, why: whyOf(error) }), undefined)]);
  }
}
