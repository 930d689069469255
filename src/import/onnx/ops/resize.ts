// The row of ONNX Resize: along each axis every element of the result is a sum of neighbours with known weights, so it is a product with a
// matrix; where one neighbour is taken, elements are picked.
// Source: ONNX Resize-19 and its reference, onnx/reference/ops/op_resize.py.

import { checkValues, listValues } from "../lists.ts";
import { refuse } from "../refuse.ts";
import { axisOf, known, knownInts, op, operand, type Use } from "../use.ts";
import { knownValue, type Value } from "../values.ts";
import { defineOnnxOps } from "./define.ts";
import { lastAxis, take } from "./movement.ts";

interface ResizeAttrs {
  readonly mode: string;
  readonly nearest: string;
  readonly transform: string;
  readonly cubicA: number;
  readonly excludeOutside: boolean;
  readonly antialias: boolean;
  readonly extrapolation: number;
}

/** One axis: its size before and after, and the factor between them, which need not be their quotient. */
interface ResizeAxis {
  readonly axis: number;
  readonly from: number;
  readonly to: number;
  readonly scale: number;
  readonly roi: readonly [number, number];
}

/** The neighbours of one element of the result; undefined where it lies outside and is extrapolated. */
type Weights = ReadonlyMap<number, number> | undefined;

function coordinate(place: number, { from, to, scale, roi }: ResizeAxis, transform: string): number {
  const length = scale * from;
  switch (transform) {
    case "align_corners":
      return length === 1 ? 0 : (place * (from - 1)) / (length - 1);
    case "asymmetric":
      return place / scale;
    case "half_pixel":
      return (place + 0.5) / scale - 0.5;
    case "pytorch_half_pixel":
      return length === 1 ? -0.5 : (place + 0.5) / scale - 0.5;
    case "half_pixel_symmetric":
      return (from / 2) * (1 - to / length) + (place + 0.5) / scale - 0.5;
    case "tf_crop_and_resize": {
      const span = (roi[1] - roi[0]) * (from - 1);
      return (length === 1 ? span / 2 : (place * span) / (length - 1)) + roi[0] * (from - 1);
    }
    default:
      return refuse(`its coordinate_transformation_mode is ${transform}`);
  }
}

/** Weights of neighbours at distances from -reach on, with what lies `ratio` after the neighbour at 0. */
function coefficients(ratio: number, { scale }: ResizeAxis, attrs: ResizeAttrs): readonly number[] {
  const shrink = attrs.antialias ? Math.min(scale, 1) : 1;
  const support = attrs.mode === "linear" ? 1 : 2;
  const start = Math.floor(-support / shrink) + 1;
  const weigh = attrs.mode === "linear" ? triangle : (x: number) => cubic(x, attrs.cubicA);
  const raw = listValues(2 - 2 * start, "neighbours", (index) => weigh(shrink * (start + index - ratio)));
  const sum = raw.reduce((total, weight) => total + weight, 0);
  return attrs.antialias ? raw.map((weight) => weight / sum) : raw;
}

const triangle = (x: number): number => Math.max(0, 1 - Math.abs(x));

/** Source: Keys 1981, Cubic convolution interpolation for digital image processing. */
function cubic(x: number, a: number): number {
  const d = Math.abs(x);
  if (d <= 1) return (a + 2) * d ** 3 - (a + 3) * d ** 2 + 1;
  return d < 2 ? a * d ** 3 - 5 * a * d ** 2 + 8 * a * d - 4 * a : 0;
}

function nearestPlace(x: number, { nearest }: ResizeAttrs): number {
  switch (nearest) {
    case "round_prefer_floor":
      return Math.ceil(x - 0.5);
    case "round_prefer_ceil":
      return Math.floor(x + 0.5);
    case "floor":
      return Math.floor(x);
    case "ceil":
      return Math.ceil(x);
    default:
      return refuse(`its nearest_mode is ${nearest}`);
  }
}

function weightsAt(place: number, axis: ResizeAxis, attrs: ResizeAttrs): Weights {
  const { from } = axis;
  const x = coordinate(place, axis, attrs.transform);
  if (attrs.transform === "tf_crop_and_resize" && (x < 0 || x > from - 1)) return undefined;
  const clamp = (index: number): number => Math.min(Math.max(index, 0), from - 1);
  if (attrs.mode === "nearest") return new Map([[clamp(nearestPlace(x, attrs)), 1]]);
  const base = Math.floor(x) === x ? x - 1 : Math.floor(x);
  const list = coefficients(x - base, axis, attrs);
  const first = base - list.length / 2 + 1;
  const isInside = (index: number): boolean => index >= 0 && index < from;
  const kept = list.map((weight, index) => (attrs.excludeOutside && !isInside(first + index) ? 0 : weight));
  const sum = attrs.excludeOutside ? kept.reduce((total, weight) => total + weight, 0) : 1;
  const weights = new Map<number, number>();
  for (const [index, weight] of kept.entries()) {
    const neighbour = clamp(first + index);
    weights.set(neighbour, (weights.get(neighbour) ?? 0) + weight / sum);
  }
  return weights;
}

