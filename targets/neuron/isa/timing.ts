// Costs of the common instructions of the compute engines, as terms of the machine's numbers. A rate is elements per cycle.

import { dtypeBytes, isFloat } from "../../../ir-spec/base/dtype.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { operandOf } from "./args.ts";
import { elements, field, one, oneOf, over, type Term, times } from "./cost-terms.ts";
import { actTerms, dveTerms, general, streamed, type UnitCost, vector } from "./costs.ts";
import { type Cycles, freeSize, type ResolvedArgs, type ResolvedOperand } from "./define.ts";

/** DMA and the queues' own instructions: their time comes from models of their own, not from the row. */
export const noCycles = (): Cycles => ({ issueCycles: 0, latencyCycles: 0 });

const isHalfWord = ({ dtype }: ResolvedOperand): boolean => dtypeBytes(dtype) === 2;
/** Whether a tile's elements go at the rate of 2-byte ones. */
const isFastOn =
  ({ dveFastFloat8 }: Machine) =>
  (tile: ResolvedOperand): boolean =>
    isHalfWord(tile) || (dveFastFloat8 !== 0 && isFloat(tile.dtype) && dtypeBytes(tile.dtype) === 1);
const isWord = ({ dtype }: ResolvedOperand): boolean => dtype === "f32";
const isInSbuf = ({ memory }: ResolvedOperand): boolean => memory === "sbuf";
const isDense = ({ strides, sizes }: ResolvedOperand): boolean => sizes.at(-1) === 1 || (strides.at(-1) ?? 1) === 1;

const tilesOf = (args: ResolvedArgs): readonly ResolvedOperand[] => [operandOf(args, "dst"), operandOf(args, "src")];
/** Both in SBUF, or one of them there and both dense. */
const isSlowMode = (tiles: readonly ResolvedOperand[]): boolean =>
  tiles.every(isInSbuf) || (tiles.some(isInSbuf) && tiles.every(isDense));

/**
 * The vector engine's rate for copies and scalar operations. Which modes there are: see the machine's `dveRate...` fields.
 * Source: AWS Neuron SDK documentation, NKI guide for Trainium2, "Vector Engine Performance Mode".
 */
export const copyRate = oneOf(
  "rate",
  [
    {
      when: "for dense elements of 2 bytes in SBUF (8-bit floats as well where the machine has `dveFastFloat8`)",
      holds: (args, machine) => {
        const tiles = tilesOf(args);
        return tiles.every(isFastOn(machine)) && tiles.every(isInSbuf) && tiles.every(isDense);
      },
      term: field("dveRate16"),
    },
    {
      when: "for such elements in SBUF that are not dense, or dense with one tile in PSUM",
      holds: (args, machine) => tilesOf(args).every(isFastOn(machine)) && isSlowMode(tilesOf(args)),
      term: field("dveRate16Slow"),
    },
    {
      when: "for f32 in SBUF",
      holds: (args) => tilesOf(args).every(isInSbuf) && tilesOf(args).every(isWord),
      term: field("dveRate32"),
    },
  ],
  one,
);

/** The scalar engine's rate for copies and scalar operations: its one mode has the conditions of the vector engine's slow one. */
const scalarEngineRate = oneOf(
  "rate",
  [
    {
      when: "for elements of 2 bytes in SBUF, or dense with one tile in PSUM",
      holds: (args) => isSlowMode(tilesOf(args)) && tilesOf(args).every(isHalfWord),
      term: field("actRate16"),
    },
  ],
  one,
);

/** The vector engine's rate for an instruction that reads several tiles: one element per cycle from two memories. */
export function severalTilesRate(inputs: readonly string[]): Term {
  const tiles = (args: ResolvedArgs) => inputs.map((name) => operandOf(args, name));
  return oneOf(
    "rate",
    [
      { when: "where an input lies in PSUM", holds: (args) => !tiles(args).every(isInSbuf), term: one },
      {
        when: "for elements of 2 bytes (8-bit floats as well where the machine has `dveFastFloat8`)",
        holds: (args, machine) => [...tiles(args), operandOf(args, "dst")].every(isFastOn(machine)),
        term: field("dveTwoInputRate16"),
      },
    ],
    field("dveTwoInputRate"),
  );
}

/** The vector engine's rate for a tile, a scalar and a tile. */
export const fusedRate = oneOf(
  "rate",
  [
    {
      when: "for subtract and then multiply of an even number of bf16",
      holds: (args) => {
        const isEven = freeSize(operandOf(args, "dst")) % 2 === 0;
        const areBf16 = [operandOf(args, "src"), operandOf(args, "rhs")].every(({ dtype }) => dtype === "bf16");
        return isEven && areBf16 && args.values.op0 === "subtract" && args.values.op1 === "multiply";
      },
      term: field("dveTwoInputRate16"),
    },
  ],
  field("dveTwoInputRate"),
);

/** The vector engine's rate for a fold. */
const foldRate = oneOf(
  "rate",
  [
    {
      when: "for add and max where dst and src have elements of 2 bytes",
      holds: (args) => tilesOf(args).every(isHalfWord) && (args.values.op === "add" || args.values.op === "max"),
      term: field("dveFoldRate16"),
    },
  ],
  one,
);

const dst = elements("dst");
const perElement = (rate: Term): Term => over(dst, rate);

/** A copy, by engine. */
export const copyCosts: { readonly [U in "dve" | "act" | "pool"]: UnitCost } = {
  dve: vector(perElement(copyRate)),
  act: streamed(actTerms, perElement(scalarEngineRate)),
  pool: general(dst),
};

/** An operation of a tile with scalars: reading those takes the vector engine a while. */
export const scalarCosts: { readonly [U in "dve" | "act" | "pool"]: UnitCost } = {
  dve: streamed(
    { ...dveTerms, overhead: field("dveScalarOverheadCycles"), latency: field("dveScalarLatencyCycles") },
    perElement(copyRate),
  ),
  act: copyCosts.act,
  pool: general(
    times(
      dst,
      oneOf(
        "factor",
        [
          {
            when: "with rsqrt",
            holds: ({ values }) => values.op0 === "rsqrt" || values.op1 === "rsqrt",
            term: field("poolRsqrtFactor"),
          },
        ],
        one,
      ),
    ),
  ),
};

/** A fold over `src` in the vector engine. */
export const reduceCost: UnitCost = streamed(
  { ...dveTerms, overhead: field("dveReduceOverheadCycles"), latency: field("dveReduceLatencyCycles") },
  over(elements("src"), foldRate),
);

/** A reciprocal in the vector engine. */
export const reciprocalCost: UnitCost = streamed(
  { ...dveTerms, latency: field("dveReciprocalLatencyCycles") },
  times(dst, field("dveReciprocalFactor")),
);

const inPsum = {
  when: "with the argument in PSUM",
  holds: (args: ResolvedArgs) => operandOf(args, "src").memory === "psum",
};

/** A function by table in the scalar engine: where the argument lies makes a difference. */
export function functionCost(more: Term): UnitCost {
  const overhead = oneOf(
    "overhead",
    [{ ...inPsum, term: field("actFunctionOverheadCycles") }],
    field("actFunctionSbufOverheadCycles"),
  );
  const latency = oneOf(
    "latency",
    [{ ...inPsum, term: field("actFunctionLatencyCycles") }],
    field("actFunctionSbufLatencyCycles"),
  );
  return streamed({ min: field("actMinCycles"), overhead, latency }, dst, more);
}
