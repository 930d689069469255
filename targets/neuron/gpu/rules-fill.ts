// Rules of instructions that make a tile from nothing.

import { numberOf, numbersOf, operandOf } from "../isa/args.ts";
import { bitsOf } from "./host-tensors.ts";
import { type ElementsRule, patternText } from "./rule.ts";

export const fillRules = {
  memset: {
    kind: "elements",
    element: (texts, { args }) => {
      const bits = bitsOf(operandOf(args, "dst").dtype, numberOf(args, "value") ?? 0);
      return `  return bitcast<u32>(${texts.integer("value", bits)});`;
    },
  },
  iota: {
    kind: "elements",
    element: (texts, { args }) => {
      const number = (name: string): string => texts.integer(name, numberOf(args, name) ?? 0);
      const grown = `${number("base")} + i32(p) * ${number("partition_step")} + i32(f) * ${number("step")}`;
      const steps = numbersOf(args, "steps");
      const within = steps === undefined ? "" : ` + ${patternText(texts, operandOf(args, "dst"), steps)}`;
      return `  let x = ${grown}${within};\n  return ${texts.encodedWhole("dst", "x")};`;
    },
  },
} as const satisfies Readonly<Record<string, ElementsRule>>;
