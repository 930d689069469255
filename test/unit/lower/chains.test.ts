// Chains: products with row-wise steps between them in one kernel. Every stage agrees with the reference, whatever the schedule.
import { describe, expect, test } from "vitest";
import type { Machine } from "../../../ir-spec/machine.ts";
import { makeRandomInputs } from "../../../ir-spec/random-tensor.ts";
import type { KernelSchedule } from "../../../ir-spec/schedule.ts";
import type { TileStatement } from "../../../ir-spec/tile.ts";
import { lowerGraph } from "../../../passes/lower/lower.ts";
import { graphToStream, optimizeGraph, passEnv } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { machineByName } from "../../../targets/neuron/machines/index.ts";
import { runStages } from "../../property/stages.ts";
import { parseGraph, unwrap } from "../passes/support.ts";

function outcomeOf(text: string, machineName: string, fields: KernelSchedule["fields"] = {}): unknown {
  const graph = parseGraph(text);
  const machine = machineByName(machineName);
  if (machine === undefined) throw new Error(`no machine ${machineName}`);
  const schedule = { name: "test", graph: "*", kernels: [{ kernel: "*", fields }] };
  const outcome = runStages(graph, makeRandomInputs(graph, 1), { machine, strategy: "heuristic", schedule });
  return outcome.kind === "wrong" ? outcome : outcome.kind;
}

const attention = (sizes: string, dtype: string, call: string, more = ""): string =>
  `graph g<${sizes}>(q: ${dtype}[H, T, D], k: ${dtype}[KV, S, D], v: ${dtype}[KV, S, E]${more}) -> (y: ${dtype}[H, T, E]) {
  y = attention(q, k, v${call})
}`;

/** The first row sees no column. */
const seesNothing = (size: number): string => `graph g(q: bf16[${size}, 8], k: bf16[${size}, 8], v: bf16[${size}, 8])
  -> (y: bf16[${size}, 8], m: bf16[${size}, 1]) {
    kernel y {
      s = matmul(q, k, transpose_rhs=true)
      seen = greater(iota(shape=[${size}, 1], axis=0, dtype=i32), iota(shape=[1, ${size}], axis=1, dtype=i32))
      w = where(seen, s, full(value=-inf, shape=[], dtype=bf16))
      m = reduce_max(w, axes=[1])
      e = exp(w - m)
      y = matmul(e, v)
    }
  }`;

