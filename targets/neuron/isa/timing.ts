// Costs of the common instructions of the compute engines, as terms of the machine's numbers. A rate is elements per cycle.

import { dtypeBytes, isFloat } from "../../../ir-spec/base/dtype.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { elements, field, one, oneOf, over, type Term, times } from "./cost-terms.ts";
import { actTerms, dveTerms, general, streamed, type UnitCost, vector } from "./costs.ts";
import { type Cycles, freeSize, type Has, type HasValues, type ResolvedOperand } from "./define.ts";
import type { Operator } from "./operators.ts";

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

type Copied = Has<"dst" | "src">;
const tilesOf = ({ operands: { dst, src } }: Copied): readonly ResolvedOperand[] => [dst, src];
/** Both in SBUF, or one of them there and both dense. */
const isSlowMode = (tiles: readonly ResolvedOperand[]): boolean =>
  tiles.every(isInSbuf) || (tiles.some(isInSbuf) && tiles.every(isDense));

/**
 * The vector engine's rate for copies and scalar operations. Which modes there are: see the machine's `dveRate...` fields.
 * Source: AWS Neuron SDK documentation, NKI guide for Trainium2, "Vector Engine Performance Mode".
 */
export const copyRate = oneOf<Copied>(
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
const scalarEngineRate = oneOf<Copied>(
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
export function severalTilesRate<const N extends string>(inputs: readonly N[]): Term<Has<N> & Has<"dst">> {
  const tiles = ({ operands }: Has<N>): readonly ResolvedOperand[] => inputs.map((name) => operands[name]);
  return oneOf<Has<N> & Has<"dst">>(
    "rate",
    [
      { when: "where an input lies in PSUM", holds: (args) => !tiles(args).every(isInSbuf), term: one },
      {
        when: "for elements of 2 bytes (8-bit floats as well where the machine has `dveFastFloat8`)",
        holds: (args, machine) => [...tiles(args), args.operands.dst].every(isFastOn(machine)),
        term: field("dveTwoInputRate16"),
      },
    ],
    field("dveTwoInputRate"),
  );
}

/** The vector engine's rate for a tile, a scalar and a tile. */
export const fusedRate = oneOf<Has<"dst" | "src" | "rhs"> & HasValues<"op0" | "op1", Operator>>(
  "rate",
  [
    {
      when: "for subtract and then multiply of an even number of bf16",
      holds: ({ operands: { dst, src, rhs }, values: { op0, op1 } }) => {
        const isEven = freeSize(dst) % 2 === 0;
        const areBf16 = [src, rhs].every(({ dtype }) => dtype === "bf16");
        return isEven && areBf16 && op0 === "subtract" && op1 === "multiply";
      },
      term: field("dveTwoInputRate16"),
    },
  ],
  field("dveTwoInputRate"),
);

/** The vector engine's rate for a fold. */
const foldRate = oneOf<Copied & HasValues<"op", Operator>>(
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
const perElement = <A>(rate: Term<A>): Term<Has<"dst"> & A> => over(dst, rate);

/** A copy, by engine. */
export const copyCosts: { readonly [U in "dve" | "act" | "pool"]: UnitCost<Copied> } = {
  dve: vector(perElement(copyRate)),
  act: streamed(actTerms, perElement(scalarEngineRate)),
  pool: general(dst),
};

/** An operation of a tile with scalars: reading those takes the vector engine a while. */
export const scalarCosts = {
  dve: streamed(
    { ...dveTerms, overhead: field("dveScalarOverheadCycles"), latency: field("dveScalarLatencyCycles") },
    perElement(copyRate),
  ),
  act: copyCosts.act,
  pool: general(
    times(
      dst,
      oneOf<HasValues<"op0" | "op1", Operator | null>>(
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
export const reduceCost = streamed(
  { ...dveTerms, overhead: field("dveReduceOverheadCycles"), latency: field("dveReduceLatencyCycles") },
  over(elements("src"), foldRate),
);

/** A reciprocal in the vector engine. */
export const reciprocalCost = streamed(
  { ...dveTerms, latency: field("dveReciprocalLatencyCycles") },
  times(dst, field("dveReciprocalFactor")),
);

const inPsum = {
  when: "with the argument in PSUM",
  holds: ({ operands: { src } }: Has<"src">) => src.memory === "psum",
};

/** A function by table in the scalar engine: where the argument lies makes a difference. */
export function functionCost<A>(more: Term<A>): UnitCost<Copied & A> {
  const overhead = oneOf<Has<"src">>(
    "overhead",
    [{ ...inPsum, term: field("actFunctionOverheadCycles") }],
    field("actFunctionSbufOverheadCycles"),
  );
  const latency = oneOf<Has<"src">>(
    "latency",
    [{ ...inPsum, term: field("actFunctionLatencyCycles") }],
    field("actFunctionSbufLatencyCycles"),
  );
  return streamed({ min: field("actMinCycles"), overhead, latency }, dst, more);
}
