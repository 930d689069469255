// Rows of ONNX ops that sample an image at computed coordinates: GridSample and RoiAlign. A sample is a sum of neighbours, each picked by
// index, with weights that depend on the fraction of the coordinates.

import { refuse } from "../refuse.ts";
import { cast, op, operand, reshape, scalar, transpose, type Use } from "../use.ts";
import { countOf, type Value } from "../values.ts";
import { defineOnnxOps } from "./define.ts";
import { sizesAfter } from "./movement.ts";

const num = (x: Value, value: number): Value => scalar(value, x);
const add = (use: Use, a: Value, b: Value): Value => op(use, "add", [a, b]);
const sub = (use: Use, a: Value, b: Value): Value => op(use, "sub", [a, b]);
const mul = (use: Use, a: Value, b: Value): Value => op(use, "mul", [a, b]);
const clamp = (use: Use, x: Value, low: number, high: number): Value =>
  op(use, "min", [op(use, "max", [x, num(x, low)]), num(x, high)]);

/** A neighbour along one axis: its index, as a float, and its weight. */
interface Neighbour {
  readonly place: Value;
  readonly weight: Value | undefined;
}

interface GridAttrs {
  readonly mode: string;
  readonly padding: string;
  readonly alignCorners: boolean;
}

/** From -1..1 to pixels. */
function pixelOf(use: Use, x: Value, size: number, alignCorners: boolean): Value {
  const scaled = alignCorners ? mul(use, add(use, x, num(x, 1)), num(x, (size - 1) / 2)) : undefined;
  return scaled ?? sub(use, mul(use, add(use, x, num(x, 1)), num(x, size / 2)), num(x, 0.5));
}

/** A coordinate thrown back at the borders of the image. */
function reflect(use: Use, x: Value, low: number, high: number): Value {
  const span = high - low;
  if (span === 0) return op(use, "full", [], { value: low, shape: x.shape, dtype: x.dtype });
  const folded = op(use, "mod", [sub(use, x, num(x, low)), num(x, 2 * span)]);
  const back = sub(use, num(x, 2 * span), folded);
  return add(use, op(use, "min", [folded, back]), num(x, low));
}

/** Source: Keys 1981, with a of -0.75 as in ONNX GridSample-22. */
function cubicWeight(use: Use, distance: Value, isNear: boolean): Value {
  const a = -0.75;
  const power = (factor: number, inner: Value): Value => mul(use, inner, num(distance, factor));
  const square = mul(use, distance, distance);
  const cube = mul(use, square, distance);
  if (isNear) return add(use, sub(use, power(a + 2, cube), power(a + 3, square)), num(distance, 1));
  const high = sub(use, power(a, cube), power(5 * a, square));
  return add(use, high, sub(use, power(8 * a, distance), num(distance, 4 * a)));
}

function neighbours(use: Use, x: Value, mode: string): readonly Neighbour[] {
  if (mode === "nearest") return [{ place: op(use, "round", [x]), weight: undefined }];
  const floor = op(use, "floor", [x]);
  const fraction = sub(use, x, floor);
  const after = (steps: number): Value => (steps === 0 ? floor : add(use, floor, num(x, steps)));
  if (mode === "linear" || mode === "bilinear") {
    return [
      { place: floor, weight: sub(use, num(x, 1), fraction) },
      { place: after(1), weight: fraction },
    ];
  }
  if (mode !== "cubic" && mode !== "bicubic") return refuse(`its mode is ${mode}`);
  return [-1, 0, 1, 2].map((step) => {
    const distance = step <= 0 ? sub(use, fraction, num(x, step)) : sub(use, num(x, step), fraction);
    return { place: after(step), weight: cubicWeight(use, distance, step === 0 || step === 1) };
  });
}

/** An index inside of the image, and whether it was inside before. */
function settle(use: Use, place: Value, size: number, { padding, alignCorners }: GridAttrs) {
  if (padding === "reflection") {
    const turned = alignCorners ? reflect(use, place, 0, size - 1) : reflect(use, place, -0.5, size - 0.5);
    return { index: clamp(use, turned, 0, size - 1), isInside: undefined };
  }
  const index = clamp(use, place, 0, size - 1);
  return { index, isInside: padding === "border" ? undefined : op(use, "equal", [index, place]) };
}

interface Corner {
  readonly place: Value | undefined;
  readonly weight: Value | undefined;
}

