// What a person wants to see of a tensor at one look: its range, its mean and its first elements.

import { printNumber } from "../../ir-spec/base/attr.ts";
import { showName } from "../../ir-spec/base/shown-text.ts";
import { printType, type Tensor } from "../../ir-spec/base/tensor.ts";

export interface TensorSummary {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Over the finite elements; null where there is none. */
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly nanElements: number;
  readonly infiniteElements: number;
  readonly first: readonly number[];
}

const shownElements = 6;

export function summarizeTensor(name: string, { dtype, shape, data }: Tensor): TensorSummary {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let sum = 0;
  let finite = 0;
  let nanElements = 0;
  for (const x of data) {
    if (Number.isNaN(x)) nanElements++;
    if (!Number.isFinite(x)) continue;
    finite++;
    min = Math.min(min, x);
    max = Math.max(max, x);
    sum += x;
  }
  return {
    name,
    dtype,
    shape,
    min: finite === 0 ? null : min,
    max: finite === 0 ? null : max,
    mean: finite === 0 ? null : sum / finite,
    nanElements,
    infiniteElements: data.length - finite - nanElements,
    first: [...data.slice(0, shownElements)],
  };
}

/** `y: f32[4, 2]  min -1.2  max 3  mean 0.5  [0.1, 0.2, ...]` */
export function printSummary(name: string, tensor: Tensor): string {
  const { min, max, mean, nanElements, infiniteElements, first } = summarizeTensor(name, tensor);
  const short = (x: number | null): string => (x === null ? "none" : printNumber(Number(x.toPrecision(6))));
  const odd = [
    ...(nanElements > 0 ? [`${nanElements} NaN`] : []),
    ...(infiniteElements > 0 ? [`${infiniteElements} infinite`] : []),
  ];
  const more = tensor.data.length > first.length ? ", ..." : "";
  const elements = `[${first.map(short).join(", ")}${more}]`;
  const parts = [`min ${short(min)}`, `max ${short(max)}`, `mean ${short(mean)}`, ...odd, elements];
  return `${showName(name)}: ${printType(tensor)}  ${parts.join("  ")}\n`;
}
