// Rules of MX formats. A tile's four neighbouring elements are contracted together: in the
// array's slot they lie one below the other.

import { dtypes } from "../../../ir-spec/base/dtype.ts";
import type { HasValues } from "../isa/define.ts";
import { packedElements, scaleRowText } from "./mx-texts.ts";
import type { InstRules, RuleInput } from "./rule.ts";
import type { ElementTexts } from "./texts.ts";

const firstRow = (texts: Pick<ElementTexts, "integer">, { args }: RuleInput<HasValues<"scale_row", number>>): string =>
  `u32(${texts.integer("scale_row", args.values.scale_row)})`;

/** The byte of the scale of a group, given the bits of its largest magnitude. */
const scaleText = (largestExponent: number): string =>
  `select(u32(max(i32(largest >> 23u) - ${largestExponent - 1}, 0)), 255u, largest >= 0x7f800000u)`;

export const mxRules = {
  load_weights_mx: {
    kind: "hold",
    rowsPerPartition: packedElements,
    element: (texts, input) => {
      const row = scaleRowText(`(p / ${packedElements}u)`, firstRow(texts, input));
      const x = texts.value("src", `(p / ${packedElements}u)`, `f * ${packedElements}u + p % ${packedElements}u`);
      return `  return ${texts.encoded("dst", `mx_scaled(${x}, ${texts.raw("scales", row, "f")})`)};`;
    },
  },
  quantize_mx: {
    kind: "rows",
    by: "dst",
    readsElsewhere: true,
    row: (texts, input) => {
      const largestExponent = Math.floor(Math.log2(dtypes[input.args.operands.dst.dtype].maxFinite));
      const quantized = texts.encoded("dst", `mx_over(${texts.value("src", "p", "f + e")}, scale)`);
      return `    let first_row = ${firstRow(texts, input)};
    for (var f = 0u; f < ${texts.free("dst")}; f += ${packedElements}u) {
      var largest = 0u;
      for (var q = p & ~7u; q < (p & ~7u) + 8u; q++) {
        for (var e = 0u; e < ${packedElements}u; e++) {
          largest = max(largest, bitcast<u32>(${texts.value("src", "q", "f + e")}) & 0x7fffffffu);
        }
      }
      let scale = ${scaleText(largestExponent)};
      for (var e = 0u; e < ${packedElements}u; e++) {
        ${texts.store("dst", "p", "f + e", quantized)}
      }
      if ((p & 7u) == 0u) {
        ${texts.store("scales", scaleRowText("p", "first_row"), `f / ${packedElements}u`, "scale")}
      }
    }`;
    },
  },
} as const satisfies InstRules;
