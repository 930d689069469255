// What is known of values by position alone: integers that are affine in the indices of a tensor, and conditions on them, such
// as a causal mask. Axes are counted from the last one, which has number 0, as NumPy's broadcasting aligns them.

import type { ValueId } from "../../ir-spec/base/ids.ts";
import { elementCount, type Shape } from "../../ir-spec/base/tensor.ts";
import { definingNodes, type Graph, type Node, typeOf } from "../../ir-spec/graph.ts";
import { factsOf } from "../../ir-spec/ops/index.ts";

/** `constant + sum of scales[axis] * index[axis]`. */
export interface AffinePosition {
  readonly constant: number;
  readonly scales: ReadonlyMap<number, number>;
}

/** A condition on positions; `atLeast0` holds where the affine value is not negative. */
export type Condition =
  | { readonly kind: "atLeast0"; readonly value: AffinePosition }
  | { readonly kind: "not"; readonly of: Condition }
  | { readonly kind: "and" | "or"; readonly left: Condition; readonly right: Condition };

export interface Positions {
  /** The number that every element of a value is, where that is known. */
  readonly numberOf: (value: ValueId) => number | undefined;
  /** When the elements of a bool value are true, where positions alone decide. */
  readonly conditionOf: (value: ValueId) => Condition | undefined;
}

/** Works out the integers and bools of a graph that depend on positions alone. */
export function findPositions(graph: Graph): Positions {
  const makers = definingNodes(graph);
  const affines = new Map<ValueId, AffinePosition | undefined>();
  const conditions = new Map<ValueId, Condition | undefined>();
  const makerOf = (value: ValueId): Node | undefined => graph.nodes[makers[value] ?? -1];
  const affineOf = (value: ValueId): AffinePosition | undefined => {
    if (!affines.has(value)) affines.set(value, makeAffine(graph, value, makerOf(value), affineOf));
    return affines.get(value);
  };
  const conditionOf = (value: ValueId): Condition | undefined => {
    if (!conditions.has(value)) {
      const maker = makerOf(value);
      conditions.set(value, maker === undefined ? undefined : makeCondition(graph, maker, { affineOf, conditionOf }));
    }
    return conditions.get(value);
  };
  const numberOf = (value: ValueId): number | undefined => {
    const maker = makerOf(value);
    if (maker?.op === "full") return Number(maker.attrs.value);
    // A view has the same number everywhere if its operand has.
    const source = maker !== undefined && factsOf(maker.op).isView ? maker.operands[0] : undefined;
    return source === undefined ? undefined : numberOf(source);
  };
  return { numberOf, conditionOf };
}

type Find<T> = (value: ValueId) => T | undefined;

function makeAffine(
  graph: Graph,
  value: ValueId,
  maker: Node | undefined,
  affineOf: Find<AffinePosition>,
): AffinePosition | undefined {
  if (maker === undefined) return undefined;
  const { op, attrs, operands } = maker;
  const [x, y] = operands.map(affineOf);
  switch (op) {
    case "full":
      return Number.isInteger(attrs.value) ? { constant: Number(attrs.value), scales: new Map() } : undefined;
    case "iota": {
      const rank = typeOf(graph, value).shape.length;
      return { constant: 0, scales: new Map([[rank - 1 - Number(attrs.axis), 1]]) };
    }
    case "cast":
      return x;
    case "neg":
      return x && scaled(x, -1);
    case "add":
      return x && y && sum(x, y);
    case "sub":
      return x && y && sum(x, scaled(y, -1));
    case "mul": {
      if (x === undefined || y === undefined) return undefined;
      const isNumber = (of: AffinePosition): boolean => of.scales.size === 0;
      return isNumber(y) ? scaled(x, y.constant) : isNumber(x) ? scaled(y, x.constant) : undefined;
    }
    case "reshape":
    case "unsqueeze":
    case "squeeze":
      return x && realigned(x, typeOf(graph, operands[0] as ValueId).shape, typeOf(graph, value).shape);
    case "broadcast_to":
      return x;
    default:
      return undefined;
  }
}

function scaled({ constant, scales }: AffinePosition, factor: number): AffinePosition {
  return { constant: constant * factor, scales: new Map([...scales].map(([axis, scale]) => [axis, scale * factor])) };
}

function sum(x: AffinePosition, y: AffinePosition): AffinePosition {
  const scales = new Map(x.scales);
  for (const [axis, scale] of y.scales) scales.set(axis, (scales.get(axis) ?? 0) + scale);
  return { constant: x.constant + y.constant, scales };
}

/** The same numbers after a reshape that only adds or removes axes of size 1; undefined after any other one. */
function realigned(x: AffinePosition, from: Shape, to: Shape): AffinePosition | undefined {
  const axesOf = (shape: Shape): readonly number[] =>
    shape.flatMap((size, index) => (size === 1 ? [] : [shape.length - 1 - index]));
  const [old, now] = [axesOf(from), axesOf(to)];
  const sizes = (shape: Shape): string => shape.filter((size) => size !== 1).join();
  if (sizes(from) !== sizes(to)) return undefined;
  const moved = [...x.scales].flatMap(([axis, scale]) => {
    const place = old.indexOf(axis);
    // An axis of size 1 has the index 0 alone.
    return place < 0 ? [] : [[now[place] as number, scale] as const];
  });
  return { constant: x.constant, scales: new Map(moved) };
}

interface Finders {
  readonly affineOf: Find<AffinePosition>;
  readonly conditionOf: Find<Condition>;
}

