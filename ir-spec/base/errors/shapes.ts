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
    detail: "A product sums over one dimension that both operands share. Use `transpose` or the `transpose_lhs` and `transpose_rhs` attributes when an operand lies the other way round.",
  },
  E0303: {
    title: "wrong dtype",
    message: "{op}: operand {operand} is {found}, wanted {wanted}",
    help: "convert with `cast(x, to=...)`; tgc never converts silently",
    detail: "Every op says which dtypes it takes. Mixed dtypes are an error, so that a program's precision is what its text says.",
  },
  E0304: {
    title: "wrong rank",
    message: "{op}: operand {operand} has rank {found}, wanted {wanted}",
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
    message: "{op}: attribute {attr} is {found}, wanted {wanted}",
    help: "see `tgc explain {op}` for the op's attributes",
    detail: "Attributes are compile-time constants with a kind and, for some, a range.",
  },
  E0307: {
    title: "shapes do not fit",
    message: "{op}: operand {operand} has shape {found}, wanted {wanted}",
    help: "see `tgc explain {op}` for the op's shape rule",
    detail: "The op's shape rule relates the shapes of its operands.",
  },
  E0308: {
    title: "dtypes differ",
    message: "{op}: operands have dtypes {left} and {right}",
    help: "convert one of them with `cast(x, to=...)`; tgc never converts silently",
    detail: "Every op says which dtypes it takes. Mixed dtypes are an error, so that a program's precision is what its text says.",
  },
});
