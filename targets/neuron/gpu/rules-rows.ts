// Rules of instructions whose elements of a partition have to do with each other: folds, scans, statistics, the largest.
// One invocation goes along the partition, in the order that the instruction says.

import { identityOf, reduceCmdOf } from "../isa/accumulators.ts";
import type { AccumulatorForm, AnyArgs, HasValues, ReduceCmd } from "../isa/define.ts";
import { insts } from "../isa/index.ts";
import type { Operator } from "../isa/operators.ts";
import {
  aluText,
  arithmeticOf,
  columnOr,
  type InstRules,
  type RowsRule,
  type RuleInput,
  type Statements,
  scalarStep,
} from "./rule.ts";
import type { ElementTexts } from "./texts.ts";

/** Elements that max8 and its like find. */
const topCount = 8;

const counts = (end: number): readonly number[] => [...new Array(end).keys()];

/** A loop over the elements of a row of `operand`. */
const alongRow = <N extends string>(texts: ElementTexts<N>, operand: N, lines: readonly string[]): string =>
  `    for (var f = 0u; f < ${texts.free(operand)}; f++) {\n${lines.map((line) => `      ${line}\n`).join("")}    }`;

const storeColumn = <N extends string>(texts: ElementTexts<N>, operand: N, f: number | string, x: string): string =>
  texts.store(operand, "p", `${f}u`, texts.encoded(operand, x));

const storeElement = (texts: ElementTexts<"dst">, x: string): string =>
  texts.store("dst", "p", "f", texts.encoded("dst", x));

/** The f32 that load_reduce loads. */
export const initialText = (
  texts: ElementTexts<"initial_column">,
  { args }: RuleInput<HasValues<"initial", number | null>>,
): string => columnOr(texts, args, "initial_column", "initial");

/** What a fold begins with, an f32; 0 where that is its first element. */
function startText(cmd: ReduceCmd, op: Operator, texts: ElementTexts<"accumulator">, loaded: () => string): string {
  if (cmd === "reset") return texts.number("identity", identityOf(op));
  if (cmd === "load_reduce") return loaded();
  return texts.has("accumulator") && cmd !== "reset_reduce" ? texts.value("accumulator", "p", "0u") : "0.0";
}

/** A step of a fold: the first element is taken as it is where nothing is before it. */
function stepText(cmd: ReduceCmd, state: string, x: string, step: string): string {
  if (cmd === "reset" || cmd === "idle") return "";
  return cmd === "reset_reduce"
    ? `if (f == 0u) { ${state} = ${x}; } else { ${state} = ${step}; }`
    : `${state} = ${step};`;
}

/** Puts what was folded where it goes. */
function storeFold<N extends string>(
  form: AccumulatorForm<N>,
  cmd: ReduceCmd,
  state: string,
  texts: ElementTexts<N | "accumulator">,
): string {
  const isKept = texts.has("accumulator") && cmd !== "idle";
  const targets: readonly (N | "accumulator" | undefined)[] = [isKept ? "accumulator" : undefined, form.column];
  return targets
    .flatMap((name) => (name !== undefined && texts.has(name) ? [name] : []))
    .map((name) => `    ${storeColumn(texts, name, 0, state)}`)
    .join("\n");
}

/** What an instruction folds: `op` of its elements before they are rounded, or of their magnitudes. */
interface FoldTexts<N extends string, A> {
  readonly op: (input: RuleInput<A>) => Operator;
  /** Statements, and the f32 of an element. */
  readonly element: (texts: ElementTexts<N>, input: RuleInput<A>) => readonly [statements: string, x: string];
  readonly foldsMagnitudes?: (input: RuleInput<A>) => boolean;
  /** The f32 that load_reduce loads, where it may be the command. */
  readonly loaded?: (texts: ElementTexts<N>, input: RuleInput<A>) => string;
}

type Folded<N extends string> = N | "dst" | "accumulator";