function resizeAxis(use: Use, x: Value, axis: ResizeAxis, attrs: ResizeAttrs): Value {
  const all = listValues(axis.to, "places", (place) => weightsAt(place, axis, attrs));
  if (attrs.mode === "nearest" && all.every((weights) => weights !== undefined)) {
    return take(
      use,
      x,
      axis.axis,
      all.flatMap((weights) => [...weights!.keys()]),
    );
  }
  checkValues(axis.from * axis.to, "weights");
  const matrix = new Float64Array(axis.from * axis.to);
  for (const [place, weights] of all.entries()) {
    for (const [neighbour, weight] of weights ?? []) matrix[neighbour * axis.to + place] = weight;
  }
  const factor = knownValue(x.element, [axis.from, axis.to], matrix);
  const resized = lastAxis(use, x, axis.axis, (moved) => op(use, "matmul", [moved, factor]));
  if (all.every((weights) => weights !== undefined)) return resized;
  const outside = all.map((weights) => (weights === undefined ? 1 : 0));
  const shape = x.shape.map((_size, index) => (index === axis.axis ? axis.to : 1));
  const fill = knownValue(x.element, [], [attrs.extrapolation]);
  return op(use, "where", [knownValue("BOOL", shape, outside), fill, resized]);
}

function readAttrs(use: Use): ResizeAttrs {
  const { attrs } = use;
  return {
    mode: attrs.text("mode", "nearest"),
    nearest: attrs.text("nearest_mode", "round_prefer_floor"),
    transform: attrs.text("coordinate_transformation_mode", use.opset < 11 ? "asymmetric" : "half_pixel"),
    cubicA: attrs.float("cubic_coeff_a", -0.75),
    excludeOutside: attrs.flag("exclude_outside", false),
    antialias: attrs.flag("antialias", false),
    extrapolation: attrs.float("extrapolation_value", 0),
  };
}

/** The axes that are resized. Before opset 11 the scales are the second operand. */
function readAxes(use: Use, x: Value): readonly ResizeAxis[] {
  const [roi, scales, sizes] = use.opset < 11 ? [undefined, use.operands[1], undefined] : use.operands.slice(1);
  const axes = (use.attrs.ints("axes") ?? x.shape.map((_size, axis) => axis)).map((axis) =>
    axisOf(axis, x.shape.length),
  );
  const policy = use.attrs.text("keep_aspect_ratio_policy", "stretch");
  const regions = roi === undefined || roi.shape.includes(0) ? [] : [...known(roi, "the region").known()];
  const given =
    sizes === undefined
      ? [...known(scales ?? refuse("neither scales nor sizes are given"), "the scales").known()]
      : undefined;
  const wanted = sizes === undefined ? [] : knownInts(sizes, "the sizes");
  const ratios = axes.map((axis, index) => wanted[index]! / x.shape[axis]!);
  const kept = policy === "not_larger" ? Math.min(...ratios) : Math.max(...ratios);
  return axes.map((axis, index): ResizeAxis => {
    const from = x.shape[axis]!;
    const isKept = given === undefined && policy !== "stretch";
    const scale = given?.[index] ?? (isKept ? kept : ratios[index]!);
    const to =
      given !== undefined ? Math.floor(from * scale) : isKept ? Math.floor(from * scale + 0.5) : wanted[index]!;
    if (!(to >= 1 && to <= maxLength)) return refuse(`an axis becomes ${to} long`);
    return { axis, from, to, scale, roi: [regions[index] ?? 0, regions[axes.length + index] ?? 1] };
  });
}

/** Assumed: a row of pixels longer than any image's. */
const maxLength = 2 ** 16;

function resize(use: Use): Value {
  const x = operand(use, 0);
  const attrs = readAttrs(use);
  const axes = readAxes(use, x).filter(
    ({ from, to, scale }) => from !== to || scale !== 1 || attrs.transform === "tf_crop_and_resize",
  );
  return axes.reduce((value, axis) => resizeAxis(use, value, axis, attrs), x);
}

export const resizeOps = defineOnnxOps({
  Resize: {
    way: "rewrite",
    as: "`matmul` with a matrix of weights for each axis, or `gather`",
    versions: { 13: "tf_crop_and_resize", 18: "antialias, axes", 19: "half_pixel_symmetric" },
    limits: "its sizes or scales are known",
    make: (use) => [resize(use)],
  },
});
