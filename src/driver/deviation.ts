// The standard deviation of a value's error, element by element, from those of its operands: a running error analysis. Errors
// of different elements count as independent in sums; all else is taken at its worst. A deviation of infinity says that an
// executor may give anything there: an f32 on the way may overflow, or a divisor may be 0.
// Source: J. H. Wilkinson, "Rounding Errors in Algebraic Processes" (1963), running error analysis.

import { dtypes, isFloat } from "../../ir-spec/base/dtype.ts";
import { makeTensor, type Tensor } from "../../ir-spec/base/tensor.ts";
import { isOfKind, type Node } from "../../ir-spec/graph.ts";
import { factsOf, opDef } from "../../ir-spec/ops/index.ts";
import { bounds, evaluationError, overflowStart, roundingErrors } from "./bounds.ts";
import { elementwiseDeviation } from "./deviation-elementwise.ts";
import { productDeviation } from "./deviation-products.ts";
import { reductionDeviation } from "./deviation-reductions.ts";
import type { Magnitudes } from "./magnitudes.ts";
import { type Evaluated, type Measured, multiple } from "./measured.ts";

/** The deviations of a node's result: in all, and what the evaluation has added by itself, without the rounding to the dtype. */
export interface Deviations {
  readonly total: Float64Array | undefined;
  readonly own: Float64Array | undefined;
}

export function resultDeviations(
  node: Node,
  operands: readonly Measured[],
  results: readonly Tensor[],
): readonly Deviations[] {
  const { kind } = opDef(node.op);
  const used = operands.map(withOverflow);
  if (kind === "movement") return movedDeviations(node, used, results);
  const [result] = results as readonly [Tensor];
  if (!isFloat(result.dtype)) return [{ own: undefined, total: discreteDeviation(node, used, result) }];
  const { before, own } = floatDeviation(node, used, result);
  return [{ own, total: withRounding(node, result, before) }];
}

/** The deviation of a parameter: what is too small for f32 may be flushed. */
export function parameterDeviation({ dtype, data }: Tensor, magnitudes: Magnitudes): Float64Array | undefined {
  const least = bounds.minNormal.value;
  if (!isFloat(dtype) || magnitudes.least >= least) return undefined;
  return data.map((x) => (Math.abs(x) < least ? Math.abs(x) / multiple : 0));
}

function floatDeviation(node: Node, operands: readonly Measured[], result: Tensor): Evaluated {
  if (isOfKind(node, "source")) return { before: undefined, own: undefined };
  if (isOfKind(node, "contract")) return productDeviation(node, operands as readonly [Measured, Measured], result);
  if (isOfKind(node, "reduce")) return reductionDeviation(node, operands[0] as Measured, result);
  return joined(elementwiseDeviation(node, operands, result), evaluationDeviation(node, operands, result));
}

/** Errors of an evaluation are independent of those that were there before. */
function joined(inherited: Float64Array | undefined, own: Float64Array | undefined): Evaluated {
  if (inherited === undefined || own === undefined) return { before: inherited ?? own, own };
  const before = new Float64Array(own.length);
  for (let index = 0; index < own.length; index++) {
    const x = inherited[index]!;
    const y = own[index]!;
    before[index] = Math.sqrt(x * x + y * y);
  }
  return { before, own };
}

/** Integers and bools have no error of their own; what they hang on may make them jump. */
function discreteDeviation(node: Node, operands: readonly Measured[], result: Tensor): Float64Array | undefined {
  if (operands.every(({ deviation }) => deviation === undefined)) return undefined;
  return isOfKind(node, "reduce")
    ? reductionDeviation(node, operands[0] as Measured, result).before
    : elementwiseDeviation(node, operands, result);
}

/** Moves the deviations as the op moves the elements. */
function movedDeviations(node: Node, operands: readonly Measured[], results: readonly Tensor[]): readonly Deviations[] {
  if (operands.every(({ deviation }) => deviation === undefined)) {
    return results.map(() => ({ own: undefined, total: undefined }));
  }
  const isGather = node.op === "gather";
  if (isGather && operands[1]?.deviation !== undefined) {
    return results.map(({ data }) => ({ own: undefined, total: new Float64Array(data.length).fill(Infinity) }));
  }
  const moved = operands.map(({ exact, deviation }, index) =>
    isGather && index === 1 ? exact : { ...exact, data: deviation ?? new Float64Array(exact.data.length) },
  );
  const totals = results.map(makeTensor);
  opDef(node.op).eval(moved, node.attrs, totals);
  for (const { data } of totals) {
    for (let index = 0; index < data.length; index++) if (Number.isNaN(data[index]!)) data[index] = 0;
  }
  return totals.map(({ data }) => ({ own: undefined, total: data }));
}

