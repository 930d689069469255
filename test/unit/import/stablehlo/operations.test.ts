// Each operation of the table, in the pretty form and in the generic one: results by hand, from StableHLO's specification.
import { expect, test } from "vitest";
import { makeTensor, type Tensor } from "../../../../ir-spec/base/tensor.ts";
import { imported, program, run } from "./support.ts";

interface OperationCase {
  readonly name: string;
  readonly params: readonly string[];
  readonly result: string;
  readonly lines: readonly string[];
  readonly inputs: readonly (readonly number[])[];
  readonly expected: readonly number[];
}

const f = (shape: string) => `tensor<${shape}f32>`;
const i = (shape: string) => `tensor<${shape}i32>`;
const b = (shape: string) => `tensor<${shape}i1>`;

function unary(name: string, input: readonly number[], expected: readonly number[]): OperationCase {
  const type = f(`${input.length}x`);
  return { name, params: [type], result: type, lines: [`%r = ${name} %a : ${type}`], inputs: [input], expected };
}

function binary(
  name: string,
  type: string,
  inputs: OperationCase["inputs"],
  expected: readonly number[],
): OperationCase {
  const lines = [`%r = "stablehlo.${name}"(%a, %b) : (${type}, ${type}) -> ${type}`];
  return { name, params: [type, type], result: type, lines, inputs, expected };
}

function dot(
  form: string,
  params: readonly [string, string],
  result: string,
  expected: readonly number[],
): OperationCase {
  const lines = [`%r = ${form} : (${params.join(", ")}) -> ${result}`];
  const sizes = params.map((type) => count(type));
  const inputs = sizes.map((size) => Array.from({ length: size }, (_, index) => index + 1));
  return { name: form, params, result, lines, inputs, expected };
}

function count(type: string): number {
  return (type.match(/\d+(?=x)/g) ?? []).reduce((product, size) => product * Number(size), 1);
}

const inf = Number.POSITIVE_INFINITY;

