// Instructions with random numbers. The state of their generators is an operand, or what `rand_set_state` put into the
// engine's own ones, so a program's numbers depend on the program alone.

import { dtypeNames, roundTo } from "../../../ir-spec/base/dtype.ts";
import { type Problem, problem } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { chipField, operandField, optionalColumn, valueField } from "./args.ts";
import { wantColumns, wantShape, wantShapeOfDst, wantThat } from "./constraints.ts";
import { elements, field, over } from "./cost-terms.ts";
import { costOn, general, onVector, type RowCost, vector } from "./costs.ts";
import { type Block, defineInst, type Has, type HasValues, type MayHave, type UnitName } from "./define.ts";
import { generatorWords, stateWords } from "./generators.ts";
import { wholeDtypes } from "./operators.ts";
import { wantOneOf } from "./scalars.ts";

const onChip = ["sbuf", "psum"] as const;
const state = operandField("modify", onChip, ["i32"], "the generators' states [p, 6]; not five zeros in front");

/** Source: AWS Neuron SDK documentation, nki.isa.rand2: no truth values. */
const numberDtypes = dtypeNames.filter((name) => name !== "bool");

const ownState =
  "Words are those of each generator in turn, `(x, y, z, w, v, d)`. The general engine has one generator for each partition where `poolRandom` is 1, the vector engine `dveRandomGenerators`.";

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

const wantState = (args: Has<"dst"> & MayHave<"state">) =>
  wantShape(args, "state", args.operands.dst.partitions, stateWords);

/** The engine must have generators. */
function wantGenerators(inst: string, unit: UnitName, machine: Machine): readonly Problem[] {
  if (generatorWords(unit, machine) > 0) return [];
  const field = unit === "pool" ? "poolRandom" : "dveRandomGenerators";
  return [problem("E0714", { inst: `${inst} on ${unit}`, machine: machine.name, field })];
}

/** One element of an operand in each cycle, on either engine. */
const onePerCycle = <const N extends string>(name: N): RowCost<Has<N>> =>
  costOn({ dve: vector(elements(name)), pool: general(elements(name)) });

/** Numbers alone can be compared beforehand. */
function wantRange({ values: { min: low, max: high } }: HasValues<"min" | "max", number | null>): readonly Problem[] {
  if (low === null || high === null) return [];
  return wantThat(low < high, "min", low, `less than the ${high} of max`);
}

function fillRandom(dst: Block, states: Block, each: (word: number, at: number) => number): void {
  for (let at = 0; at < dst.data.length; at++) {
    dst.data[at] = each(nextWord(states.data, Math.floor(at / dst.f) * stateWords), at);
  }
}

/** Fills rows from several generators that step together: the first makes the first element, and so on in turn. */
function fillFromAll(dst: Block, states: Block, each: (word: number, row: number) => number): void {
  const generators = states.f / stateWords;
  for (let row = 0; row < dst.p; row++) {
    for (let first = 0; first < dst.f; first += generators) {
      for (let g = 0; g < generators; g++) {
        const word = nextWord(states.data, (row * generators + g) * stateWords);
        if (first + g < dst.f) dst.data[row * dst.f + first + g] = each(word, row);
      }
    }
  }
}

