// THE TABLE OF NEST EXAMPLES: for each schedule field a value that changes the nest of a small program. A field that is missing here does not compile.

import type { AttrValue } from "../../ir-spec/base/attr.ts";
import type { KernelKind, kernelKinds } from "../../passes/lower/kinds/index.ts";

/** The smallest machine: nests on it are short. */
export const machineOfNests = "tiny";

/** Programs that say themselves which ops are one kernel, as others are not fused. */
export const nestPrograms = {
  product: `graph product(x: bf16[16, 16], weight w: bf16[16, 32]) -> (y: bf16[16, 32]) {
  kernel y {
    y = matmul(x, w)
  }
}`,
  batches: `graph batches(x: bf16[4, 8, 8], y: bf16[4, 8, 16]) -> (z: bf16[4, 8, 16]) {
  kernel z {
    z = matmul(x, y)
  }
}`,
  two: `graph two(x: bf16[16, 16], weight w: bf16[16, 16], weight v: bf16[16, 16]) -> (z: bf16[16, 16]) {
  y = matmul(x, w)
  z = matmul(y, v)
}`,
  perceptron: `graph perceptron(x: bf16[16, 16], weight w: bf16[16, 64], weight v: bf16[64, 16]) -> (y: bf16[16, 16]) {
  kernel y {
    y = matmul(relu(matmul(x, w)), v)
  }
}`,
  attention: `graph attention(q: bf16[16, 8], k: bf16[64, 8], v: bf16[64, 8]) -> (y: bf16[16, 8]) {
  kernel y {
    y = matmul(softmax(matmul(q, k, transpose_rhs=true)), v)
  }
}`,
  heads: `graph heads(q: bf16[2, 4, 16, 8], k: bf16[2, 4, 8, 8], v: bf16[2, 4, 8, 8]) -> (y: bf16[2, 4, 16, 8]) {
  kernel y {
    y = matmul(softmax(matmul(q, k, transpose_rhs=true)), v)
  }
}`,
  conv: `graph conv(x: f32[1, 4, 6, 6], w: f32[16, 4, 3, 3]) -> (y: f32[1, 16, 6, 6]) {
  kernel y {
    y = conv(x, w, pads=[1, 1, 1, 1])
  }
}`,
  short: `graph short(x: f32[64, 4]) -> (y: f32[64, 4]) {
  kernel y {
    y = softmax(x)
  }
}`,
  softmax: `graph softmax(x: f32[16, 32]) -> (y: f32[16, 32]) {
  kernel y {
    y = softmax(x)
  }
}`,
  norm: `graph norm(x: f32[16, 32], weight w: f32[32]) -> (y: f32[16, 32]) {
  kernel y {
    y = rms_normalization(x, w)
  }
}`,
  pick: `graph pick(x: f32[24, 8], i: i32[16]) -> (y: f32[16, 8]) {
  kernel y {
    y = gather(x, i)
  }
}`,
} as const;

/** Undefined: as it is chosen by default. */
export type NestFields = Readonly<Record<string, AttrValue | undefined>>;

export interface NestExample {
  readonly program: keyof typeof nestPrograms;
  /** The field's value in the second nest; in the first one it has its default. */
  readonly value: AttrValue;
  /** Other fields, in both. */
  readonly also?: NestFields;
}

type FieldExamples<K extends KernelKind> = {
  readonly [F in Exclude<keyof (typeof kernelKinds)[K]["fields"], "others">]: NestExample | undefined;
};

const product = (value: AttrValue, also?: NestFields): NestExample => ({
  program: "product",
  value,
  ...(also && { also }),
});
const perceptron = (value: AttrValue, also?: NestFields): NestExample => ({
  program: "perceptron",
  value,
  ...(also && { also }),
});
const softmax = (value: AttrValue, also?: NestFields): NestExample => ({
  program: "softmax",
  value,
  ...(also && { also }),
});
const conv = (value: AttrValue, also?: NestFields): NestExample => ({ program: "conv", value, ...(also && { also }) });
const pick = (value: AttrValue): NestExample => ({ program: "pick", value });

export const nestExamples: { readonly [K in KernelKind]: FieldExamples<K> } = {
  contract: {
    tile_m: product(4),
    tile_n: product(8),
    tile_k: product(4),
    block_m: product(2),
    block_n: product(2),
    block_k: product(1),
    batches: { program: "batches", value: 2 },
    block_order: product(["n", "m", "k"]),
    tile_order: product(["k", "m", "n"], { block_m: 2 }),
    load_lhs: product("block_0"),
    load_rhs: product("kernel"),
    transpose_on: product("dma"),
    k_tiles: product("interleaved"),
    load_k: product(1),
    stationary: product("rhs"),
    accumulate: product("sbuf", { block_k: 1 }),
    evict: product("split"),
    store: { program: "two", value: "columns" },
    slots_lhs: product(3),
    slots_rhs: product(3),
    slots_psum: product(3),
    store_per: product("row", { block_n: 2 }),
    slots_sbuf: product(2, { accumulate: "sbuf", block_k: 1 }),
    slots_out: product(3),
    stages: product(1),
  },
  chain: {
    tile_rows: perceptron(4),
    block_columns: { program: "attention", value: 4 },
    psum_banks: perceptron(1),
    load_rhs_per: perceptron("piece"),
    column_order: { program: "attention", value: "kept", also: { transpose_on: "dma" } },
    transpose_on: perceptron("dma"),
    transposes_by_dma: perceptron(100),
    copy_on: perceptron("act"),
    group: { program: "heads", value: 4, also: { group_along: "batch" } },
    group_along: { program: "heads", value: "batch", also: { group: 2 } },
    group_functions: { program: "heads", value: "each", also: { group: 2, group_along: "batch" } },
    slots_lhs: perceptron(3),
    slots_rhs: perceptron(3, { load_rhs_per: "piece" }),
    slots_mid: perceptron(3),
    slots_psum: perceptron(3),
    slots_single: perceptron(2),
    slots_out: perceptron(3),
    stages: perceptron(1),
  },
  rows: {
    tile_rows: softmax(4),
    tile_columns: softmax(16),
    keep_rows: softmax(true, { tile_columns: 16 }),
    group_rows: { program: "short", value: 2 },
    slots_in: softmax(3),
    slots_mid: { program: "norm", value: 2 },
    slots_out: softmax(3),
    stages: softmax(1),
  },
  conv: {
    tile_m: conv(4),
    block_rows: conv(2),
    tap_rows: conv(1),
    load_weights: conv("tile"),
    evict: conv("act"),
    slots_in: conv(3),
    slots_weights: conv(3),
    slots_psum: conv(3),
    slots_out: conv(3),
    // Its loops are too short for stages to pay.
    stages: undefined,
  },
  movement: {
    tile_rows: pick(4),
    slots: pick(3),
    // Copies and gathers wait for nothing that another iteration could do meanwhile, so the model of time leaves their loops whole.
    stages: undefined,
  },
};