const cases: readonly OperationCase[] = [
  unary("stablehlo.ceil", [-1.5, 1.2, 3], [-1, 2, 3]),
  unary("stablehlo.sign", [-2, 0, 5, Number.NaN], [-1, 0, 1, Number.NaN]),
  unary("stablehlo.log_plus_one", [1e-10, 0, inf, -1], [Math.fround(1e-10), 0, inf, -inf]),
  unary("stablehlo.exponential_minus_one", [1e-10, 0, -inf, inf], [Math.fround(1e-10), 0, -1, inf]),
  unary("mhlo.negate", [1, -2], [-1, 2]),
  unary("chlo.square", [3, -2], [9, 4]),
  binary(
    "power",
    f("2x"),
    [
      [2, 9],
      [3, 0.5],
    ],
    [8, 3],
  ),
  binary(
    "remainder",
    i("3x"),
    [
      [7, -7, 7],
      [3, 3, -3],
    ],
    [1, -1, 1],
  ),
  binary(
    "add",
    b("4x"),
    [
      [0, 0, 1, 1],
      [0, 1, 0, 1],
    ],
    [0, 1, 1, 1],
  ),
  binary(
    "multiply",
    b("4x"),
    [
      [0, 0, 1, 1],
      [0, 1, 0, 1],
    ],
    [0, 0, 0, 1],
  ),
  binary(
    "xor",
    b("4x"),
    [
      [0, 0, 1, 1],
      [0, 1, 0, 1],
    ],
    [0, 1, 1, 0],
  ),
  {
    name: "is_finite",
    params: [f("3x")],
    result: b("3x"),
    lines: ["%r = stablehlo.is_finite %a : (tensor<3xf32>) -> tensor<3xi1>"],
    inputs: [[1, -inf, Number.NaN]],
    expected: [1, 0, 0],
  },
  {
    name: "compare of bools, in the generic form",
    params: [b("4x"), b("4x")],
    result: b("4x"),
    lines: [
      '%r = "stablehlo.compare"(%a, %b) <{comparison_direction = #stablehlo<comparison_direction LT>}> : (tensor<4xi1>, tensor<4xi1>) -> tensor<4xi1>',
    ],
    inputs: [
      [0, 0, 1, 1],
      [0, 1, 0, 1],
    ],
    expected: [0, 1, 0, 0],
  },
  {
    name: "select by one bool, clamp between numbers",
    params: [b(""), f("3x"), f("3x")],
    result: f("3x"),
    lines: [
      "%lo = stablehlo.constant dense<-1.0> : tensor<f32>",
      "%hi = stablehlo.constant dense<0x40000000> : tensor<f32>",
      "%0 = stablehlo.select %a, %b, %c : tensor<i1>, tensor<3xf32>",
      "%r = stablehlo.clamp %lo, %0, %hi : (tensor<f32>, tensor<3xf32>, tensor<f32>) -> tensor<3xf32>",
    ],
    inputs: [[1], [-5, 0.5, 5], [0, 0, 0]],
    expected: [-1, 0.5, 2],
  },
  {
    name: "pad with a number, and a negative width",
    params: [f("2x2x"), f("")],
    result: f("4x1x"),
    lines: [
      "%r = stablehlo.pad %a, %b, low = [1, -1], high = [1, 0], interior = [0, 0] : (tensor<2x2xf32>, tensor<f32>) -> tensor<4x1xf32>",
    ],
    inputs: [[1, 2, 3, 4], [9]],
    expected: [9, 2, 4, 9],
  },
  {
    name: "slice with steps, concatenate, transpose",
    params: [f("2x4x")],
    result: f("4x2x"),
    lines: [
      "%0 = stablehlo.slice %a [0:2, 1:4:2] : (tensor<2x4xf32>) -> tensor<2x2xf32>",
      '%1 = "stablehlo.slice"(%a) <{start_indices = array<i64: 0, 0>, limit_indices = array<i64: 2, 2>, strides = array<i64: 1, 1>}> : (tensor<2x4xf32>) -> tensor<2x2xf32>',
      "%2 = stablehlo.concatenate %0, %1, dim = 1 : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x4xf32>",
      "%r = stablehlo.transpose %2, dims = [1, 0] : (tensor<2x4xf32>) -> tensor<4x2xf32>",
    ],
    inputs: [[1, 2, 3, 4, 5, 6, 7, 8]],
    expected: [2, 6, 4, 8, 1, 5, 2, 6],
  },
  {
    name: "broadcast_in_dim turns axes and repeats ones of size 1",
    params: [f("1x2x")],
    result: f("2x3x2x"),
    lines: [
      "%0 = stablehlo.transpose %a, dims = [1, 0] : (tensor<1x2xf32>) -> tensor<2x1xf32>",
      "%r = stablehlo.broadcast_in_dim %0, dims = [2, 1] : (tensor<2x1xf32>) -> tensor<2x3x2xf32>",
    ],
    inputs: [[5, 7]],
    expected: [5, 7, 5, 7, 5, 7, 5, 7, 5, 7, 5, 7],
  },
  {
    name: "iota, convert, constants as lists, splats and bytes",
    params: [],
    result: f("2x2x"),
    lines: [
      "%0 = stablehlo.iota dim = 1 : tensor<2x2xi32>",
      "%1 = stablehlo.convert %0 : (tensor<2x2xi32>) -> tensor<2x2xf32>",
      "%2 = stablehlo.constant dense<[[1.0, 2.5e+00], [-3.0, 0x3F800000]]> : tensor<2x2xf32>",
      '%3 = stablehlo.constant dense<"0x0000803F000000400000404000008040"> : tensor<2x2xf32>',
      "%4 = stablehlo.add %1, %2 : tensor<2x2xf32>",
      "%r = stablehlo.multiply %4, %3 : tensor<2x2xf32>",
    ],
    inputs: [],
    expected: [1, 7, -9, 8],
  },
  {
    name: "reduce that begins with a number, with a region in the generic form",
    params: [f("2x2x")],
    result: f("2x"),
    lines: [
      "%cst = stablehlo.constant dense<10.0> : tensor<f32>",
      '%r = "stablehlo.reduce"(%a, %cst) <{dimensions = array<i64: 0>}> ({',
      "^bb0(%x: tensor<f32>, %y: tensor<f32>):",
      "  %s = stablehlo.maximum %y, %x : tensor<f32>",
      "  stablehlo.return %s : tensor<f32>",
      "}) : (tensor<2x2xf32>, tensor<f32>) -> tensor<2xf32>",
    ],
    inputs: [[1, 20, 3, 4]],
    expected: [10, 20],
  },
  {
    name: "reduce of bools",
    params: [b("2x2x")],
    result: b("2x"),
    lines: [
      "%cst = stablehlo.constant dense<true> : tensor<i1>",
      "%r = stablehlo.reduce(%a init: %cst) applies stablehlo.and across dimensions = [1] : (tensor<2x2xi1>, tensor<i1>) -> tensor<2xi1>",
    ],
    inputs: [[1, 1, 1, 0]],
    expected: [1, 0],
  },
  {
    name: "gather clamps its indices and puts the rows' axes where the text says",
    params: [f("3x2x"), i("2x1x")],
    result: f("2x2x"),
    lines: [
      '%r = "stablehlo.gather"(%a, %b) <{dimension_numbers = #stablehlo.gather<offset_dims = [0], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 1, 2>}> : (tensor<3x2xf32>, tensor<2x1xi32>) -> tensor<2x2xf32>',
    ],
    inputs: [
      [1, 2, 3, 4, 5, 6],
      [7, -1],
    ],
    expected: [5, 1, 6, 2],
  },
  {
    name: "dynamic slices at constants, which are clamped",
    params: [f("4x")],
    result: f("4x"),
    lines: [
      "%c = stablehlo.constant dense<9> : tensor<i32>",
      "%0 = stablehlo.dynamic_slice %a, %c, sizes = [2] : (tensor<4xf32>, tensor<i32>) -> tensor<2xf32>",
      "%c_0 = stablehlo.constant dense<0> : tensor<i32>",
      "%r = stablehlo.dynamic_update_slice %a, %0, %c_0 : (tensor<4xf32>, tensor<2xf32>, tensor<i32>) -> tensor<4xf32>",
    ],
    inputs: [[1, 2, 3, 4]],
    expected: [3, 4, 3, 4],
  },
  {
    name: "custom calls that compute nothing, and results in a row",
    params: [f("2x")],
    result: f("2x"),
    lines: [
      '%0 = stablehlo.custom_call @Sharding(%a) {mhlo.sharding = "{replicated}"} : (tensor<2xf32>) -> tensor<2xf32>',
      "%1:2 = stablehlo.optimization_barrier %0, %a : tensor<2xf32>, tensor<2xf32>",
      "%r = stablehlo.add %1#0, %1#1 : tensor<2xf32>",
    ],
    inputs: [[1, 2]],
    expected: [2, 4],
  },
  binary(
    "xor",
    i("3x"),
    [
      [6, -1, 5],
      [3, 1, 5],
    ],
    [5, -2, 0],
  ),
  binary(
    "shift_right_logical",
    i("3x"),
    [
      [-1, 8, 1],
      [28, 1, 32],
    ],
    [15, 4, 0],
  ),
  unary(
    "stablehlo.round_nearest_afz",
    [0.5, -2.5, 0.49999997, -0.2, -inf, Number.NaN, 8388609],
    [1, -3, 0, -0, -inf, Number.NaN, 8388609],
  ),
  {
    name: "reverse along two axes",
    params: [f("2x3x")],
    result: f("2x3x"),
    lines: ["%r = stablehlo.reverse %a, dims = [1, 0] : tensor<2x3xf32>"],
    inputs: [[1, 2, 3, 4, 5, 6]],
    expected: [6, 5, 4, 3, 2, 1],
  },
  {
    name: "reduce_precision as JAX writes it, a constant of f64 as PyTorch/XLA does, and bits of bf16",
    params: [f("2x")],
    result: f("2x"),
    lines: [
      "%cst = stablehlo.constant dense<0x3FE0000000000000> : tensor<f64>",
      "%0 = stablehlo.convert %cst : (tensor<f64>) -> tensor<f32>",
      "%1 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f32>) -> tensor<2xf32>",
      "%2 = stablehlo.reduce_precision %a, format = e8m7 : tensor<2xf32>",
      "%bits = stablehlo.constant dense<0x4000> : tensor<bf16>",
      "%3 = stablehlo.convert %bits : (tensor<bf16>) -> tensor<f32>",
      "%4 = stablehlo.broadcast_in_dim %3, dims = [] : (tensor<f32>) -> tensor<2xf32>",
      "%5 = stablehlo.multiply %2, %4 : tensor<2xf32>",
      "%r = stablehlo.add %5, %1 : tensor<2xf32>",
    ],
    inputs: [[1.0009765625, 3]],
    expected: [2.5, 6.5],
  },
  {
    name: "the largest elements, in CHLO's form",
    params: [f("4x")],
    result: i("2x"),
    lines: ["%values, %r = chlo.top_k(%a, k = 2) : tensor<4xf32> -> (tensor<2xf32>, tensor<2xi32>)"],
    inputs: [[3, 9, 1, 5]],
    expected: [1, 3],
  },
  // [1 2; 3 4] [1 2 3; 4 5 6], and with each operand transposed.
  dot(
    "stablehlo.dot_general %a, %b, contracting_dims = [1] x [0]",
    [f("2x2x"), f("2x3x")],
    f("2x3x"),
    [9, 12, 15, 19, 26, 33],
  ),
  dot("stablehlo.dot %a, %b", [f("2x2x"), f("2x3x")], f("2x3x"), [9, 12, 15, 19, 26, 33]),
  dot(
    "stablehlo.dot_general %a, %b, contracting_dims = [0] x [1]",
    [f("2x2x"), f("3x2x")],
    f("2x3x"),
    [7, 15, 23, 10, 22, 34],
  ),
  dot("stablehlo.dot %a, %b", [f("2x"), f("2x")], f(""), [5]),
  dot("stablehlo.dot_general %a, %b, contracting_dims = [] x []", [f("2x"), f("2x")], f("2x2x"), [1, 2, 2, 4]),
  dot(
    '"stablehlo.dot_general"(%a, %b) <{dot_dimension_numbers = #stablehlo.dot<lhs_batching_dimensions = [1], rhs_batching_dimensions = [0], lhs_contracting_dimensions = [0], rhs_contracting_dimensions = [1]>}>',
    [f("2x2x"), f("2x2x")],
    f("2x"),
    [7, 22],
  ),
  dot(
    "stablehlo.dot_general %a, %b, batching_dims = [0] x [2], contracting_dims = [1, 2] x [1, 0]",
    [f("2x2x2x"), f("2x2x2x")],
    f("2x"),
    // Of batch 0: 1*1 + 2*5 + 3*3 + 4*7; of batch 1: 5*2 + 6*6 + 7*4 + 8*8.
    [48, 138],
  ),
];

