// Which elements of a graph's values are known constants by position (after a mask), and which nobody needs. A product after a
// causal mask is needed for the visible half alone, and the softmax of its result is zero elsewhere.
//
//     s = matmul(q, k); w = where(visible, s, -inf); p = softmax(w); y = matmul(p, v)
//     s is needed where `visible`; p is 0 elsewhere, so that y needs those terms alone

import type { ValueId } from "../../ir-spec/base/ids.ts";
import { makeTensor, type Shape, shapesEqual } from "../../ir-spec/base/tensor.ts";
import { type Graph, graphOutputs, type Node, readersOf, typeOf } from "../../ir-spec/graph.ts";
import { isKind, opDef } from "../../ir-spec/ops/index.ts";
import { axesOf, type Condition, findPositions, type Positions } from "./positions.ts";

/** The elements of a value where `visible` does not hold are all `constant`, whatever its operands but `by` are. */
interface Hidden {
  readonly visible: Condition;
  readonly constant: number;
  readonly by: ValueId;
}

export interface HiddenElements {
  /** What a value is where it is not visible. */
  readonly constantOf: (value: ValueId) => number | undefined;
  /** Where a value is not a known constant; undefined: possibly everywhere. */
  readonly visibleOf: (value: ValueId) => Condition | undefined;
  /** Where somebody needs a value; undefined: possibly everywhere. */
  readonly neededOf: (value: ValueId) => Condition | undefined;
}

/**
 * A score of so much below the others has the weight 0 in f32, as exp(-104) is below the smallest f32; masks of f16 use -65504.
 * A row that sees nothing keeps its finite scores; so a floor that counts on this may be too low there, never too high.
 */
const maskedScore = -1e4;

export function findHidden(graph: Graph): HiddenElements {
  const positions = findPositions(graph);
  const hidden = new Map<ValueId, Hidden>();
  for (const node of graph.nodes) {
    const [result] = node.results;
    const found = hiddenBehind(graph, node, positions, hidden);
    if (result !== undefined && found !== undefined) hidden.set(result, found);
  }
  const needed = findNeeded(graph, hidden);
  return {
    constantOf: (value) => hidden.get(value)?.constant,
    visibleOf: (value) => hidden.get(value)?.visible,
    neededOf: (value) => needed.get(value),
  };
}

function hiddenBehind(
  graph: Graph,
  node: Node,
  positions: Positions,
  hidden: ReadonlyMap<ValueId, Hidden>,
): Hidden | undefined {
  if (node.op === "where") return hiddenByChoice(node, positions);
  const [first] = node.operands;
  const known = first === undefined ? undefined : hidden.get(first);
  if (keepsAxes(graph, node, known?.visible)) return known && first !== undefined ? { ...known, by: first } : undefined;
  if (!isKind(node.op, "elementwise")) return undefined;
  for (const [index, operand] of node.operands.entries()) {
    const { constant: given, visible } = hidden.get(operand) ?? {};
    if (given === undefined || visible === undefined) continue;
    const inputs = node.operands.map((other, at) => (at === index ? given : positions.numberOf(other)));
    const constant = mapped(graph, node, inputs) ?? absorbed(node, index, given);
    if (constant !== undefined) return { visible, constant, by: operand };
  }
  return undefined;
}

function hiddenByChoice({ operands }: Node, positions: Positions): Hidden | undefined {
  const [by, x, y] = operands as readonly [ValueId, ValueId, ValueId];
  const isTrue = positions.conditionOf(by);
  if (isTrue === undefined) return undefined;
  const [onTrue, onFalse] = [positions.numberOf(x), positions.numberOf(y)];
  if (onFalse !== undefined) return { visible: isTrue, constant: onFalse, by };
  return onTrue === undefined ? undefined : { visible: { kind: "not", of: isTrue }, constant: onTrue, by };
}

/** Whether a reshape leaves the axes that a condition is about as they are. */
function keepsAxes(graph: Graph, { op, operands, results }: Node, condition: Condition | undefined): boolean {
  if (op !== "reshape" && op !== "unsqueeze" && op !== "squeeze") return false;
  if (condition === undefined) return false;
  const trailing = 1 + Math.max(0, ...axesOf(condition));
  const [from, to] = [operands[0], results[0]].map((value) => typeOf(graph, value as ValueId).shape);
  return shapesEqual((from as Shape).slice(-trailing), (to as Shape).slice(-trailing));
}

/** The op on numbers, where all are known. */
function mapped(
  graph: Graph,
  { op, attrs, operands, results }: Node,
  inputs: readonly (number | undefined)[],
): number | undefined {
  const like = (value: ValueId) => makeTensor({ dtype: typeOf(graph, value).dtype, shape: [1] });
  const tensors = operands.map((operand, index) => {
    const tensor = like(operand);
    tensor.data[0] = inputs[index] ?? Number.NaN;
    return tensor;
  });
  if (inputs.includes(undefined)) return undefined;
  const output = like(results[0]);
  opDef(op).eval(tensors, attrs, [output]);
  const [y] = output.data;
  return y === undefined || Number.isNaN(y) ? undefined : y;
}

/** What a masked operand makes of the result whatever the other one is (a finite number, and no 0 that divides). */
function absorbed({ op }: Node, index: number, constant: number): number | undefined {
  const isMasked = constant <= maskedScore;
  if (op === "add" || op === "min") return isMasked ? constant : undefined;
  if (op === "sub") return isMasked && index === 0 ? constant : undefined;
  if (op === "mul") return constant === 0 ? 0 : undefined;
  return op === "div" && index === 0 && constant === 0 ? 0 : undefined;
}

/** Backwards: where another operand hides the result of every reader, nobody needs a value; likewise on the way to such readers. */
function findNeeded(graph: Graph, hidden: ReadonlyMap<ValueId, Hidden>): ReadonlyMap<ValueId, Condition> {
  const readers = readersOf(graph);
  const outputs = new Set(graphOutputs(graph).map(({ value }) => value));
  const needed = new Map<ValueId, Condition>();
  const needOf = (value: ValueId, node: Node): Condition | undefined => {
    const [result] = node.results;
    if (result === undefined) return undefined;
    const need = needed.get(result);
    if (keepsAxes(graph, node, need)) return need;
    if (!isKind(node.op, "elementwise")) return undefined;
    if (!shapesEqual(typeOf(graph, value).shape, typeOf(graph, result).shape)) return undefined;
    const known = hidden.get(result);
    return known !== undefined && known.by !== value ? known.visible : need;
  };
  for (const node of graph.nodes.toReversed()) {
    for (const value of node.results) {
      const reads = [...new Set(readers[value])];
      const [first, ...others] = reads.map((reader) => needOf(value, graph.nodes[reader] as Node));
      if (first === undefined || outputs.has(value) || others.some((need) => need !== first)) continue;
      needed.set(value, first);
    }
  }
  return needed;
}