/** Elements by themselves, and their fold. */
export function rowOf<N extends string, A extends AnyArgs>(
  form: AccumulatorForm<NoInfer<Folded<N>>>,
  { op, element, foldsMagnitudes, loaded }: NoInfer<FoldTexts<Folded<N>, A>>,
): RowsRule<Folded<N>, A> {
  return {
    kind: "rows",
    by: "dst",
    row: (texts, input) => {
      const [statements, x] = element(texts, input);
      const cmd = reduceCmdOf(form, input.args);
      const step = aluText(op(input))("folded", "part");
      const lines = [
        statements,
        `let element = ${x};`,
        storeElement(texts, "element"),
        `let part = ${foldsMagnitudes?.(input) === true ? "abs(element)" : "element"};`,
        stepText(cmd, "folded", "part", step),
      ];
      const begun = startText(cmd, op(input), texts, () => loaded?.(texts, input) ?? "0.0");
      const start = `    var folded = ${begun};`;
      return [start, alongRow(texts, "dst", lines), storeFold<Folded<N>>(form, cmd, "folded", texts)].join("\n");
    },
  };
}

const rows = <const N extends string, A>(by: NoInfer<N>, row: Statements<N, A>): RowsRule<N, A> => ({
  kind: "rows",
  by,
  row,
});

/** The bits of src's element, replaced by those of `replacement` in eight places at most. */
const replacedElement = (texts: ElementTexts<"dst" | "src">): string => {
  const isReplaced = counts(topCount)
    .map((i) => `at${i} == i32(f)`)
    .join(" || ");
  return texts.store(
    "dst",
    "p",
    "f",
    `select(${texts.converted("src")}, ${texts.encoded("dst", "replacement")}, ${isReplaced})`,
  );
};

