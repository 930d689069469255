// Puts the operations of a function into the graph one by one: finds their operands, applies the rule of each, holds the result
// against the type in the text, and inlines the functions that are called.

import { isLanguageName } from "../../../ir-spec/base/names.ts";
import { at, problem } from "../../../ir-spec/base/result.ts";
import { printShape, printType, shapesEqual, type TensorType } from "../../../ir-spec/base/tensor.ts";
import type { MlirFunction, MlirName, MlirOp, MlirType } from "./ast.ts";
import { dtypeOf, failOp, type Importer, type OpContext, placeholder, refuse, type Value } from "./context.ts";
import { findAttr } from "./read-attrs.ts";
import { ruleOf } from "./rules/index.ts";
import { operandTypes, readType, resultTypes } from "./types.ts";

/** Assumed: as many operations as a graph may have. */
const maxOps = 100_000;
const maxCallDepth = 100;

/** The values of one function by their names, and the functions that are being inlined. */
interface Scope {
  readonly values: Map<string, Value>;
  readonly callers: readonly string[];
}

/** Inlines a function; gives what it returns, or nothing where that is not known. */
export function importFunction(
  importer: Importer,
  body: MlirFunction,
  args: readonly Value[],
  callers: readonly string[] = [],
): readonly Value[] {
  const scope: Scope = { values: new Map(), callers: [...callers, body.name.name] };
  body.params.forEach((param, index) => {
    const arg = args[index];
    if (arg !== undefined) scope.values.set(param.name, arg);
  });
  for (const op of body.body) {
    importer.count += 1;
    if (importer.count > maxOps) return tooMany(importer, op);
    if (op.name === "return" || op.name.endsWith(".return")) return returned(importer, op, scope);
    importOp(importer, op, scope);
  }
  return [];
}

function tooMany(importer: Importer, op: MlirOp): readonly Value[] {
  const isFirst = importer.count === maxOps + 1;
  const what = "the program with its functions inlined";
  const excess = problem("E1545", { what, found: "more", unit: "operations", limit: maxOps });
  if (isFirst) importer.found.push(at(excess, op.span));
  return [];
}

function returned(importer: Importer, op: MlirOp, scope: Scope): readonly Value[] {
  const types = operandTypes(op.type, op.operands.length);
  return op.operands.map((operand, index) => lookUp(importer, scope, operand, types[index]));
}

/** The value of a name; where it has none that is reported, and the value is one of the type that the text gives. */
function lookUp(importer: Importer, scope: Scope, operand: MlirName, type: MlirType | undefined): Value {
  const known = scope.values.get(operand.name) ?? scope.values.get(`${operand.name}#0`);
  if (known !== undefined) return known;
  if (!importer.reported.has(operand.span.start)) {
    importer.found.push(at(problem("E1543", { name: operand.name }), operand.span));
  }
  importer.reported.add(operand.span.start);
  const read = type === undefined ? undefined : readType(type);
  const wanted: TensorType = read?.ok === true ? read.value : { dtype: "f32", shape: [] };
  return whole(placeholder(importer, wanted), wanted);
}

function whole(base: Value["base"], { shape }: TensorType): Value {
  return { base, axes: shape.map((_size, axis) => axis), shape };
}

function importOp(importer: Importer, op: MlirOp, scope: Scope): void {
  importer.counts.set(op.name, (importer.counts.get(op.name) ?? 0) + 1);
  const count = op.results.reduce((sum, result) => sum + result.count, 0);
  const written = resultTypes(op.type, count);
  const types = operandTypes(op.type, op.operands.length);
  const operands = op.operands.map((operand, index) => lookUp(importer, scope, operand, types[index]));
  const read = written.map(readType);
  const wanted = read.map((type): TensorType => (type.ok ? type.value : { dtype: "f32", shape: [] }));
  const context: OpContext = { importer, op, operands, types: wanted, name: nameOf(op), hasFailed: false };
  for (const [index, type] of read.entries()) if (!type.ok) failOp(context, type.error, written[index]?.span);
  const values = applyRule(context, scope);
  if (values.length !== count) refuse(context, `it has ${count} results, expected ${values.length}`);
  checkTypes(context, values);
  const named = op.results.flatMap(({ name, count: parts }) =>
    parts === 1
      ? [name]
      : Array.from(
          { length: Math.min(parts, Math.max(values.length, written.length)) },
          (_, part) => `${name}#${part}`,
        ),
  );
  named.forEach((name, index) => {
    const value = values[index];
    const type = wanted[index] ?? { dtype: "f32", shape: [] };
    const isSound = !context.hasFailed && value !== undefined;
    scope.values.set(name, isSound ? value : whole(placeholder(importer, type), type));
  });
}

