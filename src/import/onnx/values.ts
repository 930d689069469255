// The values of a model while it is imported. A value is known when importing, such as a constant, a weight or the shape of a tensor, or it is
// made by the graph. A known one becomes a node or a parameter only where a node reads it.

import { type Dtype, isFloat, roundTo } from "../../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { elementCount, type Shape, type Tensor } from "../../../ir-spec/base/tensor.ts";
import type { Call } from "../../../ir-spec/graph.ts";
import type { ByteSource } from "../byte-source.ts";
import { type ElementName, elementOfDtype, elementRow } from "./elements.ts";

export interface Value {
  readonly dtype: Dtype;
  readonly shape: Shape;
  /** What it is in ONNX: several element types have one dtype. */
  readonly element: ElementName;
  /** Its place in the graph that is made. */
  readonly id?: ValueId;
  /** Its elements; integers are exact, whatever their width. */
  readonly known?: Elements;
  /** How the graph makes it of nothing, where that is shorter than its elements. */
  readonly recipe?: Call;
  /** The name of the initializer that it is. */
  readonly weight?: string;
  /** The inputs of the model that it depends on, by name. */
  readonly inputs: ReadonlySet<string>;
}

/** Makes the elements of a value. */
export interface Elements {
  (): Float64Array;
  /** Their bytes in a file, where those are as its dtype has them: large ones are copied from there. */
  readonly stored?: ByteSource;
}

export type KnownValue = Value & Required<Pick<Value, "known">>;

export const noInputs: ReadonlySet<string> = new Set();

export function isKnown(value: Value): value is KnownValue {
  return value.known !== undefined;
}

/** A value that holds the given numbers. */
export function knownValue(element: ElementName, shape: Shape, data: ArrayLike<number>): KnownValue {
  const values = Float64Array.from(data);
  return { dtype: dtypeOf(element), shape, element, known: () => values, inputs: noInputs };
}

export function scalarValue(element: ElementName, value: number): KnownValue {
  return knownValue(element, [], [value]);
}

/** A list of integers as ONNX holds shapes and axes. */
export function intsValue(values: readonly number[]): KnownValue {
  return knownValue("INT64", [values.length], values);
}

/** The dtype that stands for an element type; those without one never become a value. */
export function dtypeOf(element: ElementName): Dtype {
  return elementRow(element).dtype ?? "f32";
}

/** The element type of a result: that of the operand where the dtype is the same. */
export function elementFor(dtype: Dtype, like: Value | undefined): ElementName {
  return like !== undefined && like.dtype === dtype ? like.element : elementOfDtype[dtype];
}

export function countOf(value: Pick<Value, "shape">): number {
  return elementCount(value.shape);
}

export function tensorOf({ dtype, shape, known }: KnownValue): Tensor {
  return { dtype, shape, data: known() };
}

/** Rounds as a run of the graph would, but keeps integers of 64 bits, which shapes are made of, as they are. */
export function roundElements(element: ElementName, dtype: Dtype, data: Float64Array): Float64Array {
  if (isFloat(dtype) || elementRow(element).bits < 64) return data.map((x) => roundTo(dtype, x));
  return data.map(Math.trunc);
}