function makeCondition(
  graph: Graph,
  { op, operands, results }: Node,
  { affineOf, conditionOf }: Finders,
): Condition | undefined {
  const [first, second] = operands as readonly [ValueId, ValueId];
  switch (op) {
    case "logical_not": {
      const of = conditionOf(first);
      return of && { kind: "not", of };
    }
    case "logical_and":
    case "logical_or": {
      const [left, right] = [conditionOf(first), conditionOf(second)];
      return left && right && { kind: op === "logical_and" ? "and" : "or", left, right };
    }
    case "less":
    case "less_or_equal":
    case "greater":
    case "greater_or_equal": {
      const [x, y] = [affineOf(first), affineOf(second)];
      return x && y && comparison(op, x, y);
    }
    case "broadcast_to":
      return conditionOf(first);
    case "reshape":
    case "unsqueeze":
    case "squeeze": {
      const shapes = [first, results[0]].map((value) => typeOf(graph, value).shape);
      const [from, to] = shapes as [Shape, Shape];
      return mapValues(conditionOf(first), (value) => realigned(value, from, to));
    }
    default:
      return undefined;
  }
}

/** The condition with another affine value in place of each; undefined where one has no other. */
function mapValues(
  condition: Condition | undefined,
  map: (value: AffinePosition) => AffinePosition | undefined,
): Condition | undefined {
  if (condition === undefined) return undefined;
  switch (condition.kind) {
    case "atLeast0": {
      const value = map(condition.value);
      return value && { kind: "atLeast0", value };
    }
    case "not": {
      const of = mapValues(condition.of, map);
      return of && { kind: "not", of };
    }
    case "and":
    case "or": {
      const [left, right] = [mapValues(condition.left, map), mapValues(condition.right, map)];
      return left && right && { kind: condition.kind, left, right };
    }
    default:
      return condition satisfies never;
  }
}

/** Of integers: x < y is y - x - 1 >= 0. */
function comparison(
  op: "less" | "less_or_equal" | "greater" | "greater_or_equal",
  x: AffinePosition,
  y: AffinePosition,
): Condition {
  const isLess = op === "less" || op === "less_or_equal";
  const difference = isLess ? sum(y, scaled(x, -1)) : sum(x, scaled(y, -1));
  const isStrict = op === "less" || op === "greater";
  const constant = difference.constant - (isStrict ? 1 : 0);
  return { kind: "atLeast0", value: { ...difference, constant } };
}

/** Indices along the last axis, each run from `first` up to `end` (exclusive), ascending and apart. */
type Runs = readonly { readonly first: number; readonly end: number }[];

/** Rows beyond so many are not counted one by one. */
const maxCountedRows = 1 << 20;

/** The share of a tensor's elements for which a condition holds; undefined where there are too many rows to count. */
export function shareOf(condition: Condition, shape: Shape): number | undefined {
  const width = shape.at(-1) ?? 1;
  const axes = axesOf(condition).filter((axis) => axis > 0 && axis < shape.length);
  const sizes = axes.map((axis) => shape.at(-1 - axis) as number);
  const rows = elementCount(sizes);
  if (rows > maxCountedRows) return undefined;
  const index = new Map<number, number>();
  let count = 0;
  for (let row = 0; row < rows; row++) {
    let rest = row;
    axes.forEach((axis, position) => {
      const size = sizes[position] as number;
      index.set(axis, rest % size);
      rest = Math.floor(rest / size);
    });
    for (const { first, end } of runsOf(condition, index, width)) count += end - first;
  }
  return count / (rows * width);
}

/** The axes that a condition is about. */
export function axesOf(condition: Condition): readonly number[] {
  switch (condition.kind) {
    case "atLeast0":
      return [...condition.value.scales.keys()];
    case "not":
      return axesOf(condition.of);
    case "and":
    case "or":
      return [...new Set([...axesOf(condition.left), ...axesOf(condition.right)])];
    default:
      return condition satisfies never;
  }
}

/** The runs of one row, whose indices along the other axes are given. */
function runsOf(condition: Condition, index: ReadonlyMap<number, number>, width: number): Runs {
  switch (condition.kind) {
    case "atLeast0":
      return halfLine(condition.value, index, width);
    case "not":
      return complement(runsOf(condition.of, index, width), width);
    case "and":
      return intersection(runsOf(condition.left, index, width), runsOf(condition.right, index, width));
    case "or": {
      const [left, right] = [condition.left, condition.right].map((of) => complement(runsOf(of, index, width), width));
      return complement(intersection(left as Runs, right as Runs), width);
    }
    default:
      return condition satisfies never;
  }
}

function halfLine({ constant, scales }: AffinePosition, index: ReadonlyMap<number, number>, width: number): Runs {
  let start = constant;
  for (const [axis, scale] of scales) if (axis > 0) start += scale * (index.get(axis) ?? 0);
  const step = scales.get(0) ?? 0;
  if (step === 0) return start >= 0 ? run(0, width) : [];
  return step > 0 ? run(Math.ceil(-start / step), width) : run(0, Math.floor(start / -step) + 1, width);
}

function run(first: number, end: number, width = end): Runs {
  const [from, to] = [Math.max(0, first), Math.min(end, width)];
  return from < to ? [{ first: from, end: to }] : [];
}

function complement(runs: Runs, width: number): Runs {
  const gaps: { first: number; end: number }[] = [];
  let next = 0;
  for (const { first, end } of runs) {
    if (next < first) gaps.push({ first: next, end: first });
    next = end;
  }
  return next < width ? [...gaps, { first: next, end: width }] : gaps;
}

function intersection(a: Runs, b: Runs): Runs {
  return a.flatMap((left) =>
    b.flatMap((right) => run(Math.max(left.first, right.first), Math.min(left.end, right.end))),
  );
}
