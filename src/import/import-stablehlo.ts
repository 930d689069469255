// A StableHLO program to a program of the language, as `import-onnx.ts` does it for ONNX models.

import { fail, ok, type Result } from "../../ir-spec/base/result.ts";
import type { Source } from "../../ir-spec/base/span.ts";
import { type Graph, typeOf } from "../../ir-spec/graph.ts";
import { verifyGraph } from "../../ir-spec/verify-graph.ts";
import { recognizeComposites } from "../../passes/graph/recognize.ts";
import type { ImportedProgram } from "./import-onnx.ts";
import { elementOfDtype } from "./onnx/elements.ts";
import type { Port } from "./onnx/import-model.ts";
import { knownValue } from "./onnx/values.ts";
import { importStablehlo } from "./stablehlo/import-module.ts";
import { elementPieces } from "./write/elements.ts";
import { graphText } from "./write/graph-text.ts";

/** Imports a text; `name` is the file's own, for the heading. With `keepSteps` composites stay the steps that they are written as. */
export function importStablehloProgram(source: Source, name: string, keepSteps = false): Result<ImportedProgram> {
  const imported = importStablehlo(source);
  if (!imported.ok) return imported;
  const { weights: tensors, counts } = imported.value;
  const wrong = verifyGraph(imported.value.graph);
  if (wrong.length > 0) return fail(wrong);
  // Exporters write composites as their steps.
  const graph = keepSteps ? imported.value.graph : recognizeComposites(imported.value.graph).ir;
  const text = graphText(graph, { heading: [`Imported from ${name}.`] });
  if (!text.ok) return text;
  const weights = [...tensors].map(
    ([weight, { dtype, shape, data }]) => [weight, knownValue(elementOfDtype[dtype], shape, data)] as const,
  );
  return ok({
    ...{ graph, weights: new Map(weights), remarks: [], counts, text: text.value },
    inputs: graph.params.filter(({ kind }) => kind === "input").map((param) => portOf(graph, param)),
    outputs: graph.results.map((result) => portOf(graph, result)),
    tensors: [...tensors].map(([weight, { dtype, shape, data }]) => ({
      ...{ name: weight, dtype, shape },
      pieces: () => elementPieces(dtype, data),
    })),
  });
}

function portOf(graph: Graph, { name, value }: Graph["results"][number]): Port {
  return { name, inGraph: name, element: elementOfDtype[typeOf(graph, value).dtype] };
}
