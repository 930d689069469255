// Rules of instructions that compute each element of `dst` by itself.

import { isSet, numberOf, numbersOf, operandOf, textOf } from "../isa/args.ts";
import { insts } from "../isa/index.ts";
import { sumSources } from "../isa/transfers.ts";
import type { RuleInput } from "./rule.ts";
import { aluText, arithmeticOf, columnOr, type ElementsRule, functionText, patternText, scalarStep } from "./rule.ts";
import { rowOf } from "./rules-rows.ts";
import type { ElementTexts } from "./texts.ts";

/** scale * x; x itself where the scale is 1, since a product may flush subnormal numbers. */
function productText(texts: ElementTexts, scale: number): string {
  if (texts.has("scales")) return `${texts.value("src")} * ${texts.value("scales", "p", "0u")}`;
  return scale === 1 ? texts.value("src") : `${texts.value("src")} * ${texts.number("scale", scale)}`;
}

/** The argument of an activation: scale * x + bias. */
function scaledText(texts: ElementTexts, { args }: RuleInput): string {
  const scaled = productText(texts, numberOf(args, "scale") ?? 1);
  const given = numberOf(args, "imm_bias");
  if (texts.has("bias")) return `${scaled} + ${texts.value("bias", "p", "0u")}`;
  return given === undefined ? scaled : `${scaled} + ${texts.number("imm_bias", given)}`;
}

/** An activation after up to two operations with scalars: statements, and the f32. */
const steppedText = (texts: ElementTexts, input: RuleInput): readonly [statements: string, x: string] => {
  const lines = [
    `let x = ${texts.value("src")};`,
    `let y = ${scalarStep(texts, input, 0, "x")};`,
    `let z = ${scalarStep(texts, input, 1, "y")};`,
  ];
  return [lines.join(" "), functionText(texts, input, "z")];
};

const foldOfTwoSteps = ({ args }: RuleInput): string => (textOf(args, "fold_op") ?? "add").replace(/^abs/, "");

/** A condition: whether `src` is taken. */
const takesSource = (texts: ElementTexts, { args }: RuleInput): string =>
  `(${texts.raw("predicate")} ${isSet(args, "reverse") ? "==" : "!="} 0u)`;

const selectReduced = (texts: ElementTexts, input: RuleInput): string => {
  const otherwise = columnOr(texts, input.args, "on_false_column", "on_false");
  return `select(${otherwise}, ${texts.value("src")}, ${takesSource(texts, input)})`;
};

const rangeSelected = (texts: ElementTexts, { args }: RuleInput): string => {
  const place = `f32(${texts.integer("start", numberOf(args, "start") ?? 0)} + i32(f))`;
  const first = aluText(textOf(args, "compare0"))(place, texts.value("bound0", "p", "0u"));
  const second = aluText(textOf(args, "compare1"))(place, texts.value("bound1", "p", "0u"));
  return `select(float_of(0xff7fffffu), ${texts.value("src")}, ${first} != 0.0 && ${second} != 0.0)`;
};

/** Statements that return the bits of an f32 text. */
const result = (texts: ElementTexts, x: string): string => `  return ${texts.encoded("dst", x)};`;

