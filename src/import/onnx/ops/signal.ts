// Rows of ONNX ops on signals: Fourier transforms are products with matrices of sines and cosines; windows are known when importing.

import { checkValues, listValues, makeParts } from "../lists.ts";
import { refuse } from "../refuse.ts";
import { axisOf, known, op, operand, reshape, transpose, type Use } from "../use.ts";
import { knownValue, type Value } from "../values.ts";
import { defineOnnxOps, type OnnxOp } from "./define.ts";
import { elementAttr } from "./shapes.ts";

interface Transform {
  readonly length: number;
  readonly inverse: boolean;
  readonly onesided: boolean;
}

/** Real and imaginary parts [n, p] of the signal to those [m, q] of its transform, as a matrix [n p, m q]. */
function fourierMatrix(parts: number, from: number, { length, inverse, onesided }: Transform) {
  const isReal = inverse && onesided;
  const [rows, columns, outParts] = [from, onesided && !inverse ? Math.floor(length / 2) + 1 : length, isReal ? 1 : 2];
  checkValues(rows * parts * columns * outParts, "factors");
  const matrix = new Float64Array(rows * parts * columns * outParts);
  const scale = inverse ? 1 / length : 1;
  for (let n = 0; n < Math.min(rows, length); n++) {
    // Of a one-sided spectrum the other side is the conjugate, so that what is on both counts twice.
    const twice = isReal && n > 0 && 2 * n !== length ? 2 : 1;
    for (let k = 0; k < columns; k++) {
      const angle = (2 * Math.PI * ((n * k) % length)) / length;
      const [cos, sin] = [Math.cos(angle) * scale * twice, Math.sin(angle) * scale * twice * (inverse ? 1 : -1)];
      const set = (part: number, outPart: number, value: number): void => {
        if (part < parts && outPart < outParts)
          matrix[(n * parts + part) * columns * outParts + k * outParts + outPart] = value;
      };
      set(0, 0, cos);
      set(0, 1, sin);
      set(1, 0, -sin);
      set(1, 1, cos);
    }
  }
  const shape = [rows * parts, columns * outParts];
  const high = Float64Array.from(matrix, Math.fround);
  const low = Float64Array.from(matrix, (x, index) => x - high[index]!);
  return { high: knownValue("FLOAT", shape, high), low: knownValue("FLOAT", shape, low), columns, outParts };
}

/** Sines in f32 are off by more than sums that cancel allow, so what they leave is a second matrix. */
function product(use: Use, x: Value, { high, low }: Pick<ReturnType<typeof fourierMatrix>, "high" | "low">): Value {
  return op(use, "add", [op(use, "matmul", [x, high]), op(use, "matmul", [x, low])]);
}

/** Transforms the axis before the last; the last has real and imaginary parts. */
function transform(use: Use, x: Value, axis: number, options: Transform): Value {
  const rank = x.shape.length;
  const others = x.shape.map((_size, index) => index).filter((index) => index !== axis && index !== rank - 1);
  const moved = transpose(use, x, [...others, axis, rank - 1]);
  const outer = others.map((index) => x.shape[index]!);
  const [from, parts] = [x.shape[axis]!, x.shape[rank - 1]!];
  const { high, low, columns, outParts } = fourierMatrix(parts, from, options);
  const flat = reshape(use, moved, [...outer, from * parts]);
  const row = flat.shape.length === 1 ? reshape(use, flat, [1, from * parts]) : flat;
  const apart = reshape(use, product(use, row, { high, low }), [...outer, columns, outParts]);
  const order = Array.from({ length: rank - 1 }, (_unused, index) =>
    index === axis ? rank - 2 : others.indexOf(index),
  );
  return { ...transpose(use, apart, [...order, rank - 1]), element: x.element };
}

/** The last axis holds real numbers, or real and imaginary parts. */
function checkNumbers(parts: number | undefined): void {
  if (parts !== 1 && parts !== 2) refuse(`its last dimension is ${parts}, expected 1 (real) or 2 (complex)`);
}

/** Source: ONNX DFT-20; in 17 the axis is an attribute. */
function fourier(use: Use): Value {
  const x = operand(use, 0);
  const [, lengthValue, axisValue] = use.operands;
  const [inverse, onesided] = [use.attrs.flag("inverse", false), use.attrs.flag("onesided", false)];
  const given =
    axisValue === undefined ? use.attrs.int("axis", use.opset < 20 ? 1 : -2) : known(axisValue, "the axis").known()[0]!;
  const axis = axisOf(given, x.shape.length);
  const size = x.shape[axis]!;
  const whole = inverse && onesided ? 2 * (size - 1) : size;
  const length = lengthValue === undefined ? whole : known(lengthValue, "the length").known()[0]!;
  if (axis === x.shape.length - 1) return refuse("its axis is that of real and imaginary parts");
  checkNumbers(x.shape.at(-1));
  if (!(length >= 1)) return refuse(`its length is ${length}`);
  return transform(use, x, axis, { length, inverse, onesided });
}