/** The name of a value where the text has a telling one: `%arg0` and `%cst` but not `%12`. */
function nameOf(op: MlirOp): string | undefined {
  const bare = op.results[0]?.name.slice(1) ?? "";
  return isLanguageName(bare) ? bare : undefined;
}

function applyRule(context: OpContext, scope: Scope): readonly Value[] {
  const { op, operands } = context;
  if (isCall(op)) return inlineCall(context, scope, calleeOf(context));
  if (op.name === "stablehlo.custom_call") return customCall(context);
  const rule = ruleOf(op.name);
  if (rule === undefined) {
    refuse(context, "it has no counterpart in a graph");
    return [];
  }
  const isRight = rule.isVariadic === true ? operands.length >= rule.operands : operands.length === rule.operands;
  if (!isRight) {
    refuse(context, `it has ${operands.length} operands, expected ${rule.operands}`);
    return [];
  }
  return rule.apply(context);
}

function isCall({ name }: MlirOp): boolean {
  return name === "call" || name === "func.call" || name === "stablehlo.composite";
}

/** The function that is called; of a composite the one that says what it means. */
function calleeOf(context: OpContext): string {
  const attr = findAttr(context, "callee", "decomposition");
  if (attr?.kind === "symbol") return attr.name;
  return context.op.symbol?.name ?? "";
}

function inlineCall(context: OpContext, { callers }: Scope, callee: string): readonly Value[] {
  const { importer, op, operands } = context;
  const called = importer.functions.get(callee);
  if (called === undefined) {
    failOp(context, problem("E1543", { name: callee === "" ? op.name : callee }));
    return [];
  }
  if (callers.includes(callee) || callers.length >= maxCallDepth) {
    refuse(context, callers.includes(callee) ? `${callee} calls itself` : "calls are nested too deeply");
    return [];
  }
  if (called.params.length !== operands.length) {
    refuse(context, `${callee} has ${called.params.length} parameters, expected ${operands.length}`);
    return [];
  }
  const fits = called.params.every((param, index) => isOfType(context, operands[index] as Value, param.type));
  if (!fits) refuse(context, `an argument has another type than its parameter of ${callee}`);
  return fits ? importFunction(importer, called, operands, callers) : [];
}

function isOfType(context: OpContext, value: Value, type: MlirType): boolean {
  const read = readType(type);
  return read.ok && read.value.dtype === dtypeOf(context, value) && shapesEqual(read.value.shape, value.shape);
}

/** Custom calls that say where values are kept, or are operations that the dialect did not have. */
const identities = new Set([
  "@Sharding",
  "@SPMDFullToShardShape",
  "@SPMDShardToFullShape",
  "@annotate_device_placement",
]);

function customCall(context: OpContext): readonly Value[] {
  const target = findAttr(context, "call_target_name");
  const name = target?.kind === "string" ? `@${target.text}` : (context.op.symbol?.name ?? "");
  const known = ruleOf(name.slice(1));
  if (identities.has(name)) return context.operands;
  if (known !== undefined && known.operands === context.operands.length) return known.apply(context);
  refuse(context, `what ${name} computes is not in the text`);
  return [];
}

/** The computed types are those of the text. */
function checkTypes(context: OpContext, values: readonly Value[]): void {
  for (const [index, type] of context.types.entries()) {
    const value = values[index];
    if (value === undefined || context.hasFailed) return;
    const dtype = dtypeOf(context, value);
    if (dtype === type.dtype && shapesEqual(value.shape, type.shape)) continue;
    const found = `${dtype}${printShape(value.shape)}`;
    failOp(context, problem("E1544", { op: context.op.name, found, expected: printType(type) }));
  }
}
