// The small choices of which random graphs are made: numbers, shapes, and attributes by their name and kind. All come
// from a seed, so that a failing case can be made again.
import type { AttrKind, AttrValue } from "../../../ir-spec/base/attr.ts";
import type { Dtype } from "../../../ir-spec/base/dtype.ts";
import { makeRandomWords } from "../../../ir-spec/base/random-words.ts";
import { elementCount, type Shape, type TensorType } from "../../../ir-spec/base/tensor.ts";
import type { Attrs } from "../../../ir-spec/graph.ts";
import { type OpName, opDef } from "../../../ir-spec/ops/index.ts";

export interface Random {
  /** An integer of at least 0 and below `bound`. */
  readonly below: (bound: number) => number;
  /** True once in `times`. */
  readonly oneIn: (times: number) => boolean;
  readonly pick: <T>(items: readonly T[]) => T;
}

export function makeRandom(seed: number): Random {
  const words = makeRandomWords(seed);
  const below = (bound: number): number => words() % bound;
  return {
    below,
    oneIn: (times) => below(times) === 0,
    pick: <T>(items: readonly T[]) => items[below(items.length)] as T,
  };
}

export interface Limits {
  readonly dtypes: readonly Dtype[];
  readonly maxSize: number;
  readonly maxRank: number;
}

export function pickShape(random: Random, { maxSize, maxRank }: Limits): Shape {
  return Array.from({ length: random.below(maxRank + 1) }, () => pickSize(random, maxSize));
}

function pickSize(random: Random, maxSize: number): number {
  return random.oneIn(5) ? 1 : 1 + random.below(maxSize);
}

/** Types that other operands of an op often have next to one of type `first`: its rows, its transpose, its columns. */
export function pickRelatedType(random: Random, first: TensorType, limits: Limits): TensorType {
  const { shape } = first;
  const last = shape.at(-1) ?? 1;
  const size = pickSize(random, limits.maxSize);
  const shapes: readonly Shape[] = [
    shape,
    shape.slice(-1),
    shape.map((_, axis) => (axis === shape.length - 1 ? last : 1)),
    shape.map((own) => (random.oneIn(2) ? 1 : own)),
    shape.length < 2 ? [last, size] : [...shape.slice(0, -2), last, size],
    [last, size],
    [...shape.slice(0, -1), size],
    [...shape.slice(0, -1), Math.ceil(last / 2)],
    [Math.ceil(last / 2)],
    [...shape.slice(0, -2), ...shape.slice(-2).reverse()],
    shape.map((own) => 1 + random.below(own)),
    [],
  ];
  const dtype = random.oneIn(4) ? random.pick(limits.dtypes) : first.dtype;
  return { dtype, shape: random.pick(shapes) };
}

/** Attributes for a call of `op` whose first operand has type `first`; they need not fit. */
export function pickAttrs(random: Random, op: OpName, first: TensorType | undefined, limits: Limits): Attrs {
  const kinds = Object.entries(opDef(op).attrs as Readonly<Record<string, AttrKind>>);
  const attrs: Record<string, AttrValue> = {};
  // The shape first: other attributes of sources depend on it.
  for (const [name, kind] of kinds.toSorted(([a], [b]) => Number(b === "shape") - Number(a === "shape"))) {
    const isLeftOut = (kind.default !== undefined || kind.optional === true) && random.oneIn(2);
    const shape = first?.shape ?? (attrs.shape as Shape | undefined) ?? pickShape(random, limits);
    if (!isLeftOut) attrs[name] = pickAttr(random, name, kind, { shape, isSource: first === undefined, limits });
  }
  return attrs;
}

interface Around {
  readonly shape: Shape;
  readonly isSource: boolean;
  readonly limits: Limits;
}

/** Values that rules about constants look at, and some others. */
export const usualNumbers: readonly number[] = [0, -0, 1, -1, 2, 0.5, 8, 3, -2.5];

