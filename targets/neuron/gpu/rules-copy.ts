// Rules of instructions that move elements as they are: copies, transposes, gathers, scatters.

import { kept } from "../isa/vector-move.ts";
import { faultMemory, faultWords } from "./kernel.ts";
import type { ElementsRule, InstRules, RuleInput } from "./rule.ts";
import type { ElementTexts } from "./texts.ts";

const copy: ElementsRule<"dst" | "src", unknown> = {
  kind: "elements",
  isCopy: true,
  element: (texts) => `  return ${texts.converted("src")};`,
};

const transpose: ElementsRule<"src", unknown> = {
  kind: "elements",
  readsElsewhere: true,
  element: (texts) => `  return ${texts.raw("src", "f", "p")};`,
};

/** One matrix after the other, each by itself. */
const transposeMatrices: ElementsRule<"dst" | "src", unknown> = {
  kind: "elements",
  readsElsewhere: true,
  element: (texts) => `  let matrix = f / ${texts.rows("src")};
  return ${texts.raw("src", `(f % ${texts.rows("src")})`, `matrix * ${texts.rows("dst")} + p`)};`,
};

/** Element `at`, an i32, of row p of src; NaN or 0 where there is none. */
const elementAt = (texts: ElementTexts<"dst" | "src">, at: string): string => `  let at = ${at};
  if (at < 0 || at >= i32(${texts.free("src")})) { return ${texts.encoded("dst", "float_of(0x7fc00000u)")}; }
  return ${texts.raw("src", "p", "u32(at)")};`;

/** The row of the table that the index names; where it is not there, what to do then. */
const existingRow = (
  texts: ElementTexts<"table" | "index">,
  otherwise: string,
): string => `  let row = ${texts.asInteger("index", "p", "0u")};
  if (row < 0 || row >= i32(${texts.rows("table")})) { ${otherwise} }`;

/** The same; reports one that is not there, and gives up. */
const namedRow = (
  texts: ElementTexts<"table" | "index">,
  { fault }: RuleInput<unknown>,
  giveUp: string,
): string => `  let row = ${texts.asInteger("index", "p", "0u")};
  if (row < 0 || row >= i32(${texts.rows("table")})) {
    let fault = u32(${texts.integer("fault", fault)}) * ${faultWords}u;
    ${faultMemory}[fault] = 1u;
    ${faultMemory}[fault + 1u] = u32(row);
    ${faultMemory}[fault + 2u] = ${texts.rows("table")} - 1u;
    ${giveUp}
  }`;

export const copyRules = {
  tensor_copy: copy,
  dma_copy: copy,
  transpose,
  dma_transpose: transposeMatrices,
  vector_transpose: transpose,
  stream_shuffle: {
    kind: "elements",
    readsElsewhere: true,
    element: (texts, { args }) => {
      const { lanes } = args.values;
      const picked = lanes.reduceRight(
        (otherwise, lane, i) => `select(${otherwise}, ${texts.integer(`lane${i}`, lane)}, lane == ${i}u)`,
        "0i",
      );
      return `  let lane = p % ${lanes.length}u;
  let lane_from = ${picked};
  ${lanes.includes(kept) ? `if (lane_from == ${kept}i) { return ${texts.raw("dst")}; }` : ""}
  let row = p - lane + u32(lane_from);
  return ${texts.raw("src", "row", "f")};`;
    },
  },
  n_gather: {
    kind: "elements",
    readsElsewhere: true,
    element: (texts) => elementAt(texts, texts.asInteger("index")),
  },
  local_gather: {
    kind: "elements",
    readsElsewhere: true,
    element: (texts, { args }) => {
      const each = texts.integer("elements", args.values.elements);
      const group = texts.integer("group", args.values.group);
      const index = texts.asInteger("index", "(p - p % group + i % group)", "i / group");
      return `  let each = u32(${each});
  let group = u32(${group});
  let i = f / each;
${elementAt(texts, `${index} * i32(each) + i32(f % each)`)}`;
    },
  },
  dma_gather: {
    kind: "elements",
    canFault: true,
    readsElsewhere: true,
    element: (texts, input) => `${namedRow(texts, input, "return 0u;")}
  return ${texts.raw("table", "u32(row)", "f")};`,
  },
  dma_scatter: {
    kind: "columns",
    canFault: true,
    element: (texts, input) => `${namedRow(texts, input, "continue;")}
  ${texts.store("table", "u32(row)", "f", texts.raw("src"))}`,
  },
  dma_gather_skip: {
    kind: "elements",
    readsElsewhere: true,
    element: (texts) => `${existingRow(texts, `return ${texts.raw("dst")};`)}
  return ${texts.raw("table", "u32(row)", "f")};`,
  },
  dma_scatter_skip: {
    kind: "columns",
    element: (texts) => `${existingRow(texts, "continue;")}
  ${texts.store("table", "u32(row)", "f", texts.raw("src"))}`,
  },
} as const satisfies InstRules;
