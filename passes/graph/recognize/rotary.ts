// Rotary embedding as its steps: halves of rows turned by angles, each half by itself, or whole rows with their halves exchanged.

import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { type Shape, typesEqual } from "../../../ir-spec/base/tensor.ts";
import type { Node } from "../../../ir-spec/graph.ts";
import type { Expander } from "../../../ir-spec/ops/define.ts";
import { type Matching, type RecognizeRule, type Replacement, reshapes } from "./matching.ts";

/** The first (0) or second (1) half of the rows of a value. */
interface Half {
  readonly x: ValueId;
  readonly part: 0 | 1;
}

function halfOf(value: ValueId, from: Matching): Half | undefined {
  const node = from.through(value, "split", "slice");
  const x = node?.operands[0];
  if (node === undefined || x === undefined) return undefined;
  const { shape } = from.typeOf(x);
  const [last, width] = [shape.length - 1, shape.at(-1) as number];
  if (from.typeOf(value).shape.at(-1) !== width / 2) return undefined;
  if (node.op === "split") {
    const isHalved = node.attrs.axis === last && node.results.length === 2;
    return isHalved ? { x, part: node.results[0] === value ? 0 : 1 } : undefined;
  }
  const { starts, axes, steps } = node.attrs;
  const isRun = axes.length === 1 && axes[0] === last && steps.every((step) => step === 1);
  const part = starts[0] === 0 ? 0 : starts[0] === width / 2 ? 1 : undefined;
  return isRun && part !== undefined ? { x, part } : undefined;
}

/** The factors of a product of two values, in both orders. */
function factorsOf(value: ValueId, from: Matching): readonly (readonly [ValueId, ValueId])[] {
  const [a, b] = from.throughOwn(value, "mul")?.operands ?? [];
  return a === undefined || b === undefined
    ? []
    : [
        [a, b],
        [b, a],
      ];
}

/** What a half is multiplied by, where a value is such a product. */
function turned(value: ValueId | undefined, wanted: Half, from: Matching): ValueId | undefined {
  if (value === undefined) return undefined;
  for (const [x, angle] of factorsOf(value, from)) {
    const half = halfOf(x, from);
    if (half?.x === wanted.x && half.part === wanted.part) return angle;
  }
  return undefined;
}

/** concat(a cos - b sin, a sin + b cos) */
function matchHalves(root: Node, from: Matching): Replacement | undefined {
  const y = from.typeOf(root.results[0]);
  const [left, right, ...more] = root.operands as readonly ValueId[];
  if (root.op !== "concat" || right === undefined || more.length > 0) return undefined;
  if (root.attrs.axis !== y.shape.length - 1 || y.dtype !== "f32") return undefined;
  const [first, second] = from.throughOwn(left as ValueId, "sub")?.operands ?? [];
  const sum = from.throughOwn(right, "add")?.operands ?? [];
  for (const [a] of first === undefined ? [] : factorsOf(first, from)) {
    const x = halfOf(a, from)?.x;
    if (x === undefined || !typesEqual(from.typeOf(x), y)) continue;
    const [cos, sin] = [turned(first, { x, part: 0 }, from), turned(second, { x, part: 1 }, from)];
    const isSame = [sum, sum.toReversed()].some(
      ([one, other]) => turned(one, { x, part: 0 }, from) === sin && turned(other, { x, part: 1 }, from) === cos,
    );
    if (cos === undefined || sin === undefined || !isSame || !areAngles([cos, sin], y.shape, from)) continue;
    return (b, of) => b.op("rotary_embedding", [x, cos, sin].map(of));
  }
  return undefined;
}

/** Whether each has an angle for each pair, and no more dimensions than the rows. */
function areAngles(angles: readonly ValueId[], rows: readonly number[], from: Matching): boolean {
  return angles.every((value) => {
    const { dtype, shape } = from.typeOf(value);
    return dtype === "f32" && shape.length <= rows.length && shape.at(-1) === (rows.at(-1) as number) / 2;
  });
}

/** Makes the first half of the rows of a value whose halves are equal; undefined where they may differ. */
type MakeHalf = (b: Expander, of: (value: ValueId) => ValueId) => ValueId;

function equalHalves(value: ValueId, from: Matching): MakeHalf | undefined {
  const make = writeHalf(value, from);
  if (make === undefined) return undefined;
  // Layers share their angles.
  return (b, of) => {
    const half = from.shared.get(value) ?? make(b, of);
    from.shared.set(value, half);
    return half;
  };
}