function pickAttr(random: Random, name: string, kind: AttrKind, around: Around): AttrValue {
  switch (kind.kind) {
    case "int":
      return (kind.min ?? 0) + random.below(3);
    case "axis":
      return pickAxis(random, around.shape);
    case "axes":
      return pickAxes(random, around.shape.length + (kind.of === "result" ? 1 : 0));
    case "perm":
      return shuffled(random, [...around.shape.keys()]).map((axis) => fromEitherEnd(random, axis, around.shape.length));
    case "float":
      return name === "epsilon" ? 1e-3 : random.pick(usualNumbers);
    case "bool":
      return random.oneIn(2);
    case "ints":
      return pickInts(random, name, around);
    case "floats":
      return Array.from({ length: elementCount(around.shape) }, () => random.pick(usualNumbers));
    case "dtype":
      return random.pick(around.limits.dtypes);
    case "choice":
      return random.pick(kind.choices);
    case "names":
      return kind.choices.filter(() => random.oneIn(2));
    default:
      return kind satisfies never;
  }
}

function pickAxis(random: Random, { length: rank }: Shape): number {
  return fromEitherEnd(random, random.below(Math.max(1, rank)), rank);
}

/** The axis counted from 0, or from the end by a negative number. */
function fromEitherEnd(random: Random, axis: number, rank: number): number {
  return random.oneIn(2) ? axis : axis - rank;
}

function pickAxes(random: Random, rank: number): readonly number[] {
  const axes = new Set(Array.from({ length: 1 + random.below(2) }, () => random.below(Math.max(1, rank))));
  return [...axes].map((axis) => fromEitherEnd(random, axis, rank));
}

function pickInts(random: Random, name: string, { shape, isSource, limits }: Around): readonly number[] {
  switch (name) {
    case "shape":
      return isSource ? shape : pickReshape(random, shape, limits);
    case "starts":
      return shape.map((size) => (random.oneIn(2) ? 0 : random.below(size)));
    case "ends":
      return shape.map((size) => (random.oneIn(2) ? size : 1 + random.below(size)));
    case "steps":
      return shape.map(() => 1 + random.below(2));
    case "sizes": {
      const size = random.pick(shape.length === 0 ? [1] : shape);
      const part = random.below(size);
      return part === 0 ? [size] : [part, size - part];
    }
    case "strides":
    case "dilations":
      return shape.slice(2).map(() => 1 + random.below(2));
    case "kernel_shape":
      return shape.slice(2).map((size) => 1 + random.below(Math.min(size, 3)));
    case "pads":
      return [...shape.slice(2), ...shape.slice(2)].map(() => random.below(2));
    case "low":
    case "high":
      return shape.map(() => random.below(3) - random.below(2));
    case "interior":
      return shape.map(() => random.below(2));
    default:
      return shape.map((size) => random.below(size));
  }
}

/** A shape with the same elements, or one that `shape` broadcasts to. */
function pickReshape(random: Random, shape: Shape, { maxSize }: Limits): Shape {
  const at = random.below(Math.max(1, shape.length));
  const merged =
    shape.length < 2
      ? shape
      : shape.toSpliced(
          at,
          2,
          shape.slice(at, at + 2).reduce((a, b) => a * b, 1),
        );
  const divisor = [2, 3].find((candidate) => (shape[at] ?? 1) % candidate === 0) ?? 1;
  const cut = shape.length === 0 ? [1] : shape.toSpliced(at, 1, divisor, (shape[at] as number) / divisor);
  const spread = shape.map((size) => (size === 1 ? pickSize(random, maxSize) : size));
  return random.pick([
    shape,
    merged,
    cut,
    [-1],
    shape.toReversed(),
    spread,
    [pickSize(random, maxSize), ...spread],
    [1, ...shape],
  ]);
}

function shuffled(random: Random, items: readonly number[]): readonly number[] {
  const left = [...items];
  return items.map(() => left.splice(random.below(left.length), 1)[0] as number);
}