/** What the evaluation in f32 adds beyond one rounding. */
function evaluationDeviation({ op }: Node, operands: readonly Measured[], result: Tensor): Float64Array | undefined {
  const { relative, absolute, maxOperand = Number.POSITIVE_INFINITY } = evaluationError(op);
  if (relative === 1 && absolute === 0) return undefined;
  const unit = bounds.f32RoundOff.value * bounds.roundingDeviation.value;
  const operand = operands[0]?.exact.data;
  const { data } = result;
  const deviation = new Float64Array(data.length);
  for (let index = 0; index < data.length; index++) {
    const value = data[index]!;
    if (!Number.isFinite(value)) continue;
    const ofOperand = absolute * Math.min(maxOperand, Math.max(1, Math.abs(operand?.[index] ?? 1)));
    deviation[index] = unit * ((relative - 1) * Math.abs(value) + (absolute === 0 ? 0 : ofOperand));
  }
  return deviation;
}

/** Adds the rounding to the result's dtype, and what an adapter may flush. */
function withRounding(
  { op }: Node,
  { dtype, data }: Tensor,
  before: Float64Array | undefined,
): Float64Array | undefined {
  if (factsOf(op).choosesNumbers) return before;
  const total = before === undefined ? new Float64Array(data.length) : Float64Array.from(before);
  const { relative, least } = roundingErrors(dtype);
  const { round } = dtypes[dtype];
  const deviation = bounds.roundingDeviation.value;
  const minNormal = bounds.minNormal.value;
  for (let index = 0; index < total.length; index++) {
    const value = data[index]!;
    const magnitude = Math.abs(value);
    if (magnitude === 0 || !(magnitude < Number.POSITIVE_INFINITY)) continue;
    const ofBefore = total[index]!;
    const isExact = ofBefore === 0 && round(value) === value;
    if (!isExact) {
      const ofRounding = deviation * Math.max(relative * magnitude, least);
      total[index] = Math.sqrt(ofBefore * ofBefore + ofRounding * ofRounding);
    }
    if (magnitude < minNormal) total[index]! += magnitude / multiple;
  }
  return isAllZero(total) ? undefined : total;
}

function isAllZero(data: Float64Array): boolean {
  for (let index = 0; index < data.length; index++) if (data[index] !== 0) return false;
  return true;
}

/** The value as an operand: anything may be there where it is, or may be, too large for its dtype. */
function withOverflow(value: Measured): Measured {
  const { exact, deviation } = value;
  if (!isFloat(exact.dtype)) return value;
  const start = overflowStart(exact.dtype);
  const { data } = exact;
  if (!(value.magnitudes().largest > start / 4)) return value;
  let marked: Float64Array | undefined;
  for (let index = 0; index < data.length; index++) {
    const magnitude = Math.abs(data[index]!);
    if (!(magnitude > start / 4) || magnitude === Number.POSITIVE_INFINITY) continue;
    if (!mayOverflow(value, index)) continue;
    marked ??= deviation === undefined ? new Float64Array(data.length) : Float64Array.from(deviation);
    marked[index] = Number.POSITIVE_INFINITY;
  }
  return marked === undefined ? value : { ...value, deviation: marked };
}

/** Whether an element, before it is rounded to its dtype, may be beyond the dtype's range. */
function mayOverflow({ exact: { dtype, data }, deviation }: Measured, index: number): boolean {
  const magnitude = Math.abs(data[index]!);
  const ofRounding = bounds.roundingDeviation.value * roundingErrors(dtype).relative * magnitude;
  const before = Math.sqrt(Math.max(0, (deviation?.[index] ?? 0) ** 2 - ofRounding ** 2));
  return magnitude + multiple * before >= overflowStart(dtype);
}
