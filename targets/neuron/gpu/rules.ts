// THE RULE TABLE: how each instruction is run on the GPU. Typed to be exhaustive: a new instruction does not compile until
// it has its row.

import type { InstName } from "../isa/index.ts";
import type { GpuRule } from "./rule.ts";
import { copyRules } from "./rules-copy.ts";
import { elementRules } from "./rules-elements.ts";
import { fillRules } from "./rules-fill.ts";
import { mxRules } from "./rules-mx.ts";
import { randomRules } from "./rules-random.ts";
import { rowRules } from "./rules-rows.ts";
import { searchRules } from "./rules-search.ts";

const control: GpuRule = { kind: "control" };

export const rules: { readonly [N in InstName]: GpuRule } = {
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
  matmul_row_tiles: { kind: "product", form: "plain" },
  matmul_column_tiles: { kind: "product", form: "plain" },
  matmul_onezero: { kind: "product", form: "plain" },
  matmul_mx: { kind: "product", form: "packed" },
};