export const elementRules = {
  activation: {
    kind: "elements",
    element: (texts, input) =>
      `  let x = ${scaledText(texts, input)};\n${result(texts, functionText(texts, input, "x"))}`,
    folding: rowOf(insts.activation.accumulator, {
      op: () => "add",
      element: (texts, input) => [`let x = ${scaledText(texts, input)};`, functionText(texts, input, "x")],
    }),
  },
  activate2: {
    kind: "elements",
    element: (texts, input) => {
      const [statements, x] = steppedText(texts, input);
      return `${statements}\n${result(texts, x)}`;
    },
    folding: rowOf(insts.activate2.accumulator, {
      op: foldOfTwoSteps,
      element: steppedText,
      foldsMagnitudes: ({ args }) => textOf(args, "fold_op")?.startsWith("abs") === true,
    }),
  },
  read_accumulator: {
    kind: "elements",
    element: (texts) => result(texts, texts.value("accumulator", "p", "0u")),
  },
  exponential: {
    kind: "elements",
    element: (texts) => result(texts, `exp_f32(${texts.value("src")} - ${texts.value("shift", "p", "0u")})`),
    folding: rowOf(insts.exponential.accumulator, {
      op: () => "add",
      element: (texts) => ["", `exp_f32(${texts.value("src")} - ${texts.value("shift", "p", "0u")})`],
    }),
  },
  tensor_tensor: {
    kind: "elements",
    element: (texts, input) => {
      const { read, step, encoded } = arithmeticOf(texts, input, textOf(input.args, "op"));
      return `  return ${encoded(step(read("lhs"), read("rhs")))};`;
    },
  },
  tensor_scalar: {
    kind: "elements",
    element: (texts, input) => {
      const { read, encoded } = arithmeticOf(texts, input, textOf(input.args, "op0"));
      return `  let x = ${read("src")};
  let y = ${scalarStep(texts, input, 0, "x")};
  return ${encoded(scalarStep(texts, input, 1, "y"))};`;
    },
  },
  scalar_tensor_tensor: {
    kind: "elements",
    element: (texts, input) => {
      const { read, step, encoded } = arithmeticOf(texts, input, textOf(input.args, "op1"));
      const [x, y] = isSet(input.args, "reverse1") ? ["rhs", "x"] : ["x", "rhs"];
      return `  let x = ${scalarStep(texts, input, 0, read("src"))};
  let rhs = ${read("rhs")};
  return ${encoded(step(x, y))};`;
    },
  },
  select: {
    kind: "elements",
    element: (texts) => `  if (is_nonzero(${texts.value("predicate")})) { return ${texts.converted("on_true")}; }
  return ${texts.converted("on_false")};`,
  },
  tensor_copy_predicated: {
    kind: "elements",
    element: (texts, input) => `  if (${takesSource(texts, input)}) { return ${texts.raw("src")}; }
  return ${texts.raw("dst")};`,
  },
  select_reduce: {
    kind: "elements",
    element: (texts, input) => result(texts, selectReduced(texts, input)),
    folding: rowOf(insts.select_reduce.accumulator, {
      op: () => "max",
      element: (texts, input) => ["", selectReduced(texts, input)],
    }),
  },
  range_select: {
    kind: "elements",
    element: (texts, input) => result(texts, rangeSelected(texts, input)),
    folding: rowOf(insts.range_select.accumulator, {
      op: () => "max",
      element: (texts, input) => ["", rangeSelected(texts, input)],
    }),
  },
  reciprocal: {
    kind: "elements",
    element: (texts) => result(texts, `quotient_f32(1.0, ${texts.value("src")})`),
  },
  affine_select: {
    kind: "elements",
    element: (texts, { args }) => {
      const number = (name: string): string => texts.integer(name, numberOf(args, name) ?? 0);
      const steps = patternText(texts, operandOf(args, "dst"), numbersOf(args, "steps") ?? []);
      const place = `${number("base")} + i32(p) * ${number("partition_step")} + ${steps}`;
      const test = aluText(textOf(args, "compare"), true)("place", "0i");
      const otherwise = texts.number("on_false", numberOf(args, "on_false") ?? Number.NaN);
      return `  let place = ${place};\n${result(texts, `select(${otherwise}, ${texts.value("src")}, ${test} != 0)`)}`;
    },
  },
  partition_reduce: {
    kind: "elements",
    readsElsewhere: true,
    element: (texts, { args, fault }) => {
      const op = textOf(args, "op") ?? "add";
      const asVector: RuleInput = { args, unit: "dve", fault };
      const { read, step, encoded } = arithmeticOf(texts, asVector, op === "average" ? "add" : op);
      return `  var folded = ${read("src", "0u", "f")};
  for (var row = 1u; row < ${texts.rows("src")}; row++) { folded = ${step("folded", read("src", "row", "f"))}; }
  return ${encoded(op === "average" ? `folded / f32(${texts.rows("src")})` : "folded")};`;
    },
  },
  dma_accumulate: {
    kind: "elements",
    element: (texts) => result(texts, `${texts.value("dst")} + ${texts.value("src")}`),
  },
  dma_sum: {
    kind: "elements",
    element: (texts) => {
      const given = ["src0", ...sumSources].filter(texts.has);
      return result(texts, given.map((name) => texts.value(name)).join(" + "));
    },
  },
} as const satisfies Readonly<Record<string, ElementsRule>>;
