// THE RULE TABLE: how each instruction is run on the GPU. Typed to be exhaustive: a new instruction does not compile until
// it has its row.

import type { InstName } from "../isa/index.ts";
import type { AnyRule, RuleOf } from "./rule.ts";
import { copyRules } from "./rules-copy.ts";
import { elementRules } from "./rules-elements.ts";
import { fillRules } from "./rules-fill.ts";
import { mxRules } from "./rules-mx.ts";
import { randomRules } from "./rules-random.ts";
import { rowRules } from "./rules-rows.ts";
import { searchRules } from "./rules-search.ts";

const control = { kind: "control" } as const;

const rules: { readonly [I in InstName]: RuleOf<I> } = {
  ...copyRules,
  ...elementRules,
  ...fillRules,
  ...rowRules,
  ...randomRules,
  ...searchRules,
  ...mxRules,
  acquire: control,
  release: control,
  drain: control,
  load_weights: { kind: "hold", rowsPerPartition: 1, element: (texts) => `  return ${texts.converted("src")};` },
  matmul: { kind: "product", form: "plain" },
  matmul_double_row: { kind: "product", form: "halves" },
  matmul_row_tiles: { kind: "product", form: "plain", tile: { side: "rows", size: ({ values }) => values.rows } },
  matmul_column_tiles: {
    ...{ kind: "product", form: "plain" },
    tile: { side: "columns", size: ({ values }) => values.columns },
  },
  matmul_onezero: { kind: "product", form: "plain", onezero: ({ values }) => values.onezero },
  matmul_mx: { kind: "product", form: "packed", scaleRow: ({ values }) => values.scale_row },
};

/** The rule of an instruction, whose arguments are its own. */
export function ruleOf(name: InstName): AnyRule {
  return rules[name] as AnyRule;
}