/** All corners of a cell: places in row-major order of the image, and products of weights. */
function corners(
  use: Use,
  coordinates: readonly Value[],
  sizes: readonly number[],
  attrs: GridAttrs,
): readonly Corner[] {
  const strides = sizesAfter(sizes);
  return coordinates.reduce(
    (found: readonly Corner[], x, axis) => {
      const along = neighbours(use, x, attrs.mode).map(({ place, weight }) => {
        const { index, isInside } = settle(use, place, sizes[axis]!, attrs);
        const inside = isInside === undefined ? undefined : cast(use, isInside, x.dtype);
        return { place: mul(use, index, num(x, strides[axis]!)), weight: times(use, weight, inside) };
      });
      return found.flatMap((corner) =>
        along.map(({ place, weight }) => ({
          place: corner.place === undefined ? place : add(use, corner.place, place),
          weight: times(use, corner.weight, weight),
        })),
      );
    },
    [{ place: undefined, weight: undefined }],
  );
}

const times = (use: Use, a: Value | undefined, b: Value | undefined): Value | undefined =>
  a === undefined || b === undefined ? (a ?? b) : mul(use, a, b);

/** Images [n, c, ...sizes] at places [n, points] of each: [n, c, points]. */
function pick(use: Use, rows: Value, place: Value, pixels: number): Value {
  const [batch, points] = place.shape as [number, number];
  const whole = { ...cast(use, place, "i32"), element: "INT32" as const };
  const image = op(use, "iota", [], { shape: [batch, points], axis: 0, dtype: "i32" });
  return op(use, "gather", [rows, add(use, whole, mul(use, image, num(image, pixels)))], { axis: 0 });
}

/** Samples of images [n, c, ...sizes] at coordinates [n, points], one for each axis: [n, points, c]. */
function sampleAt(use: Use, x: Value, coordinates: readonly Value[], attrs: GridAttrs): Value {
  const [batch, channels, ...sizes] = x.shape as [number, number, ...number[]];
  const pixels = countOf({ shape: sizes });
  const last = transpose(use, reshape(use, x, [batch, channels, pixels]), [0, 2, 1]);
  const rows = reshape(use, last, [batch * pixels, channels]);
  const samples = corners(use, coordinates, sizes, attrs).map(({ place, weight }) => {
    const picked = pick(use, rows, place!, pixels);
    return weight === undefined
      ? picked
      : mul(use, picked, reshape(use, cast(use, weight, x.dtype), [...weight.shape, 1]));
  });
  return samples.reduce((sum, sample) => add(use, sum, sample));
}

/** Source: ONNX GridSample-22. */
function gridSample(use: Use): Value {
  const [x, grid] = [operand(use, 0), operand(use, 1)];
  const attrs: GridAttrs = {
    mode: use.attrs.text("mode", "linear"),
    padding: use.attrs.text("padding_mode", "zeros"),
    alignCorners: use.attrs.flag("align_corners", false),
  };
  const [batch, channels, ...sizes] = x.shape as [number, number, ...number[]];
  const rank = sizes.length;
  const plane = grid.shape.slice(1, -1);
  const points = countOf({ shape: plane });
  const flat = reshape(use, cast(use, grid, "f32"), [batch, points, rank]);
  // The last coordinate of the grid is that of the first axis.
  const coordinates = sizes.map((size, axis) => {
    const place = rank - 1 - axis;
    const column = op(use, "slice", [flat], { starts: [place], ends: [place + 1], axes: [2] });
    const pixel = pixelOf(use, reshape(use, column, [batch, points]), size, attrs.alignCorners);
    return settleFirst(use, pixel, size, attrs);
  });
  const samples = sampleAt(use, x, coordinates, attrs);
  return { ...reshape(use, transpose(use, samples, [0, 2, 1]), [batch, channels, ...plane]), element: x.element };
}

/** At a border the coordinate itself is moved where no neighbour beyond it is asked for. */
function settleFirst(use: Use, pixel: Value, size: number, { mode, padding, alignCorners }: GridAttrs): Value {
  if (padding === "zeros" || mode.includes("cubic")) return pixel;
  if (padding === "border") return clamp(use, pixel, 0, size - 1);
  const turned = alignCorners ? reflect(use, pixel, 0, size - 1) : reflect(use, pixel, -0.5, size - 0.5);
  return clamp(use, turned, 0, size - 1);
}

