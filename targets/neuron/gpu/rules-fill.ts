// Rules of instructions that make a tile from nothing.

import { bitsOf } from "./host-tensors.ts";
import { type InstRules, patternText } from "./rule.ts";

export const fillRules = {
  memset: {
    kind: "elements",
    element: (texts, { args }) => {
      const bits = bitsOf(args.operands.dst.dtype, args.values.value);
      return `  return bitcast<u32>(${texts.integer("value", bits)});`;
    },
  },
  iota: {
    kind: "elements",
    element: (texts, { args }) => {
      const number = (name: "base" | "partition_step" | "step"): string => texts.integer(name, args.values[name]);
      const grown = `${number("base")} + i32(p) * ${number("partition_step")} + i32(f) * ${number("step")}`;
      const { steps } = args.values;
      const within = steps === null ? "" : ` + ${patternText(texts, args.operands.dst, steps)}`;
      return `  let x = ${grown}${within};\n  return ${texts.encodedWhole("dst", "x")};`;
    },
  },
} as const satisfies InstRules;
