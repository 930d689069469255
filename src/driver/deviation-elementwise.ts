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
  /** 0 where it has none. */
  readonly deviation: Float64Array;
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
  const none = new Float64Array(result.data.length);
  const spreadOut = operands.map(
    ({ exact, deviation, isNonnegative }): Operand => ({
      value: spread(exact, result),
      deviation: deviation === undefined ? none : spread({ ...exact, data: deviation }, result),
      dtype: exact.dtype,
      isNonnegative,
    }),
  );
  const inherited = new Float64Array(result.data.length);
  const rule = isFloat(result.dtype) ? linearRules[node.op] : undefined;
  if (rule !== undefined) return byRule(rule, movingOperands(node, spreadOut, result), spreadOut, inherited, result);
  const atIndex = deviationFunction(node, spreadOut, result);
  for (let index = 0; index < inherited.length; index++) inherited[index] = atIndex(index);
  return inherited;
}

type AtIndex = (index: number) => number;

function deviationFunction(node: Node, operands: readonly Operand[], result: Tensor): AtIndex {
  const byMoving =
    operands.length === 1 ? movingOperand(node, operands, result) : movingOperands(node, operands, result);
  if (node.op === "where") return whereDeviation(operands, byMoving);
  const [x, y] = operands as readonly [Operand, Operand];
  if (isComparisonForEquality(node.op)) return equalityDeviation(x, y);
  return node.op === "sin" || node.op === "cos" ? waveDeviation(x) : byMoving;
}

/** Fills `inherited` with the deviations of finite results; NaN where it says nothing. */
type LinearRule = (x: Operand, y: Operand, inherited: Float64Array) => void;

function addDeviations({ deviation: ofX }: Operand, { deviation: ofY }: Operand, inherited: Float64Array): void {
  for (let index = 0; index < inherited.length; index++) inherited[index] = ofX[index]! + ofY[index]!;
}

/** A loop for each, so that no function is called for each element. */
const linearRules: Readonly<Partial<Record<OpName, LinearRule>>> = {
  add: addDeviations,
  sub: addDeviations,
  mul: ({ value: x, deviation: ofX }, { value: y, deviation: ofY }, inherited) => {
    for (let index = 0; index < inherited.length; index++) {
      const [dx, dy] = [ofX[index]!, ofY[index]!];
      inherited[index] = Math.abs(y[index]!) * dx + Math.abs(x[index]!) * dy + multiple * dx * dy;
    }
  },
  div: ({ value: x, deviation: ofX }, { value: y, deviation: ofY }, inherited) => {
    for (let index = 0; index < inherited.length; index++) {
      const least = Math.abs(y[index]!) - multiple * ofY[index]!;
      const quotient = Math.abs(x[index]! / y[index]!);
      inherited[index] = least > 0 ? (ofX[index]! + quotient * ofY[index]!) / least : Number.NaN;
    }
  },
};

/** By its rule, and by moving the operands where that says nothing. */
function byRule(
  rule: LinearRule,
  byMoving: AtIndex,
  operands: readonly Operand[],
  inherited: Float64Array,
  { data }: Tensor,
): Float64Array {
  const [x, y] = operands as readonly [Operand, Operand];
  rule(x, y, inherited);
  for (let index = 0; index < inherited.length; index++) {
    const isSaid = Number.isFinite(data[index]!) && !Number.isNaN(inherited[index]!);
    if (!isSaid) inherited[index] = byMoving(index);
  }
  return inherited;
}

function isComparisonForEquality(op: OpName): boolean {
  return op === "equal" || op === "not_equal";
}

/** Equality may flip where the two are nearer than they may be off. */
function equalityDeviation(x: Operand, y: Operand): AtIndex {
  return (index) => {
    const off = multiple * (x.deviation[index]! + y.deviation[index]!);
    const isSettled = off === 0 || Math.abs(x.value[index]! - y.value[index]!) > off;
    return isSettled ? 0 : 1 / multiple;
  };
}

/** A wave changes by no more than its argument, and by no more than its height, wherever between its ends it is. */
function waveDeviation({ deviation }: Operand): AtIndex {
  return (index) => {
    const off = deviation[index]!;
    return off === Number.POSITIVE_INFINITY ? off : Math.min(off, 2 / multiple);
  };
}

/** A settled condition takes its branch's deviation alone. */
function whereDeviation([condition, ...branches]: readonly Operand[], other: AtIndex): AtIndex {
  const [x, y] = branches as unknown as readonly [Operand, Operand];
  return (index) => {
    if (condition !== undefined && condition.deviation[index] !== 0)
      return Math.max(other(index), branchDeviation(x, y, index));
    const branch = condition?.value[index] !== 0 ? x : y;
    return branch.deviation[index]!;
  };
}

