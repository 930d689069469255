// Instructions with random numbers. Each partition has a generator whose state is an operand, so a program's numbers
// depend on what it puts there alone.

import { problem } from "../../../ir-spec/base/result.ts";
import { blockOf, chipField, numberOf, operandField, operandOf, optionalColumn, valueField } from "./args.ts";
import { wantColumns, wantShape, wantShapeOfDst } from "./constraints.ts";
import { type Block, defineInst, type ResolvedArgs } from "./define.ts";
import { wantOneOf } from "./scalars.ts";
import { elementsOf, poolCycles, vectorCycles } from "./special-timing.ts";

/** Words of one generator's state. */
const stateWords = 6;

const onChip = ["sbuf", "psum"] as const;
const state = operandField("modify", onChip, ["i32"], "the generators' states [p, 6]; not five zeros in front");

/**
 * The next word of the generator whose state begins at `at`: five words of a xorshift generator and a Weyl sequence.
 * Source: Marsaglia 2003, "Xorshift RNGs", Journal of Statistical Software 8(14), xorwow.
 */
function nextWord(words: Float64Array, at: number): number {
  const [x, v, weyl] = [words[at]!, words[at + 4]!, words[at + 5]!];
  const mixed = x ^ (x >>> 2);
  const next = v ^ (v << 4) ^ (mixed ^ (mixed << 1));
  const sequence = (weyl + 362437) | 0;
  words.copyWithin(at, at + 1, at + 5);
  words[at + 4] = next;
  words[at + 5] = sequence;
  return (sequence + next) | 0;
}

const wantState = (args: ResolvedArgs) => wantShape(args, "state", operandOf(args, "dst").partitions, stateWords);

function fillRandom(dst: Block, states: Block, each: (word: number, at: number) => number): void {
  for (let at = 0; at < dst.data.length; at++) {
    dst.data[at] = each(nextWord(states.data, Math.floor(at / dst.f) * stateWords), at);
  }
}

export const randomInsts = {
  random_bits: defineInst({
    opcode: 57,
    units: ["dve", "pool"],
    summary: "fills a tile with random words",
    detail:
      "`dst[p, 0], dst[p, 1], ...` are the next words of the generator `state[p] = (x, y, z, w, v, d)`. One step, on words of 32 bits: `t = x ^ (x >> 2)`; `(x, y, z, w) = (y, z, w, v)`; `v = v ^ (v << 4) ^ t ^ (t << 1)`; `d = d + 362437`; the word is `v + d`. The general engine has it where `poolRandom` is 1.",
    cost: "vector engine: issue `max(dveMinCycles, dveOverheadCycles + f)`, result after `dveLatencyCycles + f`; general engine: `poolOverheadCycles + f`, result after `poolLatencyCycles + f`",
    source:
      "AWS Neuron SDK documentation, nki.isa.rng and rand_set_state; generator: Marsaglia 2003, xorwow. Assumed: one word per cycle, as the cost is not published",
    fields: { dst: operandField("write", onChip, ["i32"], "the words [p, f]"), state },
    check: (args, unit, machine) => {
      const isLacking = unit === "pool" && machine.poolRandom === 0;
      const lacking = { inst: "random_bits on pool", machine: machine.name, field: "poolRandom" };
      return [...wantState(args), ...(isLacking ? [problem("E0714", lacking)] : [])];
    },
    cycles: (args, unit, machine) =>
      unit === "dve" ? vectorCycles(elementsOf(args, "dst"), machine) : poolCycles(elementsOf(args, "dst"), machine),
    execute: (blocks) => fillRandom(blockOf(blocks, "dst"), blockOf(blocks, "state"), (word) => word),
    example: "random_bits dst=sbuf[0x0; 128; 512:1] i32, state=sbuf[0x800; 128; 6:1] i32",
  }),
  dropout: defineInst({
    opcode: 58,
    units: ["dve"],
    summary: "replaces elements by 0 with a probability",
    detail:
      "`dst[p, f] = u < probability ? 0 : src[p, f]`, where `u` in [0, 1) is the next word of the generator `state[p]` (see `random_bits`) as an unsigned number times 2^-32. The probability is a number or `probability_column[p]`. The other elements are not scaled.",
    cost: "issue `max(dveMinCycles, dveOverheadCycles + f)`, result after `dveLatencyCycles + f`",
    source: "AWS Neuron SDK documentation, nki.isa.dropout. Assumed: the generator of random_bits",
    fields: {
      dst: chipField("write", "the result [p, f]"),
      src: chipField("read", "the tile [p, f]"),
      state,
      probability: valueField({ kind: "float", optional: true, summary: "the share that becomes 0" }),
      probability_column: optionalColumn("the same for each partition, [p, 1]"),
    },
    check: (args) => [
      ...wantShapeOfDst(args, ["src"]),
      ...wantState(args),
      ...wantColumns(args, ["probability_column"]),
      ...wantOneOf(args, "dropout", "probability_column", "probability"),
    ],
    cycles: (args, _unit, machine) => vectorCycles(elementsOf(args, "dst"), machine),
    execute: (blocks, args) => {
      const dst = blockOf(blocks, "dst");
      const { data: x } = blockOf(blocks, "src");
      const column = blocks.probability_column?.data;
      const probability = numberOf(args, "probability") ?? Number.NaN;
      fillRandom(dst, blockOf(blocks, "state"), (word, at) => {
        const limit = column?.[Math.floor(at / dst.f)] ?? probability;
        return (word >>> 0) * 2 ** -32 < limit ? 0 : Math.fround(x[at]!);
      });
    },
    example:
      "dropout dst=sbuf[0x0; 128; 512:1] bf16, src=sbuf[0x400; 128; 512:1] bf16, state=sbuf[0x800; 128; 6:1] i32, probability=0.1",
  }),
} as const;
