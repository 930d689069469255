// Instructions of the systolic array (PE). It holds a stationary operand [k, m] and streams a moving one [k, n] through it;
// the contraction runs over the partitions of both.

import { dtypeBytes, dtypeNames } from "../../../ir-spec/base/dtype.ts";
import { type Problem, problem } from "../../../ir-spec/base/result.ts";
import { type Machine, maxResultColumns } from "../../../ir-spec/machine.ts";
import { operandField, productDtypes, resultDtypes } from "./args.ts";
import { wantAtMost, wantBanks, wantShape, wantThat } from "./constraints.ts";
import { elements, field, one, oneOf, over, quantity, type Term, times } from "./cost-terms.ts";
import { costOn, type UnitCost } from "./costs.ts";
import { type Block, defineInst, freeSize, type Has, type ResolvedOperand } from "./define.ts";
import { indexField, indirectText } from "./indirect.ts";
import { loadCost, movingCost } from "./pe-costs.ts";
import { addProduct } from "./product.ts";
import { type StationaryArgs, wantStationary } from "./stationary.ts";

const isF32 =
  <const N extends string>(name: N) =>
  ({ operands }: Has<N>): boolean =>
    operands[name].dtype === "f32";

/** Columns of a stationary operand, which count more where they are f32. */
const loadedColumns = oneOf<Has<"src">>(
  "m",
  [{ when: "for f32", holds: isF32("src"), term: times(elements("src"), field("peLoadWeightsF32Factor")) }],
  elements("src"),
);
const loadPasses = oneOf<Has<"src">>(
  "passes",
  [{ when: "for f32", holds: isF32("src"), term: field("peF32Passes") }],
  one,
);

/** Of a product with `columns` moving columns. */
export function matmulCost(columns: Term<Has<"moving">>): UnitCost<Has<"moving">> {
  const passes = field("peF32Passes");
  const when = "for f32";
  const perPass = over(times(columns, field("peF32Factor")), passes);
  return movingCost(
    oneOf<Has<"moving">>("n", [{ when, holds: isF32("moving"), term: perPass }], columns),
    oneOf<Has<"moving">>("passes", [{ when, holds: isF32("moving"), term: passes }], one),
  );
}

/** A transpose streams the rows of its source; where the machine can, in the background of the instruction before. */
const transposeCost = ((): UnitCost<Has<"src">> => {
  type Args = Has<"src">;
  const rows = quantity<Args>("p", "p being the rows of src", ({ operands }) => operands.src.partitions);
  const isWord = ({ dtype }: ResolvedOperand): boolean => dtype === "f32" || dtype === "i32";
  const when = "for f32 and i32";
  const holds = ({ operands }: Args): boolean => isWord(operands.src);
  const cost = movingCost(oneOf<Args>("n", [{ when, holds, term: times(rows, field("peF32TransposeFactor")) }], rows));
  return {
    text: `${cost.text}; its operand is loaded while the instruction before it runs, and where the machine has \`peBackgroundTranspose\`, all of it overlaps that one if it ends sooner so, and only what outlasts that takes time`,
    notes: cost.notes,
    cycles: (args, machine) => {
      const cycles = cost.cycles(args, machine);
      return machine.peBackgroundTranspose === 0 ? cycles : { ...cycles, mayRunBehind: true };
    },
  };
})();

/** f32 goes with f32 only; the other dtypes mix. */
export function wantSamePrecision(stationary: ResolvedOperand, moving: ResolvedOperand): readonly Problem[] {
  if ((stationary.dtype === "f32") === (moving.dtype === "f32")) return [];
  const wanted = stationary.dtype === "f32" ? "f32, as the stationary operand" : "no f32, as the stationary operand";
  return [problem("E0707", { operand: "moving", found: moving.dtype, expected: wanted })];
}