/** Samples along one axis of each region: [regions, size * count], and whether each is near the image. */
function samplePlaces(
  use: Use,
  { from, to }: { readonly from: Value; readonly to: Value },
  {
    size,
    count,
    length,
    isShifted,
  }: { readonly size: number; readonly count: number; readonly length: number; readonly isShifted: boolean },
) {
  const regions = from.shape[0]!;
  const least = op(use, "max", [sub(use, to, from), num(from, 1)]);
  const extent = isShifted ? sub(use, to, from) : least;
  const step = op(use, "iota", [], { shape: [1, size * count], axis: 1, dtype: "f32" });
  const part = mul(use, add(use, step, num(step, 0.5)), num(step, 1 / (size * count)));
  const column = (value: Value): Value => reshape(use, value, [regions, 1]);
  const place = add(use, column(from), mul(use, column(extent), part));
  const isNear = op(use, "logical_and", [
    op(use, "greater_or_equal", [place, num(place, -1)]),
    op(use, "less_or_equal", [place, num(place, length)]),
  ]);
  return { place: clamp(use, place, 0, length - 1), isNear };
}

/** Source: ONNX RoiAlign-22: means of samples in the cells of a grid over each region. */
function roiAlign(use: Use): Value {
  const [x, rois, batches] = [operand(use, 0), operand(use, 1), operand(use, 2)];
  const [height, width] = [use.attrs.int("output_height", 1), use.attrs.int("output_width", 1)];
  const ratio = use.attrs.int("sampling_ratio", 0);
  if (ratio < 1) return refuse("its sampling_ratio depends on the regions");
  if (use.attrs.text("mode", "avg") !== "avg") return refuse("its mode is not avg");
  const scale = use.attrs.float("spatial_scale", 1);
  const isShifted =
    use.attrs.text("coordinate_transformation_mode", use.opset < 16 ? "output_half_pixel" : "half_pixel") ===
    "half_pixel";
  const regions = rois.shape[0]!;
  const [, channels, rows, columns] = x.shape as [number, number, number, number];
  const edge = (place: number): Value => {
    const column = reshape(use, op(use, "slice", [rois], { starts: [place], ends: [place + 1], axes: [1] }), [regions]);
    return sub(use, mul(use, column, num(column, scale)), num(column, isShifted ? 0.5 : 0));
  };
  const y = samplePlaces(use, { from: edge(1), to: edge(3) }, { size: height, count: ratio, length: rows, isShifted });
  const z = samplePlaces(
    use,
    { from: edge(0), to: edge(2) },
    { size: width, count: ratio, length: columns, isShifted },
  );
  const plane = [regions, height * ratio, width * ratio];
  const points = height * ratio * width * ratio;
  const spread = (value: Value, axis: number): Value => {
    const shape = axis === 0 ? [regions, height * ratio, 1] : [regions, 1, width * ratio];
    return reshape(use, op(use, "broadcast_to", [reshape(use, value, shape)], { shape: plane }), [regions, points]);
  };
  const images = op(use, "gather", [x, { ...batches, element: "INT32" }], { axis: 0 });
  const attrs = { mode: "linear", padding: "border", alignCorners: true };
  const samples = sampleAt(use, images, [spread(y.place, 0), spread(z.place, 1)], attrs);
  const isNear = op(use, "logical_and", [spread(y.isNear, 0), spread(z.isNear, 1)]);
  const kept = mul(use, samples, reshape(use, cast(use, isNear, x.dtype), [regions, points, 1]));
  const cells = reshape(use, kept, [regions, height, ratio, width, ratio, channels]);
  return transpose(use, op(use, "reduce_mean", [cells], { axes: [2, 4], keepdims: false }), [0, 3, 1, 2]);
}

export const sampleOps = defineOnnxOps({
  RoiAlign: {
    way: "rewrite",
    as: "`gather` of neighbours, with weights, `reduce_mean`",
    versions: { 16: "half_pixel", 22: "bf16" },
    limits: "no mode max, no sampling_ratio of 0",
    make: (use) => [roiAlign(use)],
  },
  GridSample: {
    way: "rewrite",
    as: "`gather` of neighbours, with weights",
    versions: { 16: "new", 20: "volumes", 22: "bf16" },
    make: (use) => [gridSample(use)],
  },
});