function writeHalf(value: ValueId, from: Matching): MakeHalf | undefined {
  const { shape } = from.typeOf(value);
  const twice = from.behind(value, "concat");
  if (twice !== undefined) {
    const [x, y, ...more] = twice.operands;
    const isTwice = x !== undefined && x === y && more.length === 0 && twice.attrs.axis === shape.length - 1;
    return isTwice ? (_b, of) => of(x) : undefined;
  }
  const view = from.behind(value, ...reshapes);
  const inner = halvesOf(view, shape, from);
  if (inner !== undefined)
    return (b, of) => b.op("reshape", [inner(b, of)], { shape: shape.with(-1, (shape.at(-1) as number) / 2) });
  const call = from.behind(value, "cos", "sin");
  const angle = halvesOf(call, shape, from);
  if (call !== undefined && angle !== undefined) return (b, of) => b.op(call.op, [angle(b, of)]);
  const product = from.behind(value, "mul");
  const [scaled, number] = [halvesOf(product, shape, from), product?.operands[1]];
  const isNumber =
    number !== undefined && from.numberOf(number) !== undefined && from.typeOf(number).shape.length === 0;
  return scaled && isNumber ? (b, of) => b.op("mul", [scaled(b, of), of(number)]) : undefined;
}

/** The same of a node's first operand, where its rows are as long. */
function halvesOf(node: Node | undefined, shape: Shape, from: Matching): MakeHalf | undefined {
  const [x] = node?.operands ?? [];
  return x !== undefined && from.typeOf(x).shape.at(-1) === shape.at(-1) ? equalHalves(x, from) : undefined;
}

/** x cos + concat(-b, a) sin, where the halves of cos and of sin are equal. */
function matchRows(root: Node, from: Matching): Replacement | undefined {
  const y = from.typeOf(root.results[0]);
  if (y.dtype !== "f32") return undefined;
  for (const [plain, crossed] of [root.operands, root.operands.toReversed()] as readonly (readonly ValueId[])[]) {
    for (const [exchanged, sin] of factorsOf(crossed as ValueId, from)) {
      const x = exchangedOf(exchanged, from);
      if (x === undefined || !typesEqual(from.typeOf(x), y)) continue;
      const cos = factorsOf(plain as ValueId, from).find(([other]) => other === x)?.[1];
      const halves = [cos, sin].map((angle) => (angle === undefined ? undefined : equalHalves(angle, from)));
      const [makeCos, makeSin] = halves;
      const fits = [cos, sin].every(
        (angle) => angle !== undefined && from.typeOf(angle).shape.length <= y.shape.length,
      );
      if (makeCos === undefined || makeSin === undefined || !fits) continue;
      return (b, of) => b.op("rotary_embedding", [of(x), makeCos(b, of), makeSin(b, of)]);
    }
  }
  return undefined;
}

/** x of concat(-b, a), with the halves a and b of x. */
function exchangedOf(value: ValueId, from: Matching): ValueId | undefined {
  const node = from.throughOwn(value, "concat");
  const [left, right, ...more] = node?.operands ?? [];
  if (node === undefined || left === undefined || right === undefined || more.length > 0) return undefined;
  if (node.attrs.axis !== from.typeOf(value).shape.length - 1) return undefined;
  const [negated] = from.through(left, "neg")?.operands ?? [];
  const [b, a] = [negated === undefined ? undefined : halfOf(negated, from), halfOf(right, from)];
  return a?.part === 0 && b?.part === 1 && a.x === b.x ? a.x : undefined;
}

export const rotaryRules: readonly RecognizeRule[] = [
  {
    name: "rotary_embedding",
    summary: "`concat(a cos - b sin, a sin + b cos)` of the halves of rows",
    before: `graph example(x: f32[4, 8], cos: f32[4, 4], sin: f32[4, 4]) -> (y: f32[4, 8]) {
  a, b = split(x, sizes=[4, 4], axis=1)
  y = concat(a * cos - b * sin, a * sin + b * cos, axis=1)
}`,
    after: `graph example(x: f32[4, 8], cos: f32[4, 4], sin: f32[4, 4]) -> (y: f32[4, 8]) {
  y = rotary_embedding(x, cos, sin)
}`,
    roots: ["concat"],
    match: matchHalves,
  },
  {
    name: "rotary_embedding",
    summary: "`x cos + concat(-b, a) sin`, where angles come twice, as Llama is written",
    before: `graph example(x: f32[4, 8], angles: f32[4, 4]) -> (y: f32[4, 8]) {
  twice = concat(angles, angles, axis=1)
  a, b = split(x, sizes=[4, 4], axis=1)
  y = x * cos(twice) + concat(-b, a, axis=1) * sin(twice)
}`,
    after: `graph example(x: f32[4, 8], angles: f32[4, 4]) -> (y: f32[4, 8]) {
  y = rotary_embedding(x, cos(angles), sin(angles))
}`,
    roots: ["add"],
    match: matchRows,
  },
];
