// Runs an imported graph on the reference with the test data of its model.

import { at, type Diagnostic, problem } from "../../ir-spec/base/result.ts";
import { runReference } from "../driver/reference.ts";
import { compareTensors } from "./conformance/compare-tensors.ts";
import type { Imported } from "./onnx/import-model.ts";
import type { OnnxTensor } from "./onnx/read-tensor.ts";
import { runTensors } from "./run-tensors.ts";

export interface ImportData {
  readonly inputs: ReadonlyMap<string, OnnxTensor>;
  readonly outputs: readonly OnnxTensor[];
}

/** What differs from the test data; an empty list means that nothing does. */
export function checkImport(imported: Imported, data: ImportData): readonly Diagnostic[] {
  const missing = imported.inputs.filter(({ name }) => !data.inputs.has(name));
  if (missing.length > 0) return missing.map(({ name }) => differs(`for input ${name}`, "there is no test data"));
  const ran = runReference(imported.graph, runTensors(imported, data.inputs));
  if (!ran.ok) return ran.error;
  return data.outputs.flatMap((wanted, index) => {
    const port = imported.outputs[index];
    const found = port === undefined ? undefined : ran.value.get(port.inGraph);
    if (port === undefined || found === undefined) return [differs(String(index), "the model has no such output")];
    const compared = compareTensors(found, wanted);
    if ("why" in compared) return [differs(port.name, compared.why)];
    const { maxError } = compared;
    return maxError <= 1 ? [] : [differs(port.name, `its error is ${maxError.toPrecision(3)} times what is allowed`)];
  });
}

function differs(name: string, why: string): Diagnostic {
  return at(problem("E1507", { name, why }), undefined);
}
