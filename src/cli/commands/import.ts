// `tgc import`: a model of another format as a program, with its weights beside it.

import { basename } from "node:path";
import { at, type Diagnostic, fail, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
import { suggest } from "../../../ir-spec/base/suggest.ts";
import { checkImport } from "../../import/check-import.ts";
import { type ImportedProgram, importOnnx, readModel } from "../../import/import-onnx.ts";
import { modelDims, modelInputs } from "../../import/onnx/model-parts.ts";
import type { Message } from "../../import/onnx/proto/schema.ts";
import type { OnnxTensor } from "../../import/onnx/read-tensor.ts";
import type { ImportOptions } from "../../import/onnx/scope.ts";
import { writeSafetensors } from "../../import/write/safetensors.ts";
import { readBytes } from "../files.ts";
import { dataFiles, externalBeside, maxModelBytes, readTensorAt } from "../onnx/files.ts";
import type { Pair } from "../option-kinds.ts";
import { type CommandContext, type CommandResult, noteLine, type OutFile } from "../outcome.ts";
import { placeToRead } from "../place.ts";
import type { Given } from "../specs.ts";
import { whyOf } from "../system-words.ts";

export async function importCommand(
  { args, options }: Given<"import">,
  { io }: CommandContext,
): Promise<CommandResult> {
  const bytes = readBytes(io.cwd, args.file, maxModelBytes);
  const model = bytes.ok ? readModel(args.file, bytes.value) : bytes;
  if (!model.ok) return model;
  const dims = readDims(model.value, options.dim);
  const constants = readConstants(io.cwd, model.value, options.constant);
  const data = options.check === undefined ? ok(noData) : readData(io.cwd, model.value, options.check);
  if (!dims.ok || !constants.ok || !data.ok)
    return fail([dims, constants, data].flatMap((read) => (read.ok ? [] : read.error)));
  const given: ImportOptions = {
    dims: dims.value,
    constants: constants.value,
    shapes: new Map([...data.value.inputs].map(([name, { shape }]) => [name, shape])),
    external: externalBeside(io.cwd, args.file),
  };
  const imported = importOnnx(model.value, basename(args.file), given, data.value.inputs);
  if (!imported.ok) return imported;
  const wrong = options.check === undefined ? [] : checkImport(imported.value, data.value);
  return finish(imported.value, options.output, { wrong, isChecked: options.check !== undefined });
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
          ...(beside === undefined ? [] : [{ path: beside, content: writeSafetensors(tensors) }]),
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
  const known = modelDims(model);
  const wrong = given.filter(({ name }) => !known.includes(name));
  if (wrong.length === 0) return ok(new Map(given.map(({ name, value }) => [name, value])));
  const expected = known.join(", ") || "none";
  return fail(wrong.map(({ name }) => at(problem("E1504", { name, expected }), undefined, suggest(name, known).notes)));
}

function readConstants(
  cwd: string,
  model: Message<"Model">,
  given: readonly Pair<string>[],
): Result<ReadonlyMap<string, OnnxTensor>> {
  const known = modelInputs(model);
  const read = given.map(({ name, value: file }): Result<readonly [string, OnnxTensor]> => {
    const expected = known.join(", ") || "none";
    if (!known.includes(name))
      return fail([at(problem("E1503", { name, expected }), undefined, suggest(name, known).notes)]);
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

const noData: TestData = { inputs: new Map(), outputs: [] };

function readData(cwd: string, model: Message<"Model">, folder: string): Result<TestData> {
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
  const names = modelInputs(model);
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
