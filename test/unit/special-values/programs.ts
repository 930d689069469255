// Programs that apply every elementwise op to a grid of special numbers: one graph for each dtype and number of operands, with one
// result for each op, so that an executor runs few of them.

import { type Dtype, dtypeNames, isFloat, roundTo } from "../../../ir-spec/base/dtype.ts";
import { makeTensor, type Tensor } from "../../../ir-spec/base/tensor.ts";
import { inferOp, isKind, type OpNameOf, opNames, ops } from "../../../ir-spec/ops/index.ts";
import { gridOf } from "./grids.ts";

/** One result: an op on the operands by name. */
export interface Applied {
  readonly name: string;
  readonly op: OpNameOf<"elementwise" | "reduce">;
  readonly text: string;
  readonly dtype: Dtype;
}

export interface SpecialProgram {
  readonly name: string;
  readonly text: string;
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly results: readonly Applied[];
}

const operandNames = ["x", "y"];

function tensorOf(dtype: Dtype, shape: readonly number[], elementAt: (index: number) => number): Tensor {
  const tensor = makeTensor({ dtype, shape });
  for (let index = 0; index < tensor.data.length; index++) tensor.data[index] = elementAt(index);
  return tensor;
}

function programOf(
  name: string,
  inputs: ReadonlyMap<string, Tensor>,
  results: readonly Applied[],
  shape: string,
): SpecialProgram {
  const params = [...inputs].map(([input, { dtype }]) => `${input}: ${dtype}[${inputs.get(input)?.shape.join(", ")}]`);
  const outputs = results.map((result) => `${result.name}: ${result.dtype}[${shape}]`);
  const lines = results.map((result) => `  ${result.name} = ${result.text}`);
  const text = `graph main(${params.join(", ")}) -> (${outputs.join(", ")}) {\n${lines.join("\n")}\n}\n`;
  return { name, text, inputs, results };
}

/** The elementwise ops that take so many operands of the dtype; casts, gelu's other formula and where are extra. */
function opsOn(dtype: Dtype, operands: 1 | 2): readonly Applied[] {
  const known = opNames.filter((op): op is OpNameOf<"elementwise"> => isKind(op, "elementwise"));
  return known.flatMap((op) => {
    if (op === "cast" || ops[op].operands.length !== operands) return [];
    const type = { dtype, shape: [1] };
    const inferred = inferOp(op, new Array(operands).fill(type), op === "gelu" ? { approximate: "none" } : {});
    const [result] = inferred.ok ? inferred.value : [];
    if (result === undefined) return [];
    const call = `${op}(${operandNames.slice(0, operands).join(", ")})`;
    return [{ name: `r_${op}`, op, text: call, dtype: result.dtype }];
  });
}

function unaryProgram(dtype: Dtype): SpecialProgram {
  const grid = gridOf(dtype);
  const x = tensorOf(dtype, [grid.length], (index) => grid[index] as number);
  const casts = dtypeNames.map((to) => ({
    name: `to_${to}`,
    op: "cast" as const,
    text: `cast(x, to=${to})`,
    dtype: to,
  }));
  const tanhGelu = { name: "r_gelu_tanh", op: "gelu" as const, text: `gelu(x, approximate="tanh")`, dtype };
  const hasGelu = opsOn(dtype, 1).some(({ op }) => op === "gelu");
  const results = [...opsOn(dtype, 1), ...(hasGelu ? [tanhGelu] : []), ...casts];
  return programOf(`${dtype}, one operand`, new Map([["x", x]]), results, `${grid.length}`);
}

/** Every pair of the grid; y is a tile, one number for each row, and a number. */
function binaryProgram(dtype: Dtype): SpecialProgram {
  const grid = gridOf(dtype);
  const size = grid.length;
  const x = tensorOf(dtype, [size, size], (index) => grid[index % size] as number);
  const y = tensorOf(dtype, [size, size], (index) => grid[Math.floor(index / size)] as number);
  const column = tensorOf(dtype, [size, 1], (index) => grid[index] as number);
  const onTiles = opsOn(dtype, 2);
  const onColumns = onTiles.map((result) => {
    const text = `${result.op}(x, c)`;
    return { ...result, name: `${result.name}_column`, text };
  });
  const where = { name: "r_where", op: "where" as const, text: "where(x == x, x, y)", dtype };
  const inputs = new Map([
    ["x", x],
    ["y", y],
    ["c", column],
  ]);
  return programOf(`${dtype}, two operands`, inputs, [...onTiles, ...onColumns, where], `${size}, ${size}`);
}

/** Ops whose second operand is a number of the program. */
function numberProgram(dtype: Dtype): SpecialProgram {
  const grid = gridOf(dtype);
  const x = tensorOf(dtype, [grid.length], (index) => grid[index] as number);
  const numbers = [0, 3, 41, 8, -7, 1e-40, 2 ** 127, 3e38, 0.1].filter((y) =>
    isFloat(dtype) ? Number.isFinite(roundTo(dtype, y)) : roundTo(dtype, y) === y,
  );
  const results = (["div", "pow", "max", "less"] as const)
    .filter((op) => isFloat(dtype) || op !== "pow")
    .flatMap((op) =>
      numbers.map((y, index) => {
        const result = op === "less" ? "bool" : dtype;
        return { name: `r_${op}_${index}`, op, text: `${op}(x, ${y})`, dtype: result } as const;
      }),
    );
  return programOf(`${dtype}, with numbers`, new Map([["x", x]]), results, `${grid.length}`);
}

/** Reductions of all pairs and a third number. */
function reduceProgram(dtype: Dtype): SpecialProgram {
  const grid = gridOf(dtype).filter((x) => !(Math.abs(x) > 1e30 && Number.isFinite(x)));
  const size = grid.length;
  const x = tensorOf(dtype, [size * size, 3], (index) => {
    const row = Math.floor(index / 3);
    return [grid[row % size], 1, grid[Math.floor(row / size)]][index % 3] as number;
  });
  const results = (["reduce_max", "reduce_min"] as const).map((op) => ({
    name: `r_${op}`,
    op,
    text: `${op}(x, axes=[1])`,
    dtype,
  }));
  return programOf(`${dtype}, reductions`, new Map([["x", x]]), results, `${size * size}, 1`);
}

const numberDtypes = ["f32", "bf16", "f16", "i32"] as const;

export const specialPrograms: readonly SpecialProgram[] = [
  ...dtypeNames.map(unaryProgram),
  ...numberDtypes.map(binaryProgram),
  ...numberDtypes.map(numberProgram),
  ...numberDtypes.map(reduceProgram),
];
