// Random index arithmetic and attribute values, for round trips of texts.
import type { Affine, Extent, Flag } from "../../ir-spec/affine.ts";
import type { AttrKind, AttrValue } from "../../ir-spec/base/attr.ts";
import { dtypeNames } from "../../ir-spec/base/dtype.ts";
import type { LoopId } from "../../ir-spec/base/ids.ts";
import type { Choices } from "./random.ts";

const scales = [1, 2, -1, 16, 128, -128, 768, 98304, 7];
export const awkwardNames = [
  "k",
  "k",
  "m",
  "r0",
  "s1",
  "min",
  "notFirst",
  "for",
  "x2",
  "a b",
  "layer.0",
  'quo"te\n',
  "",
];

/** Loops in the order of nesting, each at most once. */
export function randomAffine(choices: Choices, loops: readonly LoopId[]): Affine {
  const used = loops.filter(() => choices.oneIn(2));
  const terms = used.map((loop) => ({ loop, scale: choices.pick(scales) }));
  return { constant: choices.pick([0, 0, 5, 640, -3]), terms };
}

export function randomExtent(choices: Choices, loops: readonly LoopId[]): Extent {
  const max = choices.pick([1, 3, 16, 128]);
  return choices.oneIn(3) ? { max, limit: randomAffine(choices, loops) } : { max };
}

export function randomFlag(choices: Choices, loops: readonly LoopId[]): Flag {
  return choices.pick([true, false, { notFirst: loops.filter(() => choices.oneIn(2)) }]);
}

/** A value of the kind, never `null`. */
export function randomAttrValue(choices: Choices, kind: AttrKind): AttrValue {
  const number = (): number => choices.pick([0, -0, 0.1, 1e-7, 1e300, -2.5, Infinity, -Infinity, NaN, 3]);
  switch (kind.kind) {
    case "int":
      return (kind.min ?? -3) + choices.below(1000);
    case "axis":
      return choices.below(9) - 4;
    case "float":
      return number();
    case "bool":
      return choices.oneIn(2);
    case "ints":
    case "axes":
    case "perm":
      return choices.list(3, () => choices.below(9) - 4);
    case "floats":
      return choices.list(3, number);
    case "dtype":
      return choices.pick(dtypeNames);
    case "choice":
      return choices.pick(kind.choices);
    case "names":
      return choices.list(3, () => choices.pick(kind.choices));
    default:
      return kind satisfies never;
  }
}
