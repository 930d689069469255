// Deviations through elementwise ops: the op is evaluated with its operands moved by as much as they may be off, each both
// ways, and the largest change counts. Jumps, poles, flat parts and the op's range are thereby known without a rule for each
// op; sums, products and quotients of finite numbers have theirs, as they are most of all nodes.

import { type Dtype, isFloat, roundTo } from "../../ir-spec/base/dtype.ts";
import type { Tensor } from "../../ir-spec/base/tensor.ts";
import type { Node } from "../../ir-spec/graph.ts";
import { spread } from "../../ir-spec/ops/elementwise-makers.ts";
import { type OpName, opDef } from "../../ir-spec/ops/index.ts";
import { distance, type Measured, multiple } from "./measured.ts";

/** One operand as it meets the result's elements. */
interface Operand {
  readonly value: Float64Array;
  readonly deviation: Float64Array | undefined;
  readonly dtype: Dtype;
  readonly isNonnegative: boolean;
}

/** The deviation that the result inherits; undefined where no operand has one. */
export function elementwiseDeviation(
  node: Node,
  operands: readonly Measured[],
  result: Tensor,
): Float64Array | undefined {
  if (operands.every(({ deviation }) => deviation === undefined)) return undefined;
  const spreadOut = operands.map(
    ({ exact, deviation, isNonnegative }): Operand => ({
      value: spread(exact, result),
      deviation: deviation === undefined ? undefined : spread({ ...exact, data: deviation }, result),
      dtype: exact.dtype,
      isNonnegative,
    }),
  );
  const atIndex = deviationFunction(node, spreadOut, result);
  const inherited = new Float64Array(result.data.length);
  for (let index = 0; index < inherited.length; index++) inherited[index] = atIndex(index);
  return inherited;
}

type AtIndex = (index: number) => number;

function deviationFunction(node: Node, operands: readonly Operand[], result: Tensor): AtIndex {
  const byMoving = movingOperands(node, operands, result);
  if (node.op === "where") return whereDeviation(operands, byMoving);
  const [x, y] = operands as readonly [Operand, Operand];
  if (isComparisonForEquality(node.op)) return equalityDeviation(x, y);
  if (node.op === "sin" || node.op === "cos") return waveDeviation(x);
  const rule = isFloat(result.dtype) ? linearRules[node.op] : undefined;
  if (rule === undefined) return byMoving;
  const { data } = result;
  return (index) => {
    const found = Number.isFinite(data[index]!)
      ? rule(x.value[index]!, x.deviation?.[index] ?? 0, y.value[index]!, y.deviation?.[index] ?? 0)
      : Number.NaN;
    return Number.isNaN(found) ? byMoving(index) : found;
  };
}

type LinearRule = (x: number, ofX: number, y: number, ofY: number) => number;

/** Rules for finite results; NaN where they say nothing. */
const linearRules: Readonly<Partial<Record<OpName, LinearRule>>> = {
  add: (_x, ofX, _y, ofY) => ofX + ofY,
  sub: (_x, ofX, _y, ofY) => ofX + ofY,
  mul: (x, ofX, y, ofY) => Math.abs(y) * ofX + Math.abs(x) * ofY + multiple * ofX * ofY,
  div: (x, ofX, y, ofY) => {
    const least = Math.abs(y) - multiple * ofY;
    return least > 0 ? (ofX + Math.abs(x / y) * ofY) / least : Number.NaN;
  },
};

function isComparisonForEquality(op: OpName): boolean {
  return op === "equal" || op === "not_equal";
}

/** Equality may flip where the two are nearer than they may be off. */
function equalityDeviation(x: Operand, y: Operand): AtIndex {
  return (index) => {
    const off = multiple * ((x.deviation?.[index] ?? 0) + (y.deviation?.[index] ?? 0));
    const isSettled = off === 0 || Math.abs(x.value[index]! - y.value[index]!) > off;
    return isSettled ? 0 : 1 / multiple;
  };
}

/** A wave changes by no more than its argument, and by no more than its height, wherever between its ends it is. */
function waveDeviation({ deviation }: Operand): AtIndex {
  return (index) => {
    const off = deviation?.[index] ?? 0;
    return off === Number.POSITIVE_INFINITY ? off : Math.min(off, 2 / multiple);
  };
}

/** A settled condition takes its branch's deviation alone. */
function whereDeviation([condition, ...branches]: readonly Operand[], other: AtIndex): AtIndex {
  const [x, y] = branches as unknown as readonly [Operand, Operand];
  return (index) => {
    if ((condition?.deviation?.[index] ?? 0) !== 0) return Math.max(other(index), branchDeviation(x, y, index));
    const branch = condition?.value[index] !== 0 ? x : y;
    return branch.deviation?.[index] ?? 0;
  };
}

function branchDeviation(x: Operand, y: Operand, index: number): number {
  return Math.max(x.deviation?.[index] ?? 0, y.deviation?.[index] ?? 0);
}

/** Ops that are infinite at a divisor of 0. */
const divisors: Readonly<Partial<Record<OpName, number>>> = { div: 1, reciprocal: 0 };

/** Evaluates the op with all operands moved, in all combinations. */
function movingOperands({ op, attrs }: Node, operands: readonly Operand[], { dtype, data }: Tensor): AtIndex {
  const apply = opDef(op).apply as NonNullable<ReturnType<typeof opDef>["apply"]>;
  const from = (operands[0] as Operand).dtype;
  const args = operands.map(() => 0);
  const isDiscrete = !isFloat(dtype);
  const divisor = divisors[op];
  const unknown = dtype === "bool" ? 1 / multiple : Number.POSITIVE_INFINITY;
  const toBool = op === "cast" && dtype === "bool";
  let largest = 0;
  const visit = (position: number, index: number): void => {
    if (position === operands.length) {
      const moved = apply(args, attrs, from);
      largest = Math.max(largest, distance(isDiscrete ? roundTo(dtype, moved) : moved, data[index]!));
      return;
    }
    for (const candidate of candidates(operands[position] as Operand, index, operands.length === 1)) {
      args[position] = candidate;
      visit(position + 1, index);
    }
  };
  return (index) => {
    if (operands.every(({ deviation }) => (deviation?.[index] ?? 0) === 0)) return 0;
    if (operands.some(({ deviation }) => deviation?.[index] === Number.POSITIVE_INFINITY)) return unknown;
    if (divisor !== undefined && mayBeZero(operands[divisor] as Operand, index)) return unknown;
    if (toBool && mayBeZero(operands[0] as Operand, index)) return unknown;
    largest = 0;
    visit(0, index);
    return largest / multiple;
  };
}

function mayBeZero({ value, deviation }: Operand, index: number): boolean {
  return Math.abs(value[index]!) <= multiple * (deviation?.[index] ?? 0);
}

/** Functions of one operand (gelu, silu) have no dips narrower than this. */
const DIP_WIDTH = 1 / 16;

/** The values that an operand is moved to; a single one also half the way, as its function may have a dip. */
function candidates({ value, deviation, dtype, isNonnegative }: Operand, index: number, isSingle: boolean) {
  const x = value[index]!;
  const off = multiple * (deviation?.[index] ?? 0);
  if (off === 0) return [x];
  if (dtype === "bool") return [0, 1];
  const low = isNonnegative && x >= 0 ? Math.max(0, x - off) : x - off;
  return isSingle && off > DIP_WIDTH ? [low, (low + x) / 2, x + off / 2, x + off] : [low, x + off];
}
