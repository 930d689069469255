// Error codes E03nn: shapes, dtypes and attribute values of ops.

import { defineErrors } from "./define.ts";

export const shapeErrors = defineErrors({
  E0301: {
    title: "shapes do not broadcast",
    message: "{op}: shapes {left} and {right} do not broadcast: dimension {axis} is {leftSize} and {rightSize}",
    help: "two dimensions fit when they are equal or one of them is 1, counted from the right, as in NumPy",
    detail: "Broadcasting lines shapes up at their last dimension; a missing dimension counts as 1.",
  },
  E0302: {
    title: "contraction sizes differ",
    message: "{op}: contraction sizes differ: {left} vs {right} ({leftShape} by {rightShape})",
    help: "the last dimension of the left operand must equal the second last of the right one",
    detail:
      "A product sums over one dimension that both operands share. Use `transpose` or the `transpose_lhs` and `transpose_rhs` attributes when an operand is stored the other way round.",
  },
  E0303: {
    title: "wrong dtype",
    message: "{op}: operand {operand} is {found}, expected {expected}",
    help: "convert with `cast(x, to=...)`; tgc never converts silently",
    detail:
      "Every op says which dtypes it takes. Mixed dtypes are an error, so a program's precision is what its text says.",
  },
  E0304: {
    title: "wrong rank",
    message: "{op}: operand {operand} has rank {found}, expected {expected}",
    help: "use `reshape` to add or remove dimensions",
    detail: "The rank is the number of dimensions.",
  },
  E0305: {
    title: "axis out of range",
    message: "{op}: axis {axis} is out of range for rank {rank}",
    help: "axes count from 0, or from -1 backwards",
    detail: "A tensor of rank r has axes 0 to r-1, also written -r to -1.",
  },
  E0306: {
    title: "bad attribute value",
    message: "{op}: attribute {attr} is {found}, expected {expected}",
    help: "see `tgc explain {op}` for the op's attributes",
    detail: "Attributes are compile-time constants with a kind and, for some, a range.",
  },
  E0307: {
    title: "shapes do not fit",
    message: "{op}: operand {operand} has shape {found}, expected {expected}",
    help: "see `tgc explain {op}` for the op's shape rule",
    detail: "The op's shape rule relates the shapes of its operands.",
  },
  E0308: {
    title: "dtypes differ",
    message: "{op}: operands have dtypes {left} and {right}",
    help: "convert one of them with `cast(x, to=...)`; tgc never converts silently",
    detail:
      "Every op says which dtypes it takes. Mixed dtypes are an error, so a program's precision is what its text says.",
  },
  E0309: {
    title: "wrong number of operands",
    message: "{op}: expected {expected} operands, found {found}",
    help: "see `tgc explain {op}` for the op's operands",
    detail:
      "An op takes its operands in order. An operand whose name ends in `?` may be left out; `...xs` means one or more. Everything else is an attribute and is given by name, as in `softmax(x, axis=-1)`.",
  },
  E0310: {
    title: "missing attribute",
    message: "{op}: attribute {attr} is missing, expected {expected}",
    help: "give it by name: `{attr}=...`",
    detail: "An attribute without a default must be given at every call. Wrong: `cast(x)`. Right: `cast(x, to=bf16)`.",
  },
  E0311: {
    title: "axis given twice",
    message: "{op}: axis {axis} is given twice in {attr}",
    help: "name each axis once; a negative axis counts from the end, so -1 is the last axis",
    detail: "Axes are a set, or, for `transpose`, a permutation. Wrong: `reduce_sum(x, axes=[1, -1])` for rank 2.",
  },
  E0312: {
    title: "empty dimension",
    message: "{op}: dimension {axis} of the result would have {size} elements, expected at least 1",
    help: "take at least one element along each axis",
    detail:
      "Tensors without elements are not supported: there is nothing to compute, and a tiling of nothing has no meaning.",
  },
  E0313: {
    title: "element counts differ",
    message: "{op}: {found} has {foundCount} elements, {expected} has {wantedCount}",
    help: "a reshape keeps all elements; one dimension may be -1 and is then computed",
    detail:
      "`reshape` keeps the elements, in row-major order, and changes the shape. Wrong: `reshape(x, shape=[4, 2])` for `x: f32[2, 3]`. Right: `reshape(x, shape=[3, 2])`.",
  },
  E0314: {
    title: "region outside of the tensor",
    message: "{op}: elements {start} to {last} of axis {axis} are written, expected within 0 to {limit}",
    help: "use a smaller update, or a smaller start",
    detail:
      "`update_slice` writes `update` into `x` at `starts`; the whole update must lie within `x`. Nothing is clamped.",
  },
  E0315: {
    title: "heads do not group",
    message: "{op}: {heads} query heads, expected a multiple of the {kvHeads} key heads",
    help: "each key head serves the same number of query heads",
    detail:
      "With grouped heads, query head h reads key and value head h / (heads / kv_heads), rounded down. Source: Ainslie et al. 2023, arXiv:2305.13245.",
  },
  E0316: {
    title: "tensor too large",
    message: "{what} has {found}, expected at most {limit}",
    help: "check the dimensions for a typo",
    detail:
      "A tensor has at most 64 dimensions, each of at most 2^31 - 1, and 2^40 elements: no machine holds more. Wrong: `x: f32[1000000, 1000000, 1000000]`",
  },
});
