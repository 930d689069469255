// What the import of a module carries along, and what the rule of one operation sees. Both are changed in place: nodes are
// added to the builder, and mistakes are collected.

import type { LooseAttrs } from "../../../ir-spec/base/attr.ts";
import type { Dtype } from "../../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { uniqueName } from "../../../ir-spec/base/names.ts";
import { at, type Diagnostic, type Problem, problem } from "../../../ir-spec/base/result.ts";
import type { Span } from "../../../ir-spec/base/span.ts";
import type { Shape, Tensor, TensorType } from "../../../ir-spec/base/tensor.ts";
import type { GraphBuilder } from "../../../ir-spec/graph-builder.ts";
import type { GivenAttrs, OpName } from "../../../ir-spec/ops/index.ts";
import type { MlirFunction, MlirOp } from "./ast.ts";

/**
 * A value of the program. Repetition along axes stays a description as long as it can: the graph's ops broadcast by
 * themselves, and a text full of `broadcast_to` is hard to read.
 */
export interface Value {
  /** What the graph has. */
  readonly base: ValueId;
  /** For each axis of the value the axis of `base` along it, or none where it repeats. Each axis of `base` is there once. */
  readonly axes: readonly (number | undefined)[];
  /** An axis of `base` has this size, or size 1 and repeats. */
  readonly shape: Shape;
}

/** A reduction that dropped its axes, to be made with them where they are wanted again. */
export interface Reduction {
  readonly op: OpName;
  readonly operand: ValueId;
  readonly axes: readonly number[];
}

export interface Importer {
  readonly builder: GraphBuilder;
  readonly functions: ReadonlyMap<string, MlirFunction>;
  readonly found: Diagnostic[];
  /** Operations that were reported, by place: a function may be called twice. */
  readonly reported: Set<number>;
  readonly reductions: Map<ValueId, Reduction>;
  /** The one number of constants that have only one. */
  readonly splats: Map<ValueId, number>;
  /** Constants with their numbers. */
  readonly constants: Map<ValueId, Float64Array>;
  /** Large constants by the name of the weight that they become. */
  readonly weights: Map<string, Tensor>;
  /** Aligned forms of values, by base and axes. */
  readonly aligned: Map<string, ValueId>;
  /** Names of parameters and results. */
  readonly names: Set<string>;
  /** How many operations of each name there were. */
  readonly counts: Map<string, number>;
  /** Operations so far, with those of functions at each call. */
  count: number;
}

export interface OpContext {
  readonly importer: Importer;
  readonly op: MlirOp;
  readonly operands: readonly Value[];
  /** What the text says that the results are. */
  readonly types: readonly TensorType[];
  readonly name: string | undefined;
  /** Whether the operation was reported. */
  hasFailed: boolean;
}

/** Takes a name for a parameter or a result, with a number where it is taken. */
export function takeName({ names }: Importer, wanted: string): string {
  const free = uniqueName(wanted, (candidate) => names.has(candidate));
  names.add(free);
  return free;
}

/** Reports the first mistake of an operation; later ones of it mostly follow from that. */
export function failOp(context: OpContext, why: Problem, span: Span = context.op.span): void {
  const { importer } = context;
  const isFirst = !context.hasFailed && !importer.reported.has(context.op.span.start);
  context.hasFailed = true;
  importer.reported.add(context.op.span.start);
  if (isFirst) importer.found.push(at(why, span));
}

/** Reports that the operation cannot be imported. */
export function refuse(context: OpContext, why: string): void {
  failOp(context, problem("E1541", { op: context.op.name, why }));
}

/** Adds a node; where the op refuses its operands that is reported, and the value is one of the declared type. */
export function emit<N extends OpName>(
  context: OpContext,
  op: N,
  operands: readonly ValueId[],
  attrs: GivenAttrs<N>,
): ValueId {
  const { builder } = context.importer;
  const info = { span: context.op.span, names: [context.name] };
  const added = builder.tryAdd(op, operands, attrs as LooseAttrs, info);
  if (added.ok) return added.value[0];
  failOp(context, added.error);
  return placeholder(context.importer, context.types[0] ?? { dtype: "f32", shape: [] });
}

/** Something of a type, so that what follows a mistake is looked at as well; the graph is not used. */
export function placeholder({ builder }: Importer, type: TensorType): ValueId {
  return builder.param("input", "unknown", type);
}

export function dtypeOf(context: OpContext, value: Value): Dtype {
  return context.importer.builder.typeOf(value.base).dtype;
}

export function resultType(context: OpContext): TensorType {
  return context.types[0] ?? { dtype: "f32", shape: [] };
}