const programs: readonly (readonly [name: string, text: string])[] = [
  ["rows that see nothing", seesNothing(40)],
  ["attention", attention("H = 2, KV = 2, T = 36, S = 50, D = 16, E = 9", "bf16", "")],
  ["attention whose keys are dealt out", attention("H = 2, KV = 2, T = 10, S = 256, D = 8, E = 8", "bf16", "")],
  ["attention in f32, two tiles contracted", attention("H = 1, KV = 1, T = 20, S = 30, D = 140, E = 11", "f32", "")],
  ["causal", attention("H = 2, KV = 2, T = 64, S = 64, D = 8, E = 8", "bf16", ", is_causal=true")],
  [
    "causal, sizes that no tile divides",
    attention("H = 2, KV = 2, T = 45, S = 45, D = 10, E = 7", "bf16", ", is_causal=true"),
  ],
  ["causal after a cache", attention("H = 2, KV = 2, T = 24, S = 72, D = 8, E = 8", "bf16", ", is_causal=true")],
  ["grouped heads, causal", attention("H = 4, KV = 2, T = 48, S = 48, D = 8, E = 8", "bf16", ", is_causal=true")],
  ["grouped heads without a mask", attention("H = 4, KV = 2, T = 20, S = 32, D = 8, E = 8", "bf16", "")],
  [
    "a bool mask that is given",
    attention("H = 2, KV = 2, T = 17, S = 30, D = 8, E = 8", "bf16", ", m", ", m: bool[T, S]"),
  ],
  [
    "a float mask that is given",
    attention("H = 4, KV = 2, T = 17, S = 30, D = 8, E = 8", "bf16", ", m", ", m: f32[H, T, S]"),
  ],
  [
    "a window",
    `graph g(q: bf16[2, 40, 8], k: bf16[2, 40, 8], v: bf16[2, 40, 8]) -> (y: bf16[2, 40, 8]) {
      row = iota(shape=[40, 1], axis=0, dtype=i32)
      column = iota(shape=[1, 40], axis=1, dtype=i32)
      seen = logical_and(less_or_equal(column, row), greater(column, row - 20))
      y = attention(q, k, v, seen)
    }`,
  ],
  [
    "a finite mask",
    `graph g(q: bf16[40, 8], k: bf16[40, 8], v: bf16[40, 8]) -> (y: bf16[40, 8]) {
      kernel y {
        s = cast(matmul(q, k, transpose_rhs=true), to=f32)
        seen = greater_or_equal(iota(shape=[40, 1], axis=0, dtype=i32), iota(shape=[1, 40], axis=1, dtype=i32))
        w = where(seen, s, full(value=-1e9, shape=[], dtype=f32))
        e = exp(w - reduce_max(w, axes=[1]))
        y = matmul(cast(e / reduce_sum(e, axes=[1]), to=bf16), v)
      }
    }`,
  ],
  [
    "scores that are capped",
    `graph g(q: bf16[20, 8], k: bf16[30, 8], v: bf16[30, 8]) -> (y: bf16[20, 8]) {
      kernel y {
        s = 5.0 * tanh(cast(matmul(q, k, transpose_rhs=true), to=f32) * 0.2)
        e = exp(s - reduce_max(s, axes=[1]))
        y = matmul(cast(e / reduce_sum(e, axes=[1]), to=bf16), v)
      }
    }`,
  ],
  [
    "a norm and two products over it",
    `graph g(x: bf16[40, 24], weight s: bf16[24], weight w: bf16[24, 17], weight u: bf16[24, 33]) -> (y: bf16[40, 17], z: bf16[40, 33]) {
      kernel y {
        wide = cast(x, to=f32)
        n = cast(wide * rsqrt(reduce_mean(wide * wide, axes=[1]) + 1e-5) * cast(s, to=f32), to=bf16)
        y = matmul(n, w)
        z = gelu(matmul(n, u))
      }
    }`,
  ],
  [
    "a gated perceptron with its residual",
    `graph g(x: bf16[35, 16], weight u: bf16[16, 40], weight w: bf16[16, 40], weight d: bf16[40, 16]) -> (y: bf16[35, 16]) {
      kernel y {
        y = x + matmul(silu(matmul(x, u)) * matmul(x, w), d)
      }
    }`,
  ],
  [
    "two products in a row, in f32",
    `graph g(x: f32[30, 20], weight a: f32[20, 9], weight b: f32[9, 25]) -> (y: f32[30, 25], h: f32[30, 9]) {
      kernel y {
        h = matmul(x, a)
        y = matmul(h, b)
      }
    }`,
  ],
  [
    "a row statistic of a product",
    `graph g(x: f32[20, 9], weight a: f32[9, 600]) -> (y: f32[20, 1], z: f32[20, 600]) {
      kernel y {
        h = matmul(x, a)
        y = reduce_min(h, axes=[1])
        z = h - reduce_mean(h, axes=[1])
      }
    }`,
  ],
];

const schedules: readonly (readonly [name: string, fields: KernelSchedule["fields"]])[] = [
  ["as chosen", {}],
  ["without stages", { stages: 1 }],
  ["right operands by batch, keys in order or dealt out", { load_rhs_per: "batch", transpose_on: "dma" }],
  [
    "loaded by pieces, half of the transposes by DMA",
    { load_rhs_per: "piece", transposes_by_dma: 50, transpose_on: "dma" },
  ],
  ["small tiles of rows", { tile_rows: 8, psum_banks: 1, copy_on: "act" }],
];

const isLong = process.env.TGC_LONG !== undefined;

/** Without TGC_LONG the schedules after the first one take turns, two for each program. */
const schedulesOf = (program: number): typeof schedules =>
  schedules.filter((_schedule, index) => isLong || index === 0 || (index + program) % 2 === 0);

