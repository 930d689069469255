// What the shape and dtype rules give, and what they say where operands do not fit.
import { describe, expect, test } from "vitest";
import type { Dtype } from "../../../ir-spec/base/dtype.ts";
import { dtypes } from "../../../ir-spec/base/dtype.ts";
import { errorMessage } from "../../../ir-spec/base/errors/index.ts";
import { printType, type TensorType } from "../../../ir-spec/base/tensor.ts";
import { nodeAttrs } from "../../../ir-spec/graph-builder.ts";
import { inferOp, type OpName } from "../../../ir-spec/ops/index.ts";
import type { AttrsGiven } from "./run-op.ts";

/** Reads `bf16[2, 3]`. */
function type(text: string): TensorType {
  const [, dtype, shape] = /^(\w+)\[(.*)\]$/.exec(text) ?? [];
  const sizes = shape === "" ? [] : (shape ?? "").split(",").map(Number);
  expect(Object.keys(dtypes)).toContain(dtype);
  return { dtype: dtype as Dtype, shape: sizes };
}

/** The printed types of the results, or the message of the problem after its code. */
function infer(op: OpName, types: readonly string[], attrs: AttrsGiven = {}): string {
  const operands = types.map(type);
  const inferred = inferOp(op, operands, nodeAttrs(op, operands, attrs));
  if (inferred.ok) return inferred.value.map(printType).join(" ");
  return `${inferred.error.code} ${errorMessage(inferred.error.code, inferred.error.args)}`;
}

type Case = readonly [op: OpName, types: readonly string[], attrs: AttrsGiven, wanted: string];

const fitting: readonly Case[] = [
  ["add", ["f32[2, 1, 4]", "f32[3, 1]"], {}, "f32[2, 3, 4]"],
  ["less", ["bf16[2]", "bf16[]"], {}, "bool[2]"],
  ["cast", ["f32[2]"], { to: "i32" }, "i32[2]"],
  ["where", ["bool[2, 1]", "f32[3]", "f32[]"], {}, "f32[2, 3]"],
  ["reduce_sum", ["f32[2, 3]"], {}, "f32[1, 1]"],
  ["reduce_max", ["i32[2, 3, 4]"], { axes: [-1, 0], keepdims: false }, "i32[3]"],
  ["matmul", ["bf16[5, 1, 2, 3]", "bf16[7, 3, 4]"], {}, "bf16[5, 7, 2, 4]"],
  ["matmul", ["f32[3, 2]", "f32[4, 3]"], { transpose_lhs: true, transpose_rhs: true }, "f32[2, 4]"],
  ["transpose", ["f32[2, 3, 4]"], {}, "f32[4, 3, 2]"],
  ["transpose", ["f32[2, 3, 4]"], { perm: [1, 0, -1] }, "f32[3, 2, 4]"],
  ["reshape", ["f32[2, 6]"], { shape: [-1, 4] }, "f32[3, 4]"],
  ["reshape", ["f32[1]"], { shape: [] }, "f32[]"],
  ["unsqueeze", ["f32[2, 3]"], { axes: [0, -1] }, "f32[1, 2, 3, 1]"],
  ["squeeze", ["f32[1, 3, 1]"], {}, "f32[3]"],
  ["squeeze", ["f32[1, 3, 1]"], { axes: [-1] }, "f32[1, 3]"],
  ["broadcast_to", ["f32[3, 1]"], { shape: [2, 3, 4] }, "f32[2, 3, 4]"],
  ["slice", ["f32[4, 6]"], { starts: [1], ends: [3] }, "f32[2, 6]"],
  ["slice", ["f32[4, 6]"], { starts: [-100], ends: [100], axes: [-1], steps: [4] }, "f32[4, 2]"],
  ["update_slice", ["f32[4, 6]", "f32[2, 6]"], { starts: [2, 0] }, "f32[4, 6]"],
  ["concat", ["f32[4, 6]", "f32[4, 1]"], { axis: -1 }, "f32[4, 7]"],
  ["split", ["f32[2, 7]"], { num_outputs: 3, axis: 1 }, "f32[2, 3] f32[2, 3] f32[2, 1]"],
  ["split", ["f32[2, 7]"], { sizes: [3, 4], axis: -1 }, "f32[2, 3] f32[2, 4]"],
  ["gather", ["f32[10, 4]", "i32[2, 3]"], {}, "f32[2, 3, 4]"],
  ["gather", ["f32[10, 4]", "i32[]"], { axis: 1 }, "f32[10]"],
  ["full", [], { value: 1, shape: [], dtype: "bf16" }, "bf16[]"],
  ["iota", [], { shape: [2, 3], axis: -1, dtype: "i32" }, "i32[2, 3]"],
  ["layer_normalization", ["f32[2, 3, 4]", "f32[3, 4]"], { axis: 1 }, "f32[2, 3, 4]"],
  ["rotary_embedding", ["bf16[1, 2, 3, 8]", "f32[3, 4]", "f32[3, 4]"], {}, "bf16[1, 2, 3, 8]"],
  ["rotary_embedding", ["f32[1, 3, 2, 8]", "f32[3, 1, 4]", "f32[3, 1, 4]"], {}, "f32[1, 3, 2, 8]"],
  ["attention", ["f32[4, 2, 8]", "f32[2, 3, 8]", "f32[2, 3, 5]"], { is_causal: true }, "f32[4, 2, 5]"],
  [
    "attention",
    ["f32[1, 1, 4, 2, 8]", "f32[1, 1, 4, 3, 8]", "f32[1, 1, 4, 3, 8]", "bool[2, 3]"],
    {},
    "f32[1, 1, 4, 2, 8]",
  ],
];

