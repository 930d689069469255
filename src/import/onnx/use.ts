// A node of a model as the row of its op sees it: operands, attributes, and what nodes are made with. Attributes that a row does not read are
// noticed, so that none is ignored silently.

import type { AttrValue } from "../../../ir-spec/base/attr.ts";
import type { Dtype } from "../../../ir-spec/base/dtype.ts";
import type { Shape } from "../../../ir-spec/base/tensor.ts";
import type { OpName } from "../../../ir-spec/ops/index.ts";
import { shortest } from "../shortest.ts";
import type { ElementName } from "./elements.ts";
import { type Maker, makeOp, makeOps } from "./maker.ts";
import type { Message } from "./proto/schema.ts";
import { type OnnxTensor, type ReadExternal, readTensor } from "./read-tensor.ts";
import { refuse } from "./refuse.ts";
import { dtypeOf, isKnown, type KnownValue, scalarValue, type Value } from "./values.ts";

type Attrs = Readonly<Record<string, AttrValue>>;

export interface Use {
  readonly op: string;
  /** Version of the operator set that the node is of. */
  readonly opset: number;
  /** What the model gives for operand `index`; undefined where it leaves it out. */
  readonly operands: readonly (Value | undefined)[];
  /** Whether the model reads result `index`. */
  readonly wants: (index: number) => boolean;
  readonly attrs: OnnxAttrs;
  /** Runs a subgraph on values; the body's names see those around the node. */
  readonly body: (graph: Message<"Graph">, inputs: readonly Value[]) => readonly Value[];
  readonly maker: Maker;
}

/** Attributes by name; each remembers that it was read. */
export interface OnnxAttrs {
  readonly has: (name: string) => boolean;
  readonly int: (name: string, byDefault?: number) => number;
  readonly flag: (name: string, byDefault?: boolean) => boolean;
  readonly float: (name: string, byDefault?: number) => number;
  readonly text: (name: string, byDefault?: string) => string;
  readonly ints: (name: string) => readonly number[] | undefined;
  readonly floats: (name: string) => readonly number[] | undefined;
  readonly texts: (name: string) => readonly string[] | undefined;
  readonly tensor: (name: string) => OnnxTensor | undefined;
  readonly graph: (name: string) => Message<"Graph"> | undefined;
  /** Takes note of attributes that change nothing here. */
  readonly ignore: (...names: readonly string[]) => void;
  readonly unread: () => readonly string[];
}

const text = new TextDecoder();

export function makeAttrs(list: readonly Message<"Attribute">[], external: ReadExternal): OnnxAttrs {
  const byName = new Map(list.map((attr) => [attr.name ?? "", attr]));
  const read = new Set<string>();
  const find = (name: string): Message<"Attribute"> | undefined => {
    read.add(name);
    return byName.get(name);
  };
  const given = <T>(name: string, value: T | undefined, byDefault: T | undefined): T =>
    value ?? byDefault ?? refuse(`attribute ${name} is missing`);
  // A field that is 0 may be left out of the file, so that an attribute which is there has a value.
  const numberOf = (name: string, field: "i" | "f"): number | undefined => {
    const attr = find(name);
    return attr === undefined ? undefined : (attr[field] ?? 0);
  };
  return {
    has: (name) => byName.has(name),
    int: (name, byDefault) => given(name, numberOf(name, "i"), byDefault),
    flag: (name, byDefault) =>
      given(name, numberOf(name, "i"), byDefault === undefined ? undefined : Number(byDefault)) !== 0,
    // A file holds them as f32: what was written as 0.1 is 0.1 again.
    float: (name, byDefault) => shortest(given(name, numberOf(name, "f"), byDefault), "f32"),
    text: (name, byDefault) => {
      const attr = find(name);
      return given(name, attr && text.decode(attr.s ?? new Uint8Array()), byDefault);
    },
    ints: (name) => find(name)?.ints,
    floats: (name) => find(name)?.floats,
    texts: (name) => find(name)?.strings.map((bytes) => text.decode(bytes)),
    tensor: (name) => {
      const message = find(name)?.t;
      if (message === undefined) return undefined;
      const tensor = readTensor(message, external);
      return tensor.ok ? tensor.value : refuse(`attribute ${name}: ${tensor.error}`);
    },
    graph: (name) => find(name)?.g,
    ignore: (...names) => {
      for (const name of names) read.add(name);
    },
    unread: () => [...byName.keys()].filter((name) => !read.has(name)),
  };
}