/** Columns that the array holds: for two rows at once it holds two operands side by side. */
const maxStationaryColumns = ({ dtype }: ResolvedOperand, { peColumns, peDoubleRow }: Machine): number =>
  dtypeBytes(dtype) === 1 && peDoubleRow !== 0 ? 2 * peColumns : peColumns;

/** What the array can write: its dtype, its shape and its place in PSUM. */
export function wantResult(args: Has<"dst">, columns: number, machine: Machine): readonly Problem[] {
  const { dtype, partitions } = args.operands.dst;
  const isNarrow = dtype === "bf16" && machine.peResultBf16 === 0;
  return [
    ...(isNarrow ? [problem("E0707", { operand: "dst", found: dtype, expected: "f32" })] : []),
    ...wantAtMost("the number of rows of the result", partitions, machine.peColumns),
    ...wantAtMost("the number of moving columns", columns, maxResultColumns(machine, dtypeBytes(dtype))),
    ...wantBanks(args, "dst", machine, machine.peResultBanks),
  ];
}

/** Arguments of a product. */
export type ProductArgs = Has<"dst" | "moving"> & StationaryArgs;

export function checkMatmul(args: ProductArgs, machine: Machine): readonly Problem[] {
  const { dst, moving, stationary } = args.operands;
  const columns = freeSize(moving);
  return [
    ...wantShape(args, "dst", dst.partitions, columns),
    ...wantAtMost("the number of contracted rows", moving.partitions, machine.peRows),
    ...wantResult(args, columns, machine),
    ...wantStationary(args, "load_weights", moving.partitions, dst.partitions),
    ...(stationary === undefined ? [] : wantSamePrecision(stationary, moving)),
  ];
}

/** Of a product of all columns of moving. */
export function matmulFlops({ operands: { dst, moving } }: Has<"dst" | "moving">): number {
  return 2 * moving.partitions * dst.partitions * freeSize(moving);
}

/** Columns of the result of a double row. */
const columnsOf = ({ operands }: Has<"moving">): number => freeSize(operands.moving) / 2;
const pairsOfColumns = quantity("n", "n being half of the columns of moving", columnsOf);

function checkDoubleRow(args: ProductArgs, machine: Machine): readonly Problem[] {
  const { dst, moving, stationary } = args.operands;
  const columns = columnsOf(args);
  const isStationaryFloat8 = stationary === undefined || dtypeBytes(stationary.dtype) === 1;
  return [
    ...wantThat(Number.isInteger(columns), "the number of moving columns", 2 * columns, "an even number"),
    ...wantShape(args, "dst", dst.partitions, Math.floor(columns)),
    ...wantAtMost("the number of contracted rows", moving.partitions, machine.peRows),
    ...wantResult(args, columns, machine),
    ...wantStationary(args, "load_weights", moving.partitions, 2 * dst.partitions),
    ...wantThat(isStationaryFloat8, "the stationary operand", stationary?.dtype ?? "", "f8e4m3 or f8e5m2"),
  ];
}

/** [k, 2 n] -> [2 k, n]: the second half of the columns below the first. */
function stackHalves({ p, f, data }: Block): Block {
  const half = f / 2;
  const stacked = new Float64Array(data.length);
  for (let row = 0; row < p; row++) {
    const [first, second] = [data.subarray(row * f, row * f + half), data.subarray(row * f + half, (row + 1) * f)];
    stacked.set(first, row * half);
    stacked.set(second, (p + row) * half);
  }
  return { p: 2 * p, f: half, data: stacked };
}

/** How elements of 1 byte lie in a transposed row. */
function wantByteStep(
  { dtype, addressBytes, sizes, strides }: ResolvedOperand,
  { peTransposeByteStep: step }: Machine,
): readonly Problem[] {
  if (dtypeBytes(dtype) !== 1 || step === 1) return [];
  const steps = strides.filter((_stride, dim) => sizes[dim] !== 1);
  const innermost = steps.at(-1) ?? step;
  const odd = [addressBytes, ...steps].find((found) => found % step !== 0);
  return [
    ...wantThat(innermost === step, "the innermost stride of dst", innermost, `${step}, for elements of 1 byte`),
    ...wantThat(
      odd === undefined || odd === innermost,
      "a stride or the address of dst",
      odd ?? 0,
      `a multiple of ${step}`,
    ),
  ];
}