function branchDeviation(x: Operand, y: Operand, index: number): number {
  return Math.max(x.deviation[index]!, y.deviation[index]!);
}

/** Ops that are infinite at a divisor of 0. */
const divisors: Readonly<Partial<Record<OpName, number>>> = { div: 1, reciprocal: 0 };

/** How far a result is from what it is with other operands, in deviations. */
interface Moving {
  /** Of one set of operands, which stay the caller's to fill. */
  readonly args: number[];
  readonly distanceAt: (index: number) => number;
  /** What is known without moving anything; undefined where nothing is. */
  readonly settled: (index: number) => number | undefined;
}

function makeMoving({ op, attrs }: Node, operands: readonly Operand[], { dtype, data }: Tensor): Moving {
  const apply = opDef(op).apply as NonNullable<ReturnType<typeof opDef>["apply"]>;
  const from = (operands[0] as Operand).dtype;
  const args = operands.map(() => 0);
  const isDiscrete = !isFloat(dtype);
  const divisor = divisors[op];
  const unknown = dtype === "bool" ? 1 / multiple : Number.POSITIVE_INFINITY;
  const toBool = op === "cast" && dtype === "bool";
  return {
    args,
    distanceAt: (index) => {
      const moved = apply(args, attrs, from);
      return distance(isDiscrete ? roundTo(dtype, moved) : moved, data[index]!);
    },
    settled: (index) => {
      if (operands.every(({ deviation }) => deviation[index] === 0)) return 0;
      if (operands.some(({ deviation }) => deviation[index] === Number.POSITIVE_INFINITY)) return unknown;
      if (divisor !== undefined && mayBeZero(operands[divisor] as Operand, index)) return unknown;
      return toBool && mayBeZero(operands[0] as Operand, index) ? unknown : undefined;
    },
  };
}

/** Evaluates the op with all operands moved, in all combinations. */
function movingOperands(node: Node, operands: readonly Operand[], result: Tensor): AtIndex {
  const { args, distanceAt, settled } = makeMoving(node, operands, result);
  let largest = 0;
  const visit = (position: number, index: number): void => {
    if (position === operands.length) {
      largest = Math.max(largest, distanceAt(index));
      return;
    }
    for (const candidate of candidates(operands[position] as Operand, index)) {
      args[position] = candidate;
      visit(position + 1, index);
    }
  };
  return (index) => {
    const known = settled(index);
    if (known !== undefined) return known;
    largest = 0;
    visit(0, index);
    return largest / multiple;
  };
}

/** The same of the one operand of a function, which is also moved half the way, as the function may have a dip. */
function movingOperand(node: Node, operands: readonly Operand[], result: Tensor): AtIndex {
  const [operand] = operands as readonly [Operand];
  const { args, distanceAt, settled } = makeMoving(node, operands, result);
  const distanceOf = (x: number, index: number): number => {
    args[0] = x;
    return distanceAt(index);
  };
  return (index) => {
    const known = settled(index);
    if (known !== undefined) return known;
    const x = operand.value[index]!;
    const off = multiple * operand.deviation[index]!;
    const [low, high] = operand.dtype === "bool" ? [0, 1] : [lowest(operand, x, off), x + off];
    const ofEnds = Math.max(distanceOf(low, index), distanceOf(high, index));
    if (operand.dtype === "bool" || off <= DIP_WIDTH) return ofEnds / multiple;
    const ofHalves = Math.max(distanceOf((low + x) / 2, index), distanceOf(x + off / 2, index));
    return Math.max(ofEnds, ofHalves) / multiple;
  };
}

function mayBeZero({ value, deviation }: Operand, index: number): boolean {
  return Math.abs(value[index]!) <= multiple * deviation[index]!;
}

/** Functions of one operand (gelu, silu) have no dips narrower than this. */
const DIP_WIDTH = 1 / 16;

function lowest({ isNonnegative }: Operand, x: number, off: number): number {
  return isNonnegative && x >= 0 ? Math.max(0, x - off) : x - off;
}

/** The values that an operand is moved to. */
function candidates(operand: Operand, index: number): readonly number[] {
  const x = operand.value[index]!;
  const off = multiple * operand.deviation[index]!;
  if (off === 0) return [x];
  return operand.dtype === "bool" ? [0, 1] : [lowest(operand, x, off), x + off];
}
