// StableHLO text -> graph: `@main` with all functions inlined, values named as in the text, and large constants as weights. All
// mistakes are reported, and everything that cannot be imported.

import { isLanguageName } from "../../../ir-spec/base/names.ts";
import { at, type Diagnostic, fail, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
import type { Source } from "../../../ir-spec/base/span.ts";
import type { Tensor } from "../../../ir-spec/base/tensor.ts";
import type { Graph } from "../../../ir-spec/graph.ts";
import { makeGraphBuilder } from "../../../ir-spec/graph-builder.ts";
import { maxMistakes } from "../../../ir-spec/limits.ts";
import { removeDead } from "../../../passes/graph/dead.ts";
import type { FunctionResult, MlirFunction } from "./ast.ts";
import { type Importer, type OpContext, takeName, type Value } from "./context.ts";
import { readModule } from "./functions.ts";
import { readOps } from "./grammar.ts";
import { importFunction } from "./import-ops.ts";
import { lexMlir } from "./lex.ts";
import { syntaxDiagnostics } from "./syntax-errors.ts";
import { readType } from "./types.ts";
import { materialise } from "./values.ts";

export interface ImportedStablehlo {
  readonly graph: Graph;
  /** The values of the graph's weights, by name. */
  readonly weights: ReadonlyMap<string, Tensor>;
  /** How many operations of each name there were. */
  readonly counts: ReadonlyMap<string, number>;
}

/** Reads a program; `name` is what its graph is called. */
export function importStablehlo(source: Source, name = "main"): Result<ImportedStablehlo> {
  const { tokens, diagnostics } = lexMlir(source);
  if (tokens.length === 0 && diagnostics.length > 0) return fail(diagnostics);
  const { ops, errors } = readOps(source, tokens);
  const malformed = [...diagnostics, ...syntaxDiagnostics(source, errors)];
  if (malformed.length > 0) return fail(malformed.toSorted(byPlace));
  const { functions, main, diagnostics: missing } = readModule(source, ops);
  if (main === undefined || missing.length > 0) return fail(missing);
  const importer = makeImporter(name, functions);
  importMain(importer, main);
  if (importer.found.length > 0) return fail(importer.found.toSorted(byPlace).slice(0, maxMistakes));
  return ok({ graph: removeDead(importer.builder.finish()), weights: importer.weights, counts: importer.counts });
}

function byPlace(a: Diagnostic, b: Diagnostic): number {
  return (a.span?.start ?? 0) - (b.span?.start ?? 0);
}

function makeImporter(name: string, functions: Importer["functions"]): Importer {
  return {
    builder: makeGraphBuilder(name),
    ...{ functions, found: [], reported: new Set() },
    ...{ reductions: new Map(), splats: new Map(), constants: new Map(), weights: new Map(), aligned: new Map() },
    names: new Set(),
    counts: new Map(),
    count: 0,
  };
}

function importMain(importer: Importer, main: MlirFunction): void {
  const args = main.params.map((param): Value => {
    const type = readType(param.type);
    if (!type.ok) importer.found.push(at(type.error, param.type.span));
    const bare = param.name.slice(1);
    const paramName = takeName(importer, isLanguageName(bare) ? bare : `arg${bare.replaceAll(/\W/g, "_")}`);
    const { dtype, shape } = type.ok ? type.value : { dtype: "f32" as const, shape: [] };
    const base = importer.builder.param("input", paramName, { dtype, shape }, param.span);
    return { base, axes: shape.map((_size, axis) => axis), shape };
  });
  const returned = importFunction(importer, main, args);
  if (returned.length !== main.results.length && importer.found.length === 0) {
    const expected = `${main.results.length} results`;
    importer.found.push(at(problem("E1540", { expected, found: `${returned.length}` }), main.name.span));
  }
  returned.forEach((value, index) => {
    const resultName = takeName(importer, nameOfResult(main.results[index], returned.length, index));
    importer.builder.result(resultName, materialise(mainContext(importer, main, resultName), value));
  });
}

/** The name that JAX notes for a result, such as `result['logits']`, or `out`, `out0`, ... */
function nameOfResult(result: FunctionResult | undefined, count: number, index: number): string {
  const info = result?.attrs.get("jax.result_info");
  const words = info?.kind === "string" ? (info.text.match(/[A-Za-z_]\w*/g) ?? []) : [];
  const name = words.filter((word) => word !== "result").join("_");
  if (isLanguageName(name)) return name;
  return count === 1 ? "out" : `out${index}`;
}

/** Results are put into the graph whole, at the place of the function's name. */
function mainContext(importer: Importer, { name, results }: MlirFunction, resultName: string): OpContext {
  const op = {
    ...{ name: "func.func", span: name.span, results: [], operands: [], attrs: new Map(), words: [], literals: [] },
    ...{ regions: [], type: { kind: "list" as const, types: results.map(({ type }) => type) } },
  };
  return { importer, op, operands: [], types: [], name: resultName, hasFailed: false };
}
