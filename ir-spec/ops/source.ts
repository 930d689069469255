// Source rows: tensors out of nothing but attributes.

import { dtypeNames } from "../base/dtype.ts";
import { fail, ok } from "../base/result.ts";
import { elementCount, rowMajorStrides } from "../base/tensor.ts";
import { defineOp } from "./define.ts";
import { checkDimensions, misfit } from "./shape-rules.ts";

const shape = { kind: "ints", summary: "shape of the result" } as const;
const dtype = { kind: "dtype", summary: "dtype of the result" } as const;
const numberDtype = { ...dtype, among: dtypeNames.filter((name) => name !== "bool") } as const;

export const sourceOps = {
  full: defineOp({
    kind: "source",
    summary: "one value everywhere",
    detail:
      "Every element is `value`, rounded to the dtype. A number in an expression stands for a `full` of shape [].",
    source: "ONNX ConstantOfShape-9",
    operands: [],
    attrs: { value: { kind: "float", summary: "the value" }, shape, dtype },
    infer: (_types, attrs) => {
      const wrong = checkDimensions("shape", attrs.shape);
      return wrong ? fail(wrong) : ok([{ dtype: attrs.dtype, shape: attrs.shape }]);
    },
    eval: (_inputs, attrs, [y]) => {
      y.data.fill(attrs.value);
    },
    flops: () => 0,
    example: `graph example() -> (y: f32[2, 3]) {
  y = full(value=0.5, shape=[2, 3], dtype=f32)
}`,
  }),
  iota: defineOp({
    kind: "source",
    facts: { isNeverNegativeZero: true },
    summary: "indices along an axis",
    detail: "Each element is its own index along `axis`: 0, 1, 2, ...",
    source: "StableHLO iota",
    operands: [],
    attrs: {
      shape,
      axis: { kind: "axis", of: "shape", default: 0, summary: "axis that is counted along" },
      dtype: numberDtype,
    },
    infer: (_types, attrs) => {
      const wrong = checkDimensions("shape", attrs.shape);
      if (wrong) return fail(wrong);
      return ok([{ dtype: attrs.dtype, shape: attrs.shape }]);
    },
    eval: (_inputs, attrs, [y]) => {
      const stride = rowMajorStrides(y.shape)[attrs.axis] as number;
      const size = y.shape[attrs.axis] as number;
      for (let position = 0; position < y.data.length; position++) {
        y.data[position] = Math.floor(position / stride) % size;
      }
    },
    flops: () => 0,
    example: `graph example() -> (y: i32[2, 3]) {
  y = iota(shape=[2, 3], axis=1, dtype=i32)
}`,
  }),
  constant: defineOp({
    kind: "source",
    summary: "values written out",
    detail: "The elements are `values`, in row-major order, each rounded to the dtype.",
    source: "ONNX Constant-13",
    operands: [],
    attrs: { values: { kind: "floats", summary: "all elements in row-major order" }, shape, dtype },
    infer: (_types, attrs) => {
      const wrong = checkDimensions("shape", attrs.shape);
      if (wrong) return fail(wrong);
      const count = elementCount(attrs.shape);
      if (attrs.values.length !== count) {
        const found = `a list of ${attrs.values.length}`;
        return fail(misfit("E0306", { attr: "values", found, expected: `a list of ${count}` }));
      }
      return ok([{ dtype: attrs.dtype, shape: attrs.shape }]);
    },
    eval: (_inputs, attrs, [y]) => {
      y.data.set(attrs.values);
    },
    flops: () => 0,
    example: `graph example() -> (y: f32[2, 2]) {
  y = constant(values=[1, 0, 0, 1], shape=[2, 2], dtype=f32)
}`,
  }),
};
