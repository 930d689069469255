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
  const text = graphText(graph, { heading: [`Imported from ${file}.`, ...remarks.map((remark) => `${remark}.`)] });
  if (!text.ok) return text;
  const tensors = [...weights].map(([name, { dtype, shape, known }]): WrittenTensor => {
    const { stored } = known;
    // The file's own bytes where they are those of the dtype; others are made of the elements.
    const pieces = () => (stored === undefined ? elementPieces(dtype, known()) : piecesOf(stored));
    return { name, dtype, shape, pieces };
  });
  return ok({ ...imported.value, text: text.value, tensors });
}

export function problemToDiagnostic({ where, op, why }: ImportProblem): Diagnostic {
  return at(problem("E1502", { where: op === "" ? where : `${op}, ${where}`, why }), undefined);
}