/** The indices of an operand of the array, one for each of its `count` columns. */
const arrayIndexField = (name: string, count: string) => indexField(name, { memories: ["sbuf"], count });

const arrayIndexText = (name: string): string =>
  `${indirectText(name)} Assumed: they lie in SBUF, as all that the array reads.`;

export const peInsts = {
  load_weights: defineInst({
    opcode: 1,
    units: ["pe"],
    summary: "holds a tile in the systolic array as the stationary operand",
    detail: `\`stationary[q, i] = src[q, i]\`, with src: [k, m]; k at most the rows of the array, m at most its columns, or twice as many 8-bit floats for \`matmul_double_row\` where the machine has \`peDoubleRow\`. It overlaps the matmul before it, so that only what outlasts that takes time. ${arrayIndexText("src")} What is held are then the picked elements, which \`matmul_row_tiles\` and \`matmul_column_tiles\` do not take.`,
    ...costOn({ pe: loadCost(loadedColumns, loadPasses) }),
    source:
      "AWS Neuron SDK documentation, NKI guide for Trainium, LoadStationary; cost: fast load of four columns per cycle, in the background",
    fields: {
      src: { ...operandField("read", ["sbuf"], productDtypes, "the operand [k, m]"), indexedBy: "src_index" },
      src_index: arrayIndexField("src", "m"),
    },
    weights: "load",
    check: (args, _unit, machine) => {
      const { src } = args.operands;
      return [
        ...wantAtMost("the number of contracted rows", src.partitions, machine.peRows),
        ...wantAtMost("the number of rows of the result", freeSize(src), maxStationaryColumns(src, machine)),
      ];
    },
    execute: () => {},
    example: "load_weights src=sbuf[0x0; 128; 128:1] bf16",
  }),
  matmul: defineInst({
    opcode: 2,
    units: ["pe"],
    summary: "multiplies the stationary operand with a moving one into PSUM",
    detail: `\`dst[i, j] (+)= sum over q of stationary[q, i] * moving[q, j]\`, with dst: [m, n], stationary: [k, m] as held, moving: [k, n]; n at most \`peMovingColumns\` for each of the \`peResultBanks\` PSUM banks that dst may reach over, of bf16 twice as many. With \`accumulate\` the sum is added to what dst holds. Where the machine has \`peResultBf16\`, dst may be bf16: what it holds and the sum are added in f32, and rounded to bf16, ties to even. Assumed: all in f32, each product and each sum rounded; the products of each run of 16 rows are added up from the left, the sums of the runs likewise, and the total is added to PSUM; how the array rounds inside is not published. An f32 operand goes with f32 only. ${arrayIndexText("moving")}`,
    ...costOn({ pe: matmulCost(elements("moving", "f", "f being the columns of moving")) }),
    source: "AWS Neuron SDK documentation, nki.isa.nc_matmul; cost: measured on trn2, n cycles and a few",
    fields: {
      dst: operandField("update", ["psum"], resultDtypes, "the accumulator [m, n]"),
      moving: {
        ...operandField("read", ["sbuf"], productDtypes, "the moving operand [k, n]"),
        indexedBy: "moving_index",
      },
      accumulate: { kind: "flag", summary: "add to what dst holds instead of overwriting it" },
      moving_index: arrayIndexField("moving", "n"),
    },
    weights: "use",
    check: (args, _unit, machine) => checkMatmul(args, machine),
    execute: ({ dst, stationary, moving }, { values }) => {
      if (!values.accumulate) dst.data.fill(0);
      addProduct(dst, stationary, moving);
    },
    flops: matmulFlops,
    example: "matmul dst=psum[0x0; 128; 512:1] f32, moving=sbuf[0x400; 128; 512:1] bf16, accumulate=notFirst(i3)",
  }),
  matmul_double_row: defineInst({
    opcode: 4,
    units: ["pe"],
    summary: "multiplies 8-bit floats, two rows of the contraction at once",
    detail:
      "`dst[i, j] (+)= sum over r of sum over q of stationary[q, r * m + i] * moving[q, r * n + j]` with r = 0, 1, so it contracts 2 k rows: moving: [k, 2 n] holds two operands [k, n] side by side, and so does the stationary one, [k, 2 m]. n and dst as in `matmul`. Rounding as `matmul` of the 2 k rows, those of r = 0 first.",
    ...costOn({ pe: movingCost(pairsOfColumns) }),
    source: "AWS Neuron SDK documentation, nki.isa.nc_matmul, perf_mode double_row; NKI guide for Trainium2",
    needs: "peDoubleRow",
    fields: {
      dst: operandField("update", ["psum"], resultDtypes, "the accumulator [m, n]"),
      moving: operandField("read", ["sbuf"], ["f8e4m3", "f8e5m2"], "the moving operands [k, 2 n]"),
      accumulate: { kind: "flag", summary: "add to what dst holds instead of overwriting it" },
    },
    weights: "use",
    check: (args, _unit, machine) => checkDoubleRow(args, machine),
    execute: ({ dst, stationary, moving }, { values }) => {
      if (!values.accumulate) dst.data.fill(0);
      addProduct(dst, stackHalves(stationary), stackHalves(moving));
    },
    flops: (args) => 4 * args.operands.moving.partitions * args.operands.dst.partitions * columnsOf(args),
    example: "matmul_double_row dst=psum[0x0; 128; 512:1] f32, moving=sbuf[0x400; 128; 2:512, 512:1] f8e4m3",
  }),
  transpose: defineInst({
    opcode: 3,
    units: ["pe"],
    summary: "transposes a tile into PSUM",
    detail:
      "`dst[j, i] = src[i, j]`, bit for bit, with dst: [f, p], src: [p, f] of the same dtype; p at most the rows of the array, f at most its columns, dst in one PSUM bank. Elements of 1 byte lie `peTransposeByteStep` apart in a row of dst, each step of the outer dimensions and the address being a multiple of it; what lies between them stays as it is. The source takes the place of the stationary operand, which is lost.",
    ...costOn({ pe: transposeCost }),
    source:
      "AWS Neuron SDK documentation, nki.isa.nc_transpose (Tensor Engine, is_transpose), and NKI guides for Trainium2 and Trainium3. Assumed: other elements of 1 byte lie as 8-bit floats do; a transpose in the background takes as long as one in front",
    fields: {
      dst: operandField("write", ["psum"], dtypeNames, "the transposed tile [f, p]"),
      src: operandField("read", ["sbuf"], dtypeNames, "the tile [p, f]"),
    },
    weights: "destroy",
    check: (args, _unit, machine) => {
      const { dst, src } = args.operands;
      const sameDtype = dst.dtype === src.dtype;
      return [
        ...wantShape(args, "dst", freeSize(src), src.partitions),
        ...wantAtMost("the number of rows of src", src.partitions, machine.peRows),
        ...wantAtMost("the number of columns of src", freeSize(src), machine.peColumns),
        ...(sameDtype
          ? []
          : [problem("E0707", { operand: "dst", found: dst.dtype, expected: `${src.dtype}, as src` })]),
        ...wantBanks(args, "dst", machine, 1),
        ...wantByteStep(dst, machine),
      ];
    },
    execute: ({ dst, src }) => {
      for (let i = 0; i < src.p; i++) {
        for (let j = 0; j < src.f; j++) dst.data[j * dst.f + i] = src.data[i * src.f + j]!;
      }
    },
    example: "transpose dst=psum[0x0; 128; 128:1] bf16, src=sbuf[0x0; 128; 128:1] bf16",
  }),
} as const;
