// Whether an output is what a case says.

import { dtypes, isFloat, ulpAt } from "../../../ir-spec/base/dtype.ts";
import { elementCount, printShape, shapesEqual, type Tensor } from "../../../ir-spec/base/tensor.ts";
import { elementRow } from "../onnx/elements.ts";
import type { OnnxTensor } from "../onnx/read-tensor.ts";

/** Source: onnx/backend/test/runner, ONNX 1.22: the tolerances of assert_allclose for cases that state none. */
const relative = 1e-3;
const absolute = 1e-7;

/**
 * Of floats narrower than f32, two units in the last place are allowed as well. Assumed: the case and the run each round their result once,
 * and a unit of bf16 alone is more than the relative tolerance.
 */
const narrowUlps = 2;

/** What else a comparison knows. */
export interface CompareOptions {
  /** Integers may be one off, as they were rounded from floats that are not computed to the last place. */
  readonly mayBeOneOff: boolean;
}

/**
 * The largest error as a multiple of what is allowed, or what differs besides. A unit in the last place of f32 of the largest element is allowed
 * too: cases are made in f32, where sums that cancel leave as much. Assumed: as in the cases of DFT, whose zeros are off by 2e-7.
 */
export function compareTensors(
  found: Tensor,
  wanted: OnnxTensor,
  { mayBeOneOff }: CompareOptions = { mayBeOneOff: false },
): { readonly maxError: number } | { readonly why: string } {
  if (!shapesEqual(found.shape, wanted.shape)) {
    return { why: `its shape is ${printShape(found.shape)}, expected ${printShape(wanted.shape)}` };
  }
  const expected = wanted.data();
  const isNarrow = isFloat(found.dtype) && dtypes[found.dtype].bytes < 4;
  const noise = isFloat(found.dtype) ? ulpAt("f32", largest(expected)) : mayBeOneOff ? 1 : 0;
  let maxError = 0;
  for (let index = 0; index < elementCount(wanted.shape); index++) {
    const own = isNarrow ? narrowUlps * ulpOf(found, expected[index]!) : 0;
    const error = errorOf(found.data[index]!, expected[index]!, noise + own);
    if (!(error <= maxError)) maxError = error;
  }
  return { maxError };
}

function largest(data: Float64Array): number {
  let most = 0;
  for (const x of data) if (Number.isFinite(x)) most = Math.max(most, Math.abs(x));
  return most;
}

function ulpOf({ dtype }: Tensor, x: number): number {
  return Number.isFinite(x) ? ulpAt(dtype, x) : 0;
}

function errorOf(found: number, wanted: number, more: number): number {
  if (Object.is(found, wanted) || found === wanted) return 0;
  if (Number.isNaN(found) || Number.isNaN(wanted)) return Number.POSITIVE_INFINITY;
  return Math.abs(found - wanted) / (absolute + relative * Math.abs(wanted) + more);
}

/** Whether a tensor's numbers are those of a dtype, but for rounding. */
export function fitsDtype({ element, data }: OnnxTensor): boolean {
  const { kind, dtype } = elementRow(element);
  if (dtype === undefined) return false;
  if (kind === "float" || kind === "other") return true;
  const { minFinite, maxFinite } = dtypes[dtype];
  return data().every((x) => x >= minFinite && x <= maxFinite);
}