describe("what fits", () => {
  test.each(fitting)("%s %s %j", (op, types, attrs, wanted) => {
    expect(infer(op, types, attrs)).toBe(wanted);
  });
});

const wrong: readonly Case[] = [
  ["add", ["f32[2, 3]", "f32[2]"], {}, "E0301 add: shapes [2, 3] and [2] do not broadcast: dimension 1 is 3 and 2"],
  ["add", ["f32[2]", "bf16[2]"], {}, "E0308 add: operands have dtypes f32 and bf16"],
  ["add", ["bool[2]", "bool[2]"], {}, "E0303 add: operand x is bool, expected f32, bf16, f16 or i32"],
  ["add", ["f32[2]"], {}, "E0309 add: expected 2 operands, found 1"],
  ["concat", [], { axis: 0 }, "E0309 concat: expected 1 or more operands, found 0"],
  ["layer_normalization", ["f32[2]"], {}, "E0309 layer_normalization: expected 2 to 3 operands, found 1"],
  ["exp", ["i32[2]"], {}, "E0303 exp: operand x is i32, expected f32, bf16 or f16"],
  ["logical_and", ["bool[2]", "i32[2]"], {}, "E0303 logical_and: operand y is i32, expected bool"],
  ["where", ["f32[2]", "f32[2]", "f32[2]"], {}, "E0303 where: operand condition is f32, expected bool"],
  [
    "where",
    ["bool[2]", "f32[3]", "f32[3]"],
    {},
    "E0301 where: shapes [2] and [3] do not broadcast: dimension 0 is 2 and 3",
  ],
  [
    "cast",
    ["f32[2]"],
    {},
    "E0310 cast: attribute to is missing, expected a dtype (f32, bf16, f16, f8e4m3, f8e5m2, i32, i8, u8, bool)",
  ],
  [
    "gelu",
    ["f32[2]"],
    { approximate: "fast" },
    'E0306 gelu: attribute approximate is "fast", expected one of "none", "tanh"',
  ],
  ["reduce_sum", ["f32[2, 3]"], { axes: [2] }, "E0305 reduce_sum: axis 2 is out of range for rank 2"],
  ["reduce_sum", ["f32[2, 3]"], { axes: [1, -1] }, "E0311 reduce_sum: axis 1 is given twice in axes"],
  ["matmul", ["f32[4, 8]", "f32[7, 2]"], {}, "E0302 matmul: contraction sizes differ: 8 vs 7 ([4, 8] by [7, 2])"],
  [
    "matmul",
    ["f32[4, 8]", "f32[8, 2]"],
    { transpose_rhs: true },
    "E0302 matmul: contraction sizes differ: 8 vs 2 ([4, 8] by [8, 2] transposed)",
  ],
  ["matmul", ["f32[8]", "f32[8, 2]"], {}, "E0304 matmul: operand lhs has rank 1, expected at least 2"],
  [
    "matmul",
    ["f32[2, 4, 8]", "f32[3, 8, 2]"],
    {},
    "E0301 matmul: shapes [2] and [3] do not broadcast: dimension 0 is 2 and 3",
  ],
  ["matmul", ["i32[4, 8]", "i32[8, 2]"], {}, "E0303 matmul: operand lhs is i32, expected f32, bf16 or f16"],
  ["transpose", ["f32[2, 3]"], { perm: [0] }, "E0306 transpose: attribute perm is [0], expected 2 entries"],
  ["transpose", ["f32[2, 3]"], { perm: [0, 0] }, "E0311 transpose: axis 0 is given twice in perm"],
  ["reshape", ["f32[2, 3]"], { shape: [4, 2] }, "E0313 reshape: [2, 3] has 6 elements, [4, 2] has 8"],
  ["reshape", ["f32[2, 3]"], { shape: [4, -1] }, "E0313 reshape: [2, 3] has 6 elements, [4, -1] has a multiple of 4"],
  [
    "reshape",
    ["f32[2, 3]"],
    { shape: [-1, -1] },
    "E0306 reshape: attribute shape is [-1, -1], expected dimensions of at least 1, of which one may be -1",
  ],
  ["squeeze", ["f32[2, 3]"], { axes: [0] }, "E0307 squeeze: operand x has shape [2, 3], expected size 1 at axis 0"],
  [
    "broadcast_to",
    ["f32[3]"],
    { shape: [3, 1] },
    "E0307 broadcast_to: operand x has shape [3], expected one that broadcasts to [3, 1]",
  ],
  [
    "slice",
    ["f32[4, 6]"],
    { starts: [3], ends: [3] },
    "E0312 slice: dimension 0 of the result would have 0 elements, expected at least 1",
  ],
  ["slice", ["f32[4, 6]"], { starts: [3, 0], ends: [4] }, "E0306 slice: attribute ends is [4], expected 2 entries"],
  [
    "slice",
    ["f32[4]"],
    { starts: [3], ends: [0], steps: [-1] },
    "E0306 slice: attribute steps is [-1], expected steps of at least 1",
  ],
  ["slice", ["f32[4]"], { starts: [0, 0], ends: [1, 1] }, "E0306 slice: attribute starts is [0, 0], expected 1 entry"],
  [
    "update_slice",
    ["f32[4, 6]", "f32[2, 6]"],
    { starts: [3, 0] },
    "E0314 update_slice: elements 3 to 4 of axis 0 are written, expected within 0 to 3",
  ],
  [
    "update_slice",
    ["f32[4, 6]", "f32[6]"],
    { starts: [3, 0] },
    "E0304 update_slice: operand update has rank 1, expected that of x, 2",
  ],
  ["concat", ["f32[4, 6]", "f32[3, 1]"], { axis: 1 }, "E0307 concat: operand 1 has shape [3, 1], expected [4, 1]"],
  ["concat", ["f32[4, 6]", "f32[6]"], { axis: 1 }, "E0304 concat: operand 1 has rank 1, expected 2"],
  ["split", ["f32[6]"], {}, "E0306 split: attribute sizes is missing, expected either sizes or num_outputs"],
  ["split", ["f32[6]"], { sizes: [2, 3] }, "E0306 split: attribute sizes is [2, 3] with sum 5, expected a sum of 6"],
  [
    "split",
    ["f32[6]"],
    { num_outputs: 0 },
    "E0306 split: attribute num_outputs is 0, expected an integer of at least 1",
  ],
  [
    "split",
    ["f32[2]"],
    { num_outputs: 3 },
    "E0312 split: dimension 0 of the result would have 0 elements, expected at least 1",
  ],
  ["gather", ["f32[6]", "f32[2]"], {}, "E0303 gather: operand indices is f32, expected i32"],
  [
    "full",
    [],
    { value: 1, shape: [0], dtype: "f32" },
    "E0306 full: attribute shape is [0], expected dimensions of at least 1",
  ],
  ["iota", [], { shape: [2], axis: 1, dtype: "i32" }, "E0305 iota: axis 1 is out of range for rank 1"],
  [
    "constant",
    [],
    { values: [1], shape: [2], dtype: "f32" },
    "E0306 constant: attribute values is a list of 1, expected a list of 2",
  ],
  ["softmax", ["f32[]"], {}, "E0305 softmax: axis -1 is out of range for rank 0"],
  [
    "rms_normalization",
    ["f32[2, 3]", "f32[2]"],
    {},
    "E0307 rms_normalization: operand scale has shape [2], expected [3]",
  ],
  [
    "rotary_embedding",
    ["f32[2, 3]", "f32[1]", "f32[1]"],
    {},
    "E0307 rotary_embedding: operand x has shape [2, 3], expected an even last dimension",
  ],
  [
    "rotary_embedding",
    ["f32[2, 4]", "f32[2, 4]", "f32[2, 4]"],
    {},
    "E0307 rotary_embedding: operand cos has shape [2, 4], expected last dimension 2, half of that of x",
  ],
  [
    "attention",
    ["f32[3, 2, 8]", "f32[2, 2, 8]", "f32[2, 2, 8]"],
    {},
    "E0315 attention: 3 query heads, expected a multiple of the 2 key heads",
  ],
  [
    "attention",
    ["f32[2, 2, 8]", "f32[2, 2, 4]", "f32[2, 2, 8]"],
    {},
    "E0307 attention: operand k has shape [2, 2, 4], expected [2, 2, 8]",
  ],
  [
    "attention",
    ["f32[2, 3, 8]", "f32[2, 2, 8]", "f32[2, 2, 8]"],
    { is_causal: true },
    "E0307 attention: operand k has shape [2, 2, 8], expected at least the 3 rows of q, as is_causal aligns the last query with the last key",
  ],
  [
    "attention",
    ["f32[2, 8]", "f32[2, 8]", "f32[2, 8]"],
    {},
    "E0304 attention: operand q has rank 2, expected at least 3",
  ],
];

describe("what does not fit", () => {
  test.each(wrong)("%s %s %j", (op, types, attrs, wanted) => {
    expect(infer(op, types, attrs)).toBe(wanted);
  });
});