/** Applies an op of the op table. */
export function op({ maker }: Use, name: OpName, operands: readonly Value[], attrs: Attrs = {}): Value {
  return makeOp(maker, name, operands, attrs);
}

export function ops({ maker }: Use, name: OpName, operands: readonly Value[], attrs: Attrs = {}): readonly Value[] {
  return makeOps(maker, name, operands, attrs);
}

/** Operand `index`, which the op must have. */
export function operand(use: Use, index: number): Value {
  return use.operands[index] ?? refuse(`operand ${index} is missing`);
}

/** The operands that are given, all of them, at least one. */
export function allOperands(use: Use): readonly Value[] {
  operand(use, 0);
  return use.operands.map((_value, index) => operand(use, index));
}

/** The first operands, as many as an op needs; what is missing is reported. */
export function twoOperands(use: Use): readonly [Value, Value] {
  return [operand(use, 0), operand(use, 1)];
}

export function threeOperands(use: Use): readonly [Value, Value, Value] {
  return [operand(use, 0), operand(use, 1), operand(use, 2)];
}

/** An operand whose elements must be known when importing; `what` names it. */
export function known(value: Value, what: string): KnownValue {
  if (isKnown(value)) return value;
  const { inputs } = value;
  const from = inputs.size > 0 ? `, but it depends on the input ${[...inputs].join(", ")}` : "";
  return refuse(`${what} must be known when importing${from}`, inputs);
}

/** Integers that must be known when importing. */
export function knownInts(value: Value, what: string): readonly number[] {
  return [...known(value, what).known()];
}

/** Integers that are an operand in newer versions of the op and were an attribute before. */
export function intsOf(use: Use, index: number, name: string): readonly number[] | undefined {
  const given = use.operands[index];
  return given === undefined ? use.attrs.ints(name) : knownInts(given, name);
}

/** A number of the dtype of another value. */
export function scalar(value: number, like: Pick<Value, "element">): Value {
  return scalarValue(like.element, value);
}

export function cast(use: Use, value: Value, to: Dtype): Value {
  return value.dtype === to ? value : op(use, "cast", [value], { to });
}

/** A value seen as another element type of the same dtype, or cast to its dtype. */
export function castElement(use: Use, value: Value, element: ElementName): Value {
  if (value.element === element) return value;
  return { ...cast(use, value, dtypeOf(element)), element };
}

export function reshape(use: Use, value: Value, shape: Shape): Value {
  const isSame = shape.length === value.shape.length && shape.every((size, axis) => size === value.shape[axis]);
  if (isSame) return value;
  if (!shape.includes(0)) return op(use, "reshape", [value], { shape });
  // What has no elements is known, and no op of the table has to take it.
  return { ...known(value, "a tensor without elements"), shape };
}

export function transpose(use: Use, value: Value, perm: readonly number[]): Value {
  return perm.every((axis, index) => axis === index) ? value : op(use, "transpose", [value], { perm });
}

export function broadcast(use: Use, value: Value, shape: Shape): Value {
  const isSame = shape.length === value.shape.length && shape.every((size, axis) => size === value.shape[axis]);
  return isSame ? value : op(use, "broadcast_to", [value], { shape });
}

/** An axis counted from 0; what is none ends the row. */
export function axisOf(axis: number, rank: number): number {
  const counted = axis < 0 ? axis + rank : axis;
  const isThere = Number.isSafeInteger(counted) && counted >= 0 && counted < rank;
  return isThere ? counted : refuse(`axis ${axis} is none of ${rank} dimensions`);
}
