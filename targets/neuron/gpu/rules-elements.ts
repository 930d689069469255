// Rules of instructions that compute each element of `dst` by itself.

import type { BlockName, ResolvedArgsOf } from "../inst-args.ts";
import type { HasValues } from "../isa/define.ts";
import { type InstName, insts } from "../isa/index.ts";
import type { Operator } from "../isa/operators.ts";
import { sumSources } from "../isa/transfers.ts";
import {
  aluText,
  arithmeticOf,
  columnOr,
  functionText,
  type InstRules,
  patternText,
  type RuleInput,
  scalarStep,
} from "./rule.ts";
import { initialText, rowOf } from "./rules-rows.ts";
import type { ElementTexts } from "./texts.ts";

type TextsOf<I extends InstName> = ElementTexts<BlockName<I>>;
type InputOf<I extends InstName> = RuleInput<ResolvedArgsOf<I>>;

/** scale * x; x itself where the scale is 1, since a product may flush subnormal numbers. */
function productText(texts: TextsOf<"activation">, scale: number): string {
  if (texts.has("scales")) return `${texts.value("src")} * ${texts.value("scales", "p", "0u")}`;
  return scale === 1 ? texts.value("src") : `${texts.value("src")} * ${texts.number("scale", scale)}`;
}

/** The argument of an activation: scale * x + bias. */
function scaledText(texts: TextsOf<"activation">, { args }: InputOf<"activation">): string {
  const scaled = productText(texts, args.values.scale);
  const given = args.values.imm_bias;
  if (texts.has("bias")) return `${scaled} + ${texts.value("bias", "p", "0u")}`;
  return given === null ? scaled : `${scaled} + ${texts.number("imm_bias", given)}`;
}

/** An activation after up to two operations with scalars: statements, and the f32. */
const steppedText = (
  texts: TextsOf<"activate2">,
  input: InputOf<"activate2">,
): readonly [statements: string, x: string] => {
  const lines = [
    `let x = ${texts.value("src")};`,
    `let y = ${scalarStep(texts, input, 0, "x")};`,
    `let z = ${scalarStep(texts, input, 1, "y")};`,
  ];
  return [lines.join(" "), functionText(texts, input, "z")];
};

const foldOfTwoSteps = ({ args }: InputOf<"activate2">): Operator => {
  const op = args.values.fold_op ?? "add";
  if (op === "absmax") return "max";
  return op === "absmin" ? "min" : op;
};

/** A condition: whether `src` is taken. */
const takesSource = (texts: ElementTexts<"predicate">, { args }: RuleInput<HasValues<"reverse", boolean>>): string =>
  `(${texts.raw("predicate")} ${args.values.reverse ? "==" : "!="} 0u)`;

const selectReduced = (texts: TextsOf<"select_reduce">, input: InputOf<"select_reduce">): string => {
  const otherwise = columnOr(texts, input.args, "on_false_column", "on_false");
  return `select(${otherwise}, ${texts.value("src")}, ${takesSource(texts, input)})`;
};

const rangeSelected = (texts: TextsOf<"range_select">, { args }: InputOf<"range_select">): string => {
  const place = `f32(${texts.integer("start", args.values.start)} + i32(f))`;
  const first = aluText(args.values.compare0)(place, texts.value("bound0", "p", "0u"));
  const second = aluText(args.values.compare1)(place, texts.value("bound1", "p", "0u"));
  return `select(float_of(0xff7fffffu), ${texts.value("src")}, ${first} != 0.0 && ${second} != 0.0)`;
};

/** Statements that return the bits of an f32 text. */
const result = (texts: ElementTexts<"dst">, x: string): string => `  return ${texts.encoded("dst", x)};`;

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
      foldsMagnitudes: ({ args }) => args.values.fold_op?.startsWith("abs") === true,
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
      loaded: initialText,
      op: () => "add",
      element: (texts) => ["", `exp_f32(${texts.value("src")} - ${texts.value("shift", "p", "0u")})`],
    }),
  },
  tensor_tensor: {
    kind: "elements",
    element: (texts, input) => {
      const { read, step, encoded } = arithmeticOf(texts, input, input.args.values.op);
      return `  return ${encoded(step(read("lhs"), read("rhs")))};`;
    },
  },
  tensor_scalar: {
    kind: "elements",
    element: (texts, input) => {
      const { read, encoded } = arithmeticOf(texts, input, input.args.values.op0);
      return `  let x = ${read("src")};
  let y = ${scalarStep(texts, input, 0, "x")};
  return ${encoded(scalarStep(texts, input, 1, "y"))};`;
    },
  },
  scalar_tensor_tensor: {
    kind: "elements",
    element: (texts, input) => {
      const { read, step, encoded } = arithmeticOf(texts, input, input.args.values.op1);
      const [x, y] = input.args.values.reverse1 ? ["rhs", "x"] : ["x", "rhs"];
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
      loaded: initialText,
      op: () => "max",
      element: (texts, input) => ["", selectReduced(texts, input)],
    }),
  },
  range_select: {
    kind: "elements",
    element: (texts, input) => result(texts, rangeSelected(texts, input)),
    folding: rowOf(insts.range_select.accumulator, {
      loaded: initialText,
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
      const number = (name: "base" | "partition_step"): string => texts.integer(name, args.values[name]);
      const steps = patternText(texts, args.operands.dst, args.values.steps);
      const place = `${number("base")} + i32(p) * ${number("partition_step")} + ${steps}`;
      const test = aluText(args.values.compare, true)("place", "0i");
      const otherwise = texts.number("on_false", args.values.on_false);
      return `  let place = ${place};\n${result(texts, `select(${otherwise}, ${texts.value("src")}, ${test} != 0)`)}`;
    },
  },
  partition_reduce: {
    kind: "elements",
    readsElsewhere: true,
    element: (texts, { args, fault }) => {
      const { op } = args.values;
      const asVector = { args, unit: "dve", fault } as const;
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
      const given = (["src0", ...sumSources] as const).filter(texts.has);
      return result(texts, given.map((name) => texts.value(name)).join(" + "));
    },
  },
} as const satisfies InstRules;