/** Source: ONNX STFT-17: frames of the signal, each times the window, transformed. */
function shortFourier(use: Use): Value {
  const signal = operand(use, 0);
  const step = known(operand(use, 1), "the step").known()[0]!;
  const [, , window, lengthValue] = use.operands;
  const length =
    window?.shape[0] ?? (lengthValue === undefined ? undefined : known(lengthValue, "the length").known()[0]!) ?? 0;
  const [batch, samples, parts = 1] = signal.shape as [number, number, number?];
  checkNumbers(parts);
  const count = Math.floor((samples - length) / step) + 1;
  if (!(length >= 1 && step >= 1 && count >= 1)) return refuse(`it has ${count} frames of ${length}`);
  const frames = makeParts(count, "frames", (index) => {
    const part = op(use, "slice", [signal], { starts: [index * step], ends: [index * step + length], axes: [1] });
    return reshape(use, part, [batch, 1, length, parts]);
  });
  const all = frames.length === 1 ? frames[0]! : op(use, "concat", frames, { axis: 1 });
  const weighed = window === undefined ? all : op(use, "mul", [all, reshape(use, window, [length, 1])]);
  return transform(use, weighed, 2, { length, inverse: false, onesided: use.attrs.flag("onesided", true) });
}

/** A sum of cosines. Source: ONNX HannWindow-17, HammingWindow-17, BlackmanWindow-17. */
function windowOp(factors: readonly number[]): OnnxOp {
  return {
    way: "import",
    as: "a known value",
    limits: "its size is known",
    make: (use) => {
      const size = known(operand(use, 0), "the size").known()[0]!;
      if (!(size >= 1)) return refuse(`its size is ${size}`);
      const period = use.attrs.flag("periodic", true) ? size : size - 1;
      const element = elementAttr(use, "output_datatype", 1);
      const values = listValues(size, "values", (n) =>
        factors.reduce((sum, factor, index) => sum + factor * Math.cos((2 * Math.PI * n * index) / period), 0),
      );
      return [knownValue(element, [size], values)];
    },
  };
}

/** Source: ONNX MelWeightMatrix-17 and its reference: triangles over the bins of a spectrum, evenly spaced in mels. */
function melWeights(use: Use): Value {
  const [bins, length, rate, low, high] = [0, 1, 2, 3, 4].map(
    (index) => known(operand(use, index), "its operand").known()[0]!,
  ) as number[];
  const spectrum = Math.floor(length! / 2) + 1;
  if (!(bins! >= 1 && spectrum >= 1)) return refuse(`it has ${bins} bins of ${spectrum}`);
  checkValues(bins! * spectrum, "weights");
  const mel = (hertz: number): number => 2595 * Math.log10(1 + hertz / 700);
  const [from, to] = [mel(low!), mel(high!)];
  const edges = listValues(bins! + 2, "edges", (index) => {
    const hertz = 700 * (10 ** ((index * ((to - from) / (bins! + 2)) + from) / 2595) - 1);
    return Math.floor(((length! + 1) * hertz) / rate!);
  });
  const matrix = new Float64Array(spectrum * bins!);
  const set = (row: number, bin: number, value: number): void => {
    if (row >= 0 && row < spectrum) matrix[row * bins! + bin] = value;
  };
  for (let bin = 0; bin < bins!; bin++) {
    const [start, middle, end] = edges.slice(bin, bin + 3) as [number, number, number];
    if (middle === start) set(middle, bin, 1);
    else
      for (let row = Math.max(start, 0); row <= Math.min(middle, spectrum - 1); row++)
        set(row, bin, (row - start) / (middle - start));
    for (let row = Math.max(middle, 0); middle !== end && row < Math.min(end, spectrum); row++)
      set(row, bin, (end - row) / (end - middle));
  }
  return knownValue(elementAttr(use, "output_datatype", 1), [spectrum, bins!], matrix);
}

export const signalOps = defineOnnxOps({
  DFT: {
    way: "rewrite",
    as: "`matmul` with a matrix of sines and cosines",
    versions: { 17: "new", 20: "the axis is an operand" },
    make: (use) => [fourier(use)],
  },
  STFT: {
    way: "rewrite",
    as: "`slice` for each frame, then as DFT",
    limits: "the step is known",
    make: (use) => [shortFourier(use)],
  },
  HannWindow: windowOp([0.5, -0.5]),
  HammingWindow: windowOp([25 / 46, -21 / 46]),
  BlackmanWindow: windowOp([0.42, -0.5, 0.08]),
  MelWeightMatrix: {
    way: "import",
    as: "a known value",
    limits: "its operands are known",
    make: (use) => [melWeights(use)],
  },
});
