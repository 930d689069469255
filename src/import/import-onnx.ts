// An ONNX model to a program: the text of a `.tg` file, the tensors of its weights, and diagnostics that list all that is missing.

import { at, type Diagnostic, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import { verifyGraph } from "../../ir-spec/verify-graph.ts";
import { type ByteSource, piecesOf } from "./byte-source.ts";
import { importWithData } from "./import-with-data.ts";
import type { Imported } from "./onnx/import-model.ts";
import { readMessageAt } from "./onnx/proto/read.ts";
import type { Message } from "./onnx/proto/schema.ts";
import type { OnnxTensor } from "./onnx/read-tensor.ts";
import type { ImportOptions, ImportProblem } from "./onnx/scope.ts";
import { elementPieces } from "./write/elements.ts";
import { graphText } from "./write/graph-text.ts";
import type { WrittenTensor } from "./write/safetensors.ts";
import { namedSizes, type Sizes } from "./write/sizes.ts";

export interface ImportedProgram extends Imported {
  readonly text: string;
  readonly tensors: readonly WrittenTensor[];
}

/** Reads the message of a model file. */
export function readModel(file: string, source: ByteSource): Result<Message<"Model">> {
  const model = readMessageAt("Model", source);
  if (model.ok) return model;
  return fail([at(problem("E1501", { file, why: model.error }), undefined)]);
}

/** Imports a model that was read from `file`; inputs that a node needs to know have their values in `data`. */
export function importOnnx(
  model: Message<"Model">,
  file: string,
  options: ImportOptions,
  data: ReadonlyMap<string, OnnxTensor> = new Map(),
): Result<ImportedProgram> {
  const imported = importWithData(model, data, options);
  if (!imported.ok) return fail(imported.error.map(problemToDiagnostic));
  const { graph, weights, remarks } = imported.value;
  const wrong = verifyGraph(graph);
  if (wrong.length > 0) return fail(wrong);
  const heading = [`Imported from ${file}.`, ...remarks.map((remark) => `${remark}.`)];
  const text = textWithDims(imported.value, heading, sizesOf(model, imported.value, { options, data }));
  if (!text.ok) return text;
  const tensors = [...weights].map(([name, { dtype, shape, known }]): WrittenTensor => {
    const { stored } = known;
    // The file's own bytes where they are those of the dtype; others are made of the elements.
    const pieces = () => (stored === undefined ? elementPieces(dtype, known()) : piecesOf(stored));
    return { name, dtype, shape, pieces };
  });
  return ok({ ...imported.value, text: text.value, tensors });
}

interface Given {
  readonly options: ImportOptions;
  readonly data: ReadonlyMap<string, OnnxTensor>;
}

/** Sizes by the names of the model's dimensions, where it can be imported with others. */
function sizesOf(model: Message<"Model">, { graph, weights }: Imported, { options, data }: Given): Sizes | undefined {
  const { dims, shapes } = options;
  // What test data decide is no dimension any more; weights that depend on a dimension have the sizes of this import.
  if (dims.size === 0 || shapes.size > 0) return undefined;
  const weightsText = (of: Imported["weights"]): string =>
    JSON.stringify([...of].map(([name, { shape }]) => [name, shape]));
  return namedSizes(graph, dims, (others) => {
    const made = importWithData(model, data, { ...options, dims: others });
    return made.ok && weightsText(made.value.weights) === weightsText(weights) ? made.value.graph : undefined;
  });
}

/** The text with named dimensions, or with numbers where some do not follow them. */
function textWithDims({ graph }: Imported, heading: readonly string[], sizes: Sizes | undefined): Result<string> {
  if (sizes === undefined) return graphText(graph, { heading });
  const text = graphText(graph, { heading, sizes });
  return sizes.isSound() && text.ok ? text : graphText(graph, { heading });
}

export function problemToDiagnostic({ where, op, why }: ImportProblem): Diagnostic {
  return at(problem("E1502", { where: op === "" ? where : `${op}, ${where}`, why }), undefined);
}