export const rowRules = {
  tensor_reduce: rows("src", (texts, input) => {
    const { read, step, encoded } = arithmeticOf(texts, input, input.args.values.op);
    const folded = encoded(input.args.values.negate ? "-folded" : "folded");
    return `    let run = ${texts.free("src")} / ${texts.free("dst")};
     for (var i = 0u; i < ${texts.free("dst")}; i++) {
       var folded = ${read("src", "p", "i * run")};
       for (var f = 1u; f < run; f++) { folded = ${step("folded", read("src", "p", "i * run + f"))}; }
       ${texts.store("dst", "p", "i", folded)}
     }`;
  }),
  tensor_scalar_reduce: rowOf(insts.tensor_scalar_reduce.accumulator, {
    loaded: initialText,
    op: ({ args }) => args.values.op1,
    element: (texts, input) => ["", scalarStep(texts, input, 0, texts.value("src"))],
  }),
  tensor_scalar_cumulative: rows("dst", (texts, input) => {
    const form = insts.tensor_scalar_cumulative.accumulator;
    const cmd = reduceCmdOf(form, input.args);
    const op = input.args.values.op1;
    return `    var state = ${startText(cmd, op, texts, () => initialText(texts, input))};
${alongRow(texts, "dst", [
  `let element = ${scalarStep(texts, input, 0, texts.value("src"))};`,
  stepText(cmd, "state", "element", aluText(op)("element", "state")),
  storeElement(texts, "state"),
])}
${storeFold(form, cmd, "state", texts)}`;
  }),
  tensor_tensor_scan: rows("dst", (texts, { args }) => {
    const first = aluText(args.values.op0)("state", texts.value("lhs"));
    const second = aluText(args.values.op1)("first", texts.value("rhs"));
    return `    var state = ${columnOr(texts, args, "initial_column", "initial")};
${alongRow(texts, "dst", [`let first = ${first};`, `state = ${second};`, storeElement(texts, "state")])}`;
  }),
  bn_stats: rows("src", (texts) => {
    const mean = (i: number): string => `select(sum${i} / count${i}, 0.0, count${i} == 0.0)`;
    return `    var sum0 = 0.0;
    var sum1 = 0.0;
${alongRow(texts, "src", [`let x = ${texts.value("src")};`, "if (f % 2u == 0u) { sum0 += x; } else { sum1 += x; }"])}
    let count0 = f32((${texts.free("src")} + 1u) / 2u);
    let count1 = f32(${texts.free("src")} / 2u);
    let mean0 = ${mean(0)};
    let mean1 = ${mean(1)};
    var squares0 = 0.0;
    var squares1 = 0.0;
${alongRow(texts, "src", [
  `let d = ${texts.value("src")} - select(mean1, mean0, f % 2u == 0u);`,
  "if (f % 2u == 0u) { squares0 += d * d; } else { squares1 += d * d; }",
])}
${["count0", "mean0", "squares0", "count1", "mean1", "squares1"].map((x, f) => `    ${storeColumn(texts, "dst", f, x)}`).join("\n")}`;
  }),
  bn_aggr: rows("src", (texts) => {
    const part = (i: number): string => texts.value("src", "p", `at + ${i}u`);
    const loop = (line: string): string => `    for (var at = 0u; at < ${texts.free("src")}; at += 3u) { ${line} }`;
    return `    var total = 0.0;
    var weighted = 0.0;
    var squares = 0.0;
${loop(`total += ${part(0)}; weighted += ${part(0)} * ${part(1)};`)}
    let mean = weighted / total;
${loop(`let d = ${part(1)} - mean; squares += ${part(2)} + ${part(0)} * d * d;`)}
    ${storeColumn(texts, "dst", 0, "mean")}
    ${storeColumn(texts, "dst", 1, "squares / total")}`;
  }),
  max8: rows("src", (texts) => {
    const sink = counts(topCount).flatMap((i) => [
      `let low${i} = min(top${i}, x${i});`,
      `top${i} = max(top${i}, x${i});`,
      `let x${i + 1} = low${i};`,
    ]);
    return `${counts(topCount)
      .map((i) => `    var top${i} = float_of(0xff800000u);\n`)
      .join("")}${alongRow(texts, "src", [`let x0 = ${texts.value("src")};`, ...sink])}
${counts(topCount)
  .map((i) => `    ${storeColumn(texts, "dst", i, `top${i}`)}`)
  .join("\n")}`;
  }),
  find_index8: rows("src", (texts) => {
    const lines = counts(topCount).map((i) => `if (at${i} < 0 && equal_f32(x, value${i})) { at${i} = i32(f); }`);
    return `${startPlaces(texts)}${alongRow(texts, "src", [`let x = ${texts.value("src")};`, ...lines])}
${storePlaces(texts, "dst")}`;
  }),
  match_replace8: rows("src", (texts, { args }) => {
    const finds = counts(topCount).map((i) => `at${i} < 0 && equal_f32(x, value${i})`);
    const chain = finds.map((find, i) => `if (${find}) { at${i} = i32(f); }`).join(" else ");
    return `${startPlaces(texts)}${alongRow(texts, "src", [`let x = ${texts.value("src")};`, chain])}
    let replacement = ${texts.number("replacement", args.values.replacement)};
${alongRow(texts, "src", [replacedElement(texts)])}
${texts.has("indices") ? storePlaces(texts, "indices") : ""}`;
  }),
} as const satisfies InstRules;

/** The eight values, and that none is found yet. */
const startPlaces = (texts: ElementTexts<"values">): string =>
  counts(topCount)
    .map((i) => `    let value${i} = ${texts.value("values", "p", `${i}u`)};\n    var at${i} = -1;\n`)
    .join("");

const storePlaces = <N extends string>(texts: ElementTexts<N>, operand: N): string =>
  counts(topCount)
    .map((i) => `    ${texts.store(operand, "p", `${i}u`, texts.encodedWhole(operand, `at${i}`))}`)
    .join("\n");
