// Imports a model of whose inputs some have known values, such as those of its test data.

import type { Result } from "../../ir-spec/base/result.ts";
import { type Imported, importModel } from "./onnx/import-model.ts";
import type { Message } from "./onnx/proto/schema.ts";
import type { OnnxTensor } from "./onnx/read-tensor.ts";
import type { ImportOptions, ImportProblem } from "./onnx/scope.ts";

/** Imports; an input that a node needs to know gets its value in `data`, and stays an input where none does. */
export function importWithData(
  model: Message<"Model">,
  data: ReadonlyMap<string, OnnxTensor>,
  options: ImportOptions,
): Result<Imported, readonly ImportProblem[]> {
  const constants = new Map(options.constants);
  for (;;) {
    const imported = importModel(model, { ...options, constants });
    if (imported.ok) return imported;
    const wanted = imported.error.flatMap((problem) => problem.wanted);
    const given = wanted.filter((name) => data.has(name) && !constants.has(name));
    if (given.length === 0) return imported;
    for (const name of given) constants.set(name, data.get(name)!);
  }
}
