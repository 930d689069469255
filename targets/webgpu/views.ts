// Strided views: where the elements that a kernel walks over lie in a buffer, and the WGSL text of their offsets.
// A domain is the shape that a kernel's linear index counts through in row-major order; a view has a stride for each of
// its axes.

import { elementCount, rowMajorStrides, type Shape } from "../../ir-spec/base/tensor.ts";

export interface View {
  /** Offset of the first element. */
  readonly base: number;
  /** Offset between neighbours along each axis of the domain; 0 repeats. */
  readonly strides: readonly number[];
}

export interface IterationDomain {
  readonly domain: Shape;
  readonly views: readonly View[];
}

/** The elements of a whole tensor, one after the other. */
export function wholeView(shape: Shape): View {
  return { base: 0, strides: rowMajorStrides(shape) };
}

/**
 * The same walk with as few axes as possible: axes of size 1 go, and neighbours that every view steps through evenly
 * become one. Fewer axes mean fewer divisions in the kernel.
 */
export function coalesceDomain(walk: IterationDomain): IterationDomain {
  const kept = [...walk.domain.keys()].filter((axis) => walk.domain[axis] !== 1);
  const domain: number[] = [];
  const strides: number[][] = walk.views.map(() => []);
  for (const axis of kept) {
    const axisSize = walk.domain[axis] as number;
    const last = domain.length - 1;
    const isEven = walk.views.every(
      (view, index) => strides[index]?.[last] === (view.strides[axis] as number) * axisSize,
    );
    if (last >= 0 && isEven) domain[last] = (domain[last] as number) * axisSize;
    else domain.push(axisSize);
    walk.views.forEach((view, index) => {
      (strides[index] as number[])[domain.length - 1] = view.strides[axis] as number;
    });
  }
  return { domain, views: walk.views.map((view, index) => ({ base: view.base, strides: strides[index] as number[] })) };
}

/** True when the view reads consecutive elements in the order of the domain. */
export function isContiguous(view: View, domain: Shape): boolean {
  const strides = rowMajorStrides(domain);
  return domain.every((axisSize, axis) => axisSize === 1 || view.strides[axis] === strides[axis]);
}

/** The WGSL text of a view's offset at the linear index named `index` of the domain: `(i / 12u) * 4u + i % 3u + 7u`. */
export function offsetText(view: View, domain: Shape, index: string): string {
  const base = view.base === 0 ? [] : [`${view.base}u`];
  if (isContiguous(view, domain)) return [index, ...base].join(" + ");
  const terms = domain.flatMap((_, axis) => {
    const stride = view.strides[axis] as number;
    if (stride === 0) return [];
    const coordinate = coordinateText(domain, axis, index);
    return [timesText(coordinate, stride)];
  });
  const all = [...terms, ...base];
  return all.length === 0 ? "0u" : all.join(" + ");
}

/** `index * 4u`, or `index` alone when the factor is 1. */
export function timesText(index: string, factor: number): string {
  return factor === 1 ? index : `${index} * ${factor}u`;
}

function coordinateText(domain: Shape, axis: number, index: string): string {
  const inner = elementCount(domain.slice(axis + 1));
  const quotient = inner === 1 ? index : `(${index} / ${inner}u)`;
  if (axis === 0) return quotient;
  return `(${quotient} % ${domain[axis]}u)`;
}
