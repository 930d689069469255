// Writes nodes as statements: names, infix signs, numbers in place of constants, one statement for what has a name or is read more than once.

import { type AttrValue, attrValuesEqual, printAttrValue } from "../../../ir-spec/base/attr.ts";
import type { Dtype } from "../../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { type Attrs, type Graph, type Node, typeOf } from "../../../ir-spec/graph.ts";
import { countAxesFromZero } from "../../../ir-spec/ops/axes.ts";
import { opDef } from "../../../ir-spec/ops/index.ts";
import type { InfixOperator } from "../../text/ast.ts";
import { precedenceOf } from "../../text/infix.ts";
import { printShortest } from "../shortest.ts";
import type { Sizes } from "./sizes.ts";

/** The signs of the language, by op. */
const infixOf: ReadonlyMap<string, InfixOperator> = new Map([
  ["add", "+"],
  ["sub", "-"],
  ["mul", "*"],
  ["div", "/"],
  ["less", "<"],
  ["less_or_equal", "<="],
  ["greater", ">"],
  ["greater_or_equal", ">="],
  ["equal", "=="],
  ["not_equal", "!="],
]);

/** Longer expressions are cut into statements. */
const maxExpression = 90;

/** Tighter than any sign. */
const atom = 4;

interface Expression {
  readonly text: string;
  readonly precedence: number;
}

/** What writing holds; names grow in place. */
export interface Writing {
  readonly graph: Graph;
  readonly sizes: Sizes;
  readonly names: (string | undefined)[];
  readonly taken: Set<string>;
  /** How often each value is read, results of the graph included. */
  readonly reads: readonly number[];
  readonly inlined: Map<ValueId, Expression>;
  /** Values that are written as numbers. */
  readonly scalars: ReadonlyMap<ValueId, number>;
  /** Whether statements say the types of their results. */
  readonly hasTypes: boolean;
}

/** `f32[batch, 3]` */
export function typeText({ graph, sizes }: Writing, value: ValueId): string {
  const { dtype, shape } = typeOf(graph, value);
  const words = shape.map((_size, axis) => sizes.print((other) => typeOf(other, value).shape[axis] ?? 0));
  return `${dtype}[${words.join(", ")}]`;
}

export function startWriting(graph: Graph, sizes: Sizes): Writing {
  const names: (string | undefined)[] = graph.values.map(() => undefined);
  const reads = graph.values.map(() => 0);
  for (const { operands } of graph.nodes) for (const operand of operands) reads[operand]!++;
  const made = new Set(graph.nodes.flatMap(({ results }) => results));
  for (const { name, value } of graph.params) names[value] = name;
  for (const { name, value } of graph.results) {
    reads[value]!++;
    if (made.has(value)) names[value] ??= name;
  }
  const taken = new Set(
    [...graph.params, ...graph.results, ...[...sizes.dims.keys()].map((name) => ({ name }))].map(({ name }) => name),
  );
  const scalars = new Map(
    graph.nodes.flatMap((node) => {
      const [value] = node.results;
      const isScalar = node.op === "full" && node.attrs.shape.length === 0 && names[value] === undefined;
      return isScalar ? [[value, node.attrs.value] as const] : [];
    }),
  );
  return { graph, sizes, names, taken, reads, inlined: new Map(), scalars, hasTypes: true };
}

export function writeNode(writing: Writing, node: Node, index: number): readonly string[] {
  const { graph, names, reads, scalars, inlined } = writing;
  const [first] = node.results;
  if (scalars.has(first)) return [];
  const expression = writeCall(writing, node, index);
  const own = graph.values[first]?.name;
  const isNamed = names[first] !== undefined || own !== undefined || node.results.length > 1;
  if (!isNamed && reads[first] === 1 && expression.text.length <= maxExpression) {
    inlined.set(first, expression);
    return [];
  }
  const targets = node.results.map((value) => {
    names[value] ??= freeName(writing, graph.values[value]?.name ?? shortName(node));
    return targetText(writing, value);
  });
  return [`${targets.join(", ")} = ${expression.text}`];
}

