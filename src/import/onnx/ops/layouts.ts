// Rows of ONNX ops that arrange what lies in planes: diagonals of matrices, and blocks of pixels.

import { refuse } from "../refuse.ts";
import { knownInts, op, operand, reshape, scalar, transpose, type Use } from "../use.ts";
import { dtypeOf, type Value } from "../values.ts";
import { defineOnnxOps } from "./define.ts";
import { elementAttr } from "./shapes.ts";

/** Whether an element of a matrix is above, on or below a diagonal. */
function trilu(use: Use): Value {
  const x = operand(use, 0);
  const k = use.operands[1] === undefined ? 0 : knownInts(use.operands[1], "the diagonal")[0]!;
  const isUpper = use.attrs.flag("upper", true);
  const matrix = x.shape.slice(-2);
  if (matrix.length < 2) return refuse("its operand has fewer than two dimensions");
  if (x.shape.includes(0)) return x;
  const row = op(use, "iota", [], { shape: matrix, axis: 0, dtype: "i32" });
  const column = op(use, "iota", [], { shape: matrix, axis: 1, dtype: "i32" });
  const diagonal = op(use, "add", [row, scalar(k, row)]);
  const isKept = op(use, isUpper ? "greater_or_equal" : "less_or_equal", [column, diagonal]);
  return { ...op(use, "where", [isKept, x, scalar(0, x)]), element: x.element };
}

function eyeLike(use: Use): Value {
  const x = operand(use, 0);
  const dtype = use.attrs.has("dtype") ? elementAttr(use, "dtype") : x.element;
  const k = use.attrs.int("k", 0);
  const row = op(use, "iota", [], { shape: x.shape, axis: 0, dtype: "i32" });
  const column = op(use, "iota", [], { shape: x.shape, axis: 1, dtype: "i32" });
  const isOn = op(use, "equal", [column, op(use, "add", [row, scalar(k, row)])]);
  return { ...op(use, "cast", [isOn], { to: dtypeOf(dtype) }), element: dtype };
}

/** Blocks of pixels between the channels and the plane, in one of two orders. */
function depthToSpace(use: Use): Value {
  const x = operand(use, 0);
  const [n, c, h, w] = fourSizes(x);
  const b = use.attrs.int("blocksize");
  const isDepthFirst = use.attrs.text("mode", "DCR") === "DCR";
  const depth = c / (b * b);
  const apart = reshape(use, x, isDepthFirst ? [n, b, b, depth, h, w] : [n, depth, b, b, h, w]);
  const moved = transpose(use, apart, isDepthFirst ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3]);
  return reshape(use, moved, [n, depth, h * b, w * b]);
}

function spaceToDepth(use: Use): Value {
  const x = operand(use, 0);
  const [n, c, h, w] = fourSizes(x);
  const b = use.attrs.int("blocksize");
  const apart = reshape(use, x, [n, c, h / b, b, w / b, b]);
  return reshape(use, transpose(use, apart, [0, 3, 5, 1, 2, 4]), [n, c * b * b, h / b, w / b]);
}

function fourSizes(x: Value): readonly [number, number, number, number] {
  const [n, c, h, w] = x.shape;
  if (x.shape.length !== 4) return refuse(`its operand has ${x.shape.length} dimensions, expected 4`);
  return [n!, c!, h!, w!];
}

export const layoutOps = defineOnnxOps({
  Trilu: { way: "rewrite", as: "`where` on `iota`", make: (use) => [trilu(use)] },
  EyeLike: { way: "rewrite", as: "two `iota`, `equal`", make: (use) => [eyeLike(use)] },
  DepthToSpace: {
    way: "rewrite",
    as: "`reshape`, `transpose`, `reshape`",
    versions: { 13: "bf16" },
    make: (use) => [depthToSpace(use)],
  },
  SpaceToDepth: { way: "rewrite", as: "`reshape`, `transpose`, `reshape`", make: (use) => [spaceToDepth(use)] },
});
