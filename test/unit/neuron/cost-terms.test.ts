// Terms of costs say what they compute: the printed formula, evaluated by itself with the machine's numbers, gives the term's value.
import { describe, expect, test } from "vitest";
import type { Machine } from "../../../ir-spec/machine.ts";
import { makeRandom, type Random } from "../../../src/find/fuzz/random-choices.ts";
import {
  elements,
  field,
  immediate,
  largest,
  minus,
  one,
  oneOf,
  over,
  plus,
  roundedUp,
  type Term,
  times,
  whereGiven,
} from "../../../targets/neuron/isa/cost-terms.ts";
import { instDef, instNames } from "../../../targets/neuron/isa/index.ts";
import { machineByName, machineNames } from "../../../targets/neuron/machines/index.ts";
import { tile } from "./isa-fixtures.ts";

const args = {
  operands: { dst: tile("f32", 16, 24), src: tile("bf16", 16, 7), fold: undefined },
  values: { k: 5 },
};
type AnyTerm = Term<typeof args>;
const fields = ["peMinCycles", "dveOverheadCycles", "dveRate16", "poolTopFactor", "peColdFactor"] as const;

const leaves: readonly ((random: Random) => AnyTerm)[] = [
  (random) => field(random.pick(fields)),
  () => elements("dst", "d"),
  () => elements("src", "s"),
  () => immediate("k"),
  () => one,
];
const branches: readonly ((a: AnyTerm, b: AnyTerm) => AnyTerm)[] = [
  plus,
  times,
  minus,
  over,
  largest,
  (a) => roundedUp(a),
];

function randomTerm(random: Random, depth: number): AnyTerm {
  if (depth === 0 || random.oneIn(4)) return random.pick(leaves)(random);
  return random.pick(branches)(randomTerm(random, depth - 1), randomTerm(random, depth - 1));
}

/** The value of a formula: names of fields and sizes, numbers, `+ - * /`, `max` and `ceil`. */
function evaluate(text: string, machine: Machine): number {
  const known: Readonly<Record<string, unknown>> = {
    ...Object.fromEntries(fields.map((name) => [name, machine[name]])),
    ...{ d: 24, s: 7, k: 5, max: Math.max, ceil: Math.ceil },
  };
  return new Function(...Object.keys(known), `return ${text};`)(...Object.values(known));
}

test.each(machineNames)("a formula has the value of its term, %s", (name) => {
  const machine = machineByName(name) as Machine;
  for (let seed = 0; seed < 500; seed++) {
    const term = randomTerm(makeRandom(seed), 4);
    const value = term.value(args, machine);
    const found = evaluate(term.text, machine);
    const isSame = Object.is(value, found) || Math.abs(value - found) <= 1e-9 * Math.abs(value);
    expect(isSame, `seed ${seed}: ${term.text} is ${found}, the term ${value}`).toBe(true);
  }
});

test("the first case that holds decides, and all are said", () => {
  const machine = machineByName("tiny") as Machine;
  const isWide = { when: "for more than 20", holds: () => true, term: elements("dst", "d") };
  const isOdd = { when: "for odd ones", holds: () => false, term: elements("src", "s") };
  const term = oneOf<typeof args>("n", [isOdd, isWide], one);
  expect(term.value(args, machine)).toBe(24);
  expect(term.notes[0]).toBe("n being `s` for odd ones, `d` for more than 20, else `1`");
  expect(whereGiven("fold", one).value(args, machine)).toBe(0);
  expect(whereGiven("src", one).value(args, machine)).toBe(1);
});

describe("the sentence of a row", () => {
  const names = new Set(Object.keys(machineByName("trn2") ?? {}));
  test.each(instNames)("%s names fields that machines have", (name) => {
    const said = instDef(name).cost.match(/\b(?:pe|act|dve|pool|dma)[A-Z]\w*/g) ?? [];
    expect(said.filter((field) => !names.has(field))).toEqual([]);
  });
});
