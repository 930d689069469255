// The functions of a module, read from the tree of its operations.

import { at, type Diagnostic, problem } from "../../../ir-spec/base/result.ts";
import type { Source } from "../../../ir-spec/base/span.ts";
import type { FunctionResult, MlirAttr, MlirFunction, MlirName, MlirOp } from "./ast.ts";

const noFields: ReadonlyMap<string, MlirAttr> = new Map();

export interface Module {
  readonly functions: ReadonlyMap<string, MlirFunction>;
  readonly main: MlirFunction | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Finds the functions, and the one that is the program. */
export function readModule(source: Source, ops: readonly MlirOp[]): Module {
  const diagnostics: Diagnostic[] = [];
  const functions = new Map<string, MlirFunction>();
  for (const op of ops.flatMap(functionOps)) {
    const found = readFunction(op);
    if (found === undefined)
      diagnostics.push(at(problem("E1540", { expected: "a function", found: op.name }), op.span));
    else functions.set(found.name.name, found);
  }
  const all = [...functions.values()];
  const main = functions.get("@main") ?? (all.length === 1 ? all[0] : undefined);
  if (main === undefined && diagnostics.length === 0) {
    diagnostics.push(at(problem("E1547", { file: source.name }), { source, start: 0, end: 0 }));
  }
  return { functions, main, diagnostics };
}

/** The functions at the top of a text or in its modules; all else in there says nothing about values. */
function functionOps(op: MlirOp): readonly MlirOp[] {
  if (/^(builtin\.)?module$/.test(op.name)) return op.regions.flatMap((region) => region.ops.flatMap(functionOps));
  return op.name === "func.func" ? [op] : [];
}

function readFunction(op: MlirOp): MlirFunction | undefined {
  const { attrs, symbol, regions, words } = op;
  const written = attrs.get("sym_name");
  const name: MlirName | undefined =
    written?.kind === "string" ? { name: `@${written.text}`, span: written.span } : symbol;
  const [body] = regions;
  if (name === undefined || body === undefined || body.isBranching) return undefined;
  return { name, isPrivate: words.includes("private"), params: body.args, results: resultsOf(op), body: body.ops };
}

function resultsOf({ attrs, type }: MlirOp): readonly FunctionResult[] {
  const written = attrs.get("function_type");
  const outputs = written?.kind === "function type" ? written.outputs : type.kind === "function" ? type.outputs : [];
  const fields = attrs.get("res_attrs");
  const records = fields?.kind === "list" ? fields.items : [];
  return outputs.map((output, index) => {
    const record = records[index];
    return { type: output, attrs: record?.kind === "record" ? record.fields : noFields };
  });
}
