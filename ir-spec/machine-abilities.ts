// Machine fields that single instructions ask for: what a generation has or lacks, limits and speeds of special
// instructions. Part of the table in machine.ts.

import { ability, integer, type MachineField, real } from "./machine-field.ts";

export const abilityFields = {
  peDoubleRow: ability("the array contracts two rows of 8-bit floats in one: twice peRows in the time of peRows"),
  peMx: ability("the array multiplies MX formats: 8-bit floats with a scale for each 32, four times peRows of them"),
  peResultBanks: integer("banks", "PSUM banks that the result of one matmul may reach over", 1, 64),
  peResultBf16: ability("the array adds up bf16 in PSUM, too: the sum in f32, rounded to bf16"),
  peTileRows: integer("rows", "the smallest part of the array's rows that multiplies on its own", 1, 4096),
  peTileColumns: integer("columns", "the smallest part of the array's columns that multiplies on its own", 1, 4096),
  peTransposeByteStep: integer(
    "elements",
    "from one element of 1 byte to the next where the array writes a transposed row of them",
    1,
    2,
  ),
  peBackgroundTranspose: ability(
    "the array transposes in the background of the instruction before, a product or another transpose",
  ),
  peOneZeroFactor: real("1", "time of an f32 matmul with zeros and ones on one side, relative to bf16", 1, 64),
  actAccumulatorCycles: integer("cycles", "scalar engine: writing out the sums of an activation", 0),
  actRate16: real("elements/cycle", "scalar engine: copies and scalar operations, 2-byte", 0.01, 4096),
  actTensorScalar: integer(
    "0, 1 or 2",
    "scalar engine: operations of a tile with scalars; none, a product and a sum, or all that the vector engine has",
    0,
    2,
  ),
  actExactCopy: ability("the scalar engine copies i32 bit for bit, not by way of f32"),
  actImmediateBias: ability("the scalar engine adds a number in the instruction as bias"),
  actTwoSteps: ability(
    "the scalar engine takes one of six pairs of operations before a function, and folds by others than add",
  ),
  dveAccumulatorCycles: integer(
    "cycles",
    "vector engine: writing out the result of a fold that rides on another operation",
    0,
  ),
  dveSequentialRate: real("elements/cycle", "vector engine: scans, running folds, selections with a fold", 0.01, 4096),
  dveAggregateFactor: real("cycles/element", "vector engine: merging statistics", 0.01, 64),
  dveExponentialRate: real("elements/cycle", "vector engine: exponential; 0 where it has none", 0, 4096),
  dveQuantizeRate: real("elements/cycle", "vector engine: making MX formats; 0 where it cannot", 0, 4096),
  dveFastFloat8: ability("the vector engine copies and combines 8-bit floats as fast as 2-byte elements"),
  dveRangeSelect: ability("the vector engine selects by a range of indices"),
  dveMagnitude: ability("the vector engine compares by magnitude: abs_max, abs_min"),
  dveRandomGenerators: integer(
    "generators",
    "random generators in each lane of the vector engine; 0 where none",
    0,
    64,
  ),
  dveStatsElements: integer("elements", "the most elements of one statistics instruction"),
  dveTopElements: integer("elements", "the most elements that the eight largest are found among"),
  dveTransposeSize: integer("elements", "rows and columns of the largest tile that the vector engine transposes"),
  poolCorePartitions: integer("partitions", "partitions that one processor of the general engine owns", 1, 4096),
  poolGatherIndices: integer("indices", "the most indices for each processor in one local gather"),
  poolGatherElements: integer("elements", "elements that a gather within partitions makes in one go"),
  poolRandom: ability("the general engine makes random bits"),
  poolRsqrtFactor: real("cycles/element", "general engine: time of a reciprocal square root", 1, 64),
  poolNonzero: ability("the general engine finds the elements that are not 0"),
  poolTopElements: integer(
    "elements",
    "the most elements that a top-k takes for each processor; it finds half at most",
    0,
  ),
  poolTopFactor: real("cycles/element", "general engine: time of a top-k for each element that it takes", 0.01, 64),
  indirectAccess: ability("indices pick the elements that a compute engine reads of a tile"),
  dmaTransposeFactor: real("1", "time of a transposing transfer relative to a copy", 1, 64),
  dmaTransposeSbufFactor: real("1", "the same from SBUF to SBUF", 1, 64),
  dmaAccumulateFactor: real("1", "time of an adding transfer relative to a copy", 1, 64),
} as const satisfies Readonly<Record<string, MachineField>>;