export const randomInsts = {
  random_bits: defineInst({
    opcode: 57,
    units: ["dve", "pool"],
    summary: "fills a tile with random words",
    detail:
      "`dst[p, 0], dst[p, 1], ...` are the next words of the generator `state[p] = (x, y, z, w, v, d)`, on the general engine without `state` those of its own generator of the partition, see `rand_set_state`. One step, on words of 32 bits: `t = x ^ (x >> 2)`; `(x, y, z, w) = (y, z, w, v)`; `v = v ^ (v << 4) ^ t ^ (t << 1)`; `d = d + 362437`; the word is `v + d`, of which a narrower dst takes the lower bits. The general engine has it where `poolRandom` is 1.",
    ...onePerCycle("dst"),
    source:
      "AWS Neuron SDK documentation, nki.isa.rng and rand_set_state; generator: Marsaglia 2003, xorwow. Assumed: one word per cycle, as the cost is not published",
    generators: "use",
    fields: {
      dst: operandField("write", onChip, wholeDtypes, "the words [p, f]"),
      state: { ...state, optional: true },
    },
    check: (args, unit, machine) => {
      const hasState = args.operands.state !== undefined || unit === "pool";
      return [
        ...wantState(args),
        ...wantThat(hasState, "state", "left out", "an operand, since only the general engine has words of its own"),
        ...(unit === "pool" ? wantGenerators("random_bits", unit, machine) : []),
      ];
    },
    execute: (blocks, args) => {
      const { dtype } = args.operands.dst;
      fillRandom(blocks.dst, blocks.state, (word) => roundTo(dtype, word));
    },
    example: "random_bits dst=sbuf[0x0; 128; 512:1] i32, state=sbuf[0x800; 128; 6:1] i32",
  }),
  dropout: defineInst({
    opcode: 58,
    units: ["dve"],
    summary: "replaces elements by 0 with a probability",
    detail:
      "`dst[p, f] = u < probability ? 0 : src[p, f]`, where `u` in [0, 1) is the next word of the generator `state[p]` (see `random_bits`) as an unsigned number times 2^-32. The probability is a number or `probability_column[p]`. The other elements are not scaled.",
    ...onVector(elements("dst")),
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
    execute: (blocks, args) => {
      const {
        dst,
        src: { data: x },
      } = blocks;
      const column = blocks.probability_column?.data;
      const probability = args.values.probability ?? Number.NaN;
      fillRandom(dst, blocks.state, (word, at) => {
        const limit = column?.[Math.floor(at / dst.f)] ?? probability;
        return (word >>> 0) * 2 ** -32 < limit ? 0 : Math.fround(x[at]!);
      });
    },
    example:
      "dropout dst=sbuf[0x0; 128; 512:1] bf16, src=sbuf[0x400; 128; 512:1] bf16, state=sbuf[0x800; 128; 6:1] i32, probability=0.1",
  }),
  rand_set_state: defineInst({
    opcode: 83,
    units: ["dve", "pool"],
    summary: "sets the engine's own random generators",
    detail: `The generators of \`src\`'s partitions get the state \`src[p]\`, not five zeros in front of any. ${ownState} They keep it until it is set again; before that, no instruction may use them.`,
    ...onePerCycle("src"),
    source:
      "AWS Neuron SDK documentation, nki.isa.rand_set_state: 6 words on GpSimd, 24 on the Vector Engine. Assumed: the order of the words, and the time of a copy, as neither is published",
    generators: "set",
    fields: { src: operandField("read", onChip, ["i32"], "the states [p, 6 for each generator]") },
    check: (args, unit, machine) => [
      ...wantGenerators("rand_set_state", unit, machine),
      ...wantShape(args, "src", args.operands.src.partitions, generatorWords(unit, machine)),
    ],
    execute: (blocks) => blocks.state.data.set(blocks.src.data),
    example: "rand_set_state src=sbuf[0x0; 128; 6:1] i32",
  }),
  rand_get_state: defineInst({
    opcode: 84,
    units: ["dve", "pool"],
    summary: "copies the state of the engine's own random generators out",
    detail: `\`dst[p]\` is the state of the generators of partition p, as \`rand_set_state\` takes it. ${ownState}`,
    ...onePerCycle("dst"),
    source:
      "AWS Neuron SDK documentation, nki.isa.rand_get_state. Assumed: the order of the words, and the time of a copy, as neither is published",
    generators: "get",
    fields: { dst: operandField("write", onChip, ["i32"], "the states [p, 6 for each generator]") },
    check: (args, unit, machine) => [
      ...wantGenerators("rand_get_state", unit, machine),
      ...wantShape(args, "dst", args.operands.dst.partitions, generatorWords(unit, machine)),
    ],
    execute: (blocks) => blocks.dst.data.set(blocks.state.data),
    example: "rand_get_state dst=sbuf[0x0; 128; 6:1] i32",
  }),
  rand2: defineInst({
    opcode: 85,
    units: ["dve"],
    summary: "fills a tile with random numbers between two bounds",
    detail:
      "`dst[p, f] = low + (high - low) * u`, each step in f32, where `low` is the number `min` or `min_column[p]`, `high` likewise, and u in [0, 1) is the upper 24 bits of a word times 2^-24. The words are those of the engine's own generators of partition p, see `rand_set_state` and the step in `random_bits`: of the n generators the (f modulo n)-th makes element f, and all make a step together, so that at the end of a row words may be left over, which are lost.",
    ...onVector(over(elements("dst"), field("dveRandomGenerators"))),
    source:
      "AWS Neuron SDK documentation, nki.isa.rand2, and NKI guide for Trainium3: four words per lane and cycle. Assumed: how a word becomes a number, and which generator makes which element, as neither is published",
    needs: "dveRandomGenerators",
    generators: "use",
    fields: {
      dst: operandField("write", onChip, numberDtypes, "the numbers [p, f]"),
      min: valueField({ kind: "float", optional: true, summary: "the least number" }),
      min_column: optionalColumn("the same for each partition, [p, 1]"),
      max: valueField({ kind: "float", optional: true, summary: "what all numbers are below, but for rounding" }),
      max_column: optionalColumn("the same for each partition, [p, 1]"),
    },
    check: (args) => [
      ...wantColumns(args, ["min_column", "max_column"]),
      ...wantOneOf(args, "the least number", "min_column", "min"),
      ...wantOneOf(args, "the upper bound", "max_column", "max"),
      ...wantRange(args),
    ],
    execute: (blocks, args) => {
      const bound = (name: "min" | "max", row: number): number =>
        Math.fround(blocks[`${name}_column`]?.data[row] ?? args.values[name] ?? Number.NaN);
      fillFromAll(blocks.dst, blocks.state, (word, row) => {
        const low = bound("min", row);
        const span = Math.fround(bound("max", row) - low);
        return Math.fround(low + Math.fround(span * ((word >>> 8) * 2 ** -24)));
      });
    },
    example: "rand2 dst=sbuf[0x0; 128; 512:1] bf16, min=-1, max=1",
  }),
} as const;