describe.each(programs.map(([name, text], index) => ({ name, text, index })))("$name", ({ text, index }) => {
  test.each(schedulesOf(index))("%s", (_schedule, fields) => {
    expect(outcomeOf(text, "trn2", fields)).toBe("agrees");
  });
  test("on tiny", () => {
    // What `fuse` makes fits; a kernel that the program asks for need not.
    const outcomes = text.includes("kernel ") ? ["agrees", "does-not-fit"] : ["agrees"];
    expect(outcomes).toContain(outcomeOf(text, "tiny"));
  });
});

test("more slots than there are iterations cost nothing", () => {
  const text = attention("H = 2, KV = 2, T = 36, S = 50, D = 16, E = 9", "bf16", "");
  const most = 2 ** 31 - 1;
  const slots = { slots_rhs: most, slots_mid: most, slots_psum: most, slots_out: most };
  expect(["agrees", "does-not-fit"]).toContain(outcomeOf(text, "tiny", slots));
});

describe("what a chain leaves out", () => {
  const statementsOf = (text: string, machine = "trn2"): readonly string[] => {
    const target = unwrap(targetByName(machine));
    const env = passEnv(target);
    const graph = unwrap(optimizeGraph(parseGraph(text), target)).value;
    const { program } = unwrap(lowerGraph(graph, { strategy: "heuristic" }, env));
    const opsOf = (body: readonly TileStatement[]): readonly string[] =>
      body.flatMap((statement) =>
        statement.kind === "loop" ? opsOf(statement.body) : statement.kind === "op" ? [statement.op] : [],
      );
    return program.kernels.flatMap(({ body }) => opsOf(body));
  };

  test("scores are evicted with their maximum, and one function gives weights and their sum", () => {
    const found = statementsOf(attention("H = 2, KV = 2, T = 256, S = 1024, D = 64, E = 64", "bf16", ""));
    expect(found.filter((op) => op === "tensor_scalar_reduce")).toHaveLength(1);
    expect(found.filter((op) => op === "activation")).toHaveLength(1);
    expect(found.filter((op) => op === "tensor_tensor" || op === "select")).toEqual([]);
  });
  const causal = attention("H = 2, KV = 2, T = 1024, S = 1024, D = 64, E = 64", "bf16", ", is_causal=true");
  test("a causal mask is one small tile for all rows and heads", () => {
    const found = statementsOf(causal, "trn1");
    expect(found.slice(0, 3)).toEqual(["memset", "iota", "tensor_scalar"]);
    expect(found.filter((op) => op === "iota")).toHaveLength(1);
  });
  test("it is applied as scores are evicted where the machine can", () => {
    const found = statementsOf(causal);
    expect(found.filter((op) => op === "range_select")).toHaveLength(1);
    expect(found.filter((op) => op === "select" || op === "tensor_scalar_reduce")).toEqual([]);
  });
  test("not where rows see nothing, whose maximum is -inf", () => {
    const found = statementsOf(seesNothing(256));
    expect(found.filter((op) => op === "range_select")).toEqual([]);
    expect(found).toContain("select");
  });
});

describe("what fits as several kernels is fused only where it fits as one", () => {
  const fused: readonly (readonly [name: string, text: string])[] = [
    ["attention", attention("H = 2, KV = 2, T = 64, S = 96, D = 32, E = 32", "f32", "")],
    ["masks", attention("H = 2, KV = 2, T = 64, S = 900, D = 32, E = 32", "f32", ", m", ", m: f32[T, S]")],
    [
      "a perceptron",
      `graph g(x: f32[64, 64], weight u: f32[64, 96], weight d: f32[96, 64]) -> (y: f32[64, 64]) {
        y = matmul(gelu(matmul(x, u)), d)
      }`,
    ],
  ];
  const machines: readonly Partial<Machine>[] = [
    ...[3, 4, 5, 6, 8].map((psumBanks) => ({ psumBanks })),
    ...[16_384, 32_768].map((sbufBytesPerPartition) => ({ sbufBytesPerPartition })),
  ];
  test.each(fused.flatMap(([name, text]) => machines.map((odd) => ({ name, text, odd }))))(
    "$name: $odd",
    ({ text, odd }) => {
      const target = unwrap(targetByName("trn2"));
      const options = { target: { ...target, machine: { ...target.machine, ...odd } }, strategy: "naive" } as const;
      expect(graphToStream(parseGraph(text), options)).toMatchObject({ ok: true });
    },
  );
});