/** A name on the left of `=`. */
export function targetText(writing: Writing, value: ValueId): string {
  const name = writing.names[value] ?? "";
  return writing.hasTypes ? `${name}: ${typeText(writing, value)}` : name;
}

/** A value without a name is called after what it is. */
export function shortName({ op }: Node): string {
  return op.replace(/^reduce_/, "");
}

export function freeName({ taken }: Writing, name: string): string {
  let free = name;
  for (let count = 1; taken.has(free); count++) free = `${name}_${count}`;
  taken.add(free);
  return free;
}

function writeCall(writing: Writing, node: Node, index: number): Expression {
  const sign = infixOf.get(node.op);
  const { dtype, hasTensor } = dtypeBeside(writing, node);
  const operands = node.operands.map((operand) => writeOperand(writing, operand, hasTensor ? dtype : undefined));
  const [left, right] = operands;
  if (node.op === "neg" && left !== undefined) return { text: `-${bracket(left, atom)}`, precedence: 3 };
  if (sign !== undefined && left !== undefined && right !== undefined) {
    const precedence = precedenceOf(sign);
    return { text: `${bracket(left, precedence)} ${sign} ${bracket(right, precedence + 1)}`, precedence };
  }
  const words = [...operands.map(({ text }) => text), ...writeAttrs(writing, node, index)];
  return { text: `${node.op}(${words.join(", ")})`, precedence: atom };
}

/** Comparisons do not chain, so both sides of one are in brackets where they are comparisons. */
function bracket({ text, precedence }: Expression, least: number): string {
  return precedence < least || (precedence === 1 && least === 1) ? `(${text})` : text;
}

/** The dtype that a number takes: that of the first operand that is no number and no bool. */
function dtypeBeside({ graph, scalars }: Writing, { operands }: Node) {
  const tensors = operands.filter((operand) => !scalars.has(operand)).map((operand) => typeOf(graph, operand).dtype);
  const dtype = tensors.find((candidate) => candidate !== "bool");
  return { dtype, hasTensor: dtype !== undefined };
}

export function writeOperand(
  { graph, names, inlined, scalars }: Writing,
  value: ValueId,
  beside: Dtype | undefined,
): Expression {
  const scalar = scalars.get(value);
  const { dtype } = typeOf(graph, value);
  if (scalar === undefined) return inlined.get(value) ?? { text: names[value] ?? "", precedence: atom };
  const number = printShortest(scalar, dtype);
  if (dtype === beside && number !== "nan") return { text: number, precedence: number.startsWith("-") ? 3 : atom };
  return { text: `full(value=${number}, shape=[], dtype=${dtype})`, precedence: atom };
}

export function writeAttrs({ graph, sizes }: Writing, node: Node, index: number): readonly string[] {
  const kinds = opDef(node.op).attrs;
  const attrs: Attrs = node.attrs;
  const types = node.operands.map((operand) => typeOf(graph, operand));
  const { dtype } = typeOf(graph, node.results[0]);
  return Object.entries(kinds).flatMap(([name, kind]) => {
    const value = attrs[name] ?? null;
    const byDefault = countAxesFromZero(kinds, types, { ...attrs, [name]: kind.default ?? null });
    if (attrValuesEqual(value, byDefault[name])) return [];
    const inOther = (graphOfOther: Graph): AttrValue =>
      ((graphOfOther.nodes[index]?.attrs ?? {}) as Attrs)[name] ?? null;
    if (kind.kind === "ints" && Array.isArray(value)) {
      const words = value.map((_size, place) =>
        sizes.print((other) => (inOther(other) as readonly number[])[place] ?? 0),
      );
      return [`${name}=[${words.join(", ")}]`];
    }
    if (kind.kind === "int" && typeof value === "number")
      return [`${name}=${sizes.print((other) => inOther(other) as number)}`];
    if (kind.kind === "floats" && Array.isArray(value)) {
      return [`${name}=[${value.map((x) => printShortest(Number(x), dtype)).join(", ")}]`];
    }
    return [`${name}=${printAttrValue(kind, value)}`];
  });
}