test.each(cases)("$name", ({ params, result, lines, inputs, expected }) => {
  const { graph } = imported(program(params, result, lines));
  const given = graph.params.map(({ name, value }, index): [string, Tensor] => {
    const tensor = makeTensor(graph.values[value]?.type ?? { dtype: "f32", shape: [] });
    tensor.data.set(inputs[index] ?? []);
    return [name, tensor];
  });
  const [found] = run(graph, new Map(given));
  expect([...(found?.data ?? [])].map(Math.fround)).toEqual(expected.map(Math.fround));
});

test("large constants become weights with their values", () => {
  const digits = Array.from({ length: 100 }, (_, index) => index.toString(16).padStart(2, "0")).join("");
  const { graph, weights } = imported(
    program([], "tensor<100xui8>", [`%r = stablehlo.constant dense<"0x${digits}"> : tensor<100xui8>`]),
  );
  expect(graph.params.map(({ kind, name }) => [kind, name])).toEqual([["weight", "r"]]);
  expect(weights.get("r")?.data).toEqual(Float64Array.from({ length: 100 }, (_, index) => index));
});

test("a module in the generic form alone, as older exports have it", () => {
  const text = `"builtin.module"() <{sym_name = "jit_f"}> ({
  "func.func"() <{function_type = (tensor<2xf32>) -> tensor<2xf32>, res_attrs = [{jax.result_info = "['y']"}], sym_name = "main"}> ({
  ^bb0(%arg0: tensor<2xf32>):
    %0 = "func.call"(%arg0) <{callee = @twice}> : (tensor<2xf32>) -> tensor<2xf32>
    "func.return"(%0) : (tensor<2xf32>) -> ()
  }) : () -> ()
  "func.func"() <{function_type = (tensor<2xf32>) -> tensor<2xf32>, sym_name = "twice", sym_visibility = "private"}> ({
  ^bb0(%arg0: tensor<2xf32>):
    %0 = "stablehlo.add"(%arg0, %arg0) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    "func.return"(%0) : (tensor<2xf32>) -> ()
  }) : () -> ()
}) {mhlo.num_partitions = 1 : i32} : () -> ()
`;
  const { graph } = imported(text);
  expect(graph.results.map(({ name }) => name)).toEqual(["y"]);
  expect(graph.nodes.map(({ op }) => op)).toEqual(["add"]);
});
