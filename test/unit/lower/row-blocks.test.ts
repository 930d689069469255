// Rows of a chain that come in blocks of their columns: what is carried from block to block, what can be, and what is fused only so.
import { describe, expect, test } from "vitest";
import { makeRandomInputs } from "../../../ir-spec/random-tensor.ts";
import type { KernelSchedule } from "../../../ir-spec/schedule.ts";
import { lowerGraph } from "../../../passes/lower/lower.ts";
import { optimizeGraph, passEnv } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { runStages } from "../../property/stages.ts";
import { parseGraph, unwrap } from "../passes/support.ts";

type Fields = KernelSchedule["fields"];

const scheduleOf = (fields: Fields) => ({ name: "test", graph: "*", kernels: [{ kernel: "*", fields }] });

/** Whether the kernels of a program on `tiny` have a loop over blocks of columns, or a second block. */
function comesInBlocks(text: string, fields: Fields): boolean {
  const target = unwrap(targetByName("tiny"));
  const graph = unwrap(optimizeGraph(parseGraph(text), target)).value;
  const { program } = unwrap(lowerGraph(graph, { strategy: "naive", schedule: scheduleOf(fields) }, passEnv(target)));
  return program.loops.includes("blk");
}

function outcomeOf(text: string, fields: Fields): unknown {
  const graph = parseGraph(text);
  const { machine: tiny } = unwrap(targetByName("tiny"));
  // The last block, which is shorter, has buffers of its own.
  const { psumBanks, sbufBytesPerPartition } = tiny;
  const machine = { ...tiny, psumBanks: 2 * psumBanks, sbufBytesPerPartition: 2 * sbufBytesPerPartition };
  const options = { machine, strategy: "naive", schedule: scheduleOf(fields) } as const;
  const outcome = runStages(graph, makeRandomInputs(graph, 1), options);
  return outcome.kind === "wrong" ? outcome : outcome.kind;
}

const softmax = (x: string, sum: string): string =>
  `e = exp(${x} - reduce_max(${x}, axes=[1])); w = e ${sum === "" ? "/ reduce_sum(e, axes=[1])" : sum}`;

const program = (lines: string, more = "", results = "y: bf16[20, 9]"): string =>
  `graph g(q: bf16[20, 8], k: bf16[60, 8], v: bf16[60, 9]${more}) -> (${results}) {
    kernel y {
      ${lines.replaceAll("; ", "\n      ")}
    }
  }`;

const attention = (lines: string, more: string): string =>
  `graph g(q: bf16[2, 64, 8], k: bf16[2, 64, 8], v: bf16[2, 64, 9]) -> (y: bf16[2, 64, 9]) {
      ${lines}
      y = attention(q, k, v${more})
    }`;

const scores = "s = cast(matmul(q, k, transpose_rhs=true), to=f32)";

/** Programs whose rows can come in blocks. */
const programs: readonly (readonly [name: string, text: string])[] = [
  ["a softmax", program(`${scores}; ${softmax("s", "")}; y = matmul(cast(w, to=bf16), v)`)],
  ["a scaled one", program(`${scores}; x = s * 0.25; ${softmax("x", "")}; y = matmul(cast(w, to=bf16), v)`)],
  [
    "a last block of one column",
    program(`${scores}; x = s * 0.25; ${softmax("x", "")}; y = matmul(cast(w, to=bf16), v)`).replaceAll("[60,", "[57,"),
  ],
  [
    "its statistics as results",
    program(
      `${scores}; m = reduce_max(s, axes=[1]); e = exp(s - m); l = reduce_sum(e, axes=[1]); y = matmul(cast(e, to=bf16), v)`,
      "",
      "y: bf16[20, 9], m: f32[20, 1], l: f32[20, 1]",
    ),
  ],
  [
    "a mask that is given, and weights that are scaled",
    program(
      `${scores}; x = s + b; e = exp(x - reduce_max(x, axes=[1])); y = matmul(cast(where(p, e, full(value=0.0, shape=[], dtype=f32)) * c, to=bf16), v)`,
      ", b: f32[20, 60], p: bool[20, 60], c: f32[60]",
    ),
  ],
  ["a causal mask", attention("", ", is_causal=true")],
  [
    "a window, so that some rows see nothing of the first blocks",
    attention(
      `column = iota(shape=[1, 64], axis=1, dtype=i32)
      row = iota(shape=[64, 1], axis=0, dtype=i32)
      seen = logical_and(greater(column, row + 12), less(column, row + 22))`,
      ", seen",
    ),
  ],
  ["a perceptron", program("y = matmul(gelu(matmul(q, k, transpose_rhs=true)), v)")],
  [
    "a sum, a minimum and a mean beside the product",
    program(
      `${scores}; a = reduce_sum(s, axes=[1]); b = reduce_min(s, axes=[1]); c = reduce_mean(s * s, axes=[1]); y = matmul(cast(s, to=bf16), v)`,
      "",
      "y: bf16[20, 9], a: f32[20, 1], b: f32[20, 1], c: f32[20, 1]",
    ),
  ],
  [
    "two products over one softmax, and a row-wise end",
    program(
      `${scores}; ${softmax("s", "")}; h = cast(w, to=bf16); u = matmul(h, v); z = matmul(h, v2); n = cast(z, to=f32); y = u; r = n * rsqrt(reduce_mean(n * n, axes=[1]) + 0.01)`,
      ", v2: bf16[60, 5]",
      "y: bf16[20, 9], r: f32[20, 5]",
    ).replace("y = u", "y = u + u"),
  ],
  [
    "statistics alone: the logarithm of a sum of exponentials, and a sum of squares",
    program(
      `${scores}; x = s + b; m = reduce_max(x, axes=[1]); y = m + log(reduce_sum(exp(x - m), axes=[1])); z = reduce_sum(s * s, axes=[1])`,
      ", b: f32[60]",
      "y: f32[20, 1], z: f32[20, 1]",
    ),
  ],
  ["rows that come from memory", program(`${softmax("x", "")}; y = matmul(cast(w, to=bf16), v)`, ", x: f32[20, 60]")],
];

const variants: readonly Fields[] = [
  { block_columns: 1 },
  { block_columns: 2, load_rhs_per: "batch" },
  { block_columns: 3, load_rhs_per: "piece", tile_rows: 5 },
];

describe("rows in blocks", () => {
  const cases = programs.flatMap(([name, text]) => variants.map((fields) => ({ name, text, fields })));
  test.each(cases)("$name, $fields", ({ text, fields }) => {
    expect(comesInBlocks(text, fields)).toBe(true);
    expect(outcomeOf(text, fields)).toBe("agrees");
  });
});

describe("whole rows", () => {
  const whole: readonly (readonly [why: string, text: string])[] = [
    [
      "weights that are a result",
      program(`${scores}; ${softmax("s", "")}; y = matmul(cast(w, to=bf16), v)`, "", "y: bf16[20, 9], w: f32[20, 60]"),
    ],
    [
      "what is subtracted is another maximum",
      program(`${scores}; e = exp(s - reduce_max(s * 0.5, axes=[1])); y = matmul(cast(e, to=bf16), v)`),
    ],
    [
      "what is subtracted is a mean",
      program(`${scores}; e = exp(s - reduce_mean(s, axes=[1])); y = matmul(cast(e, to=bf16), v)`),
    ],
    [
      "a norm of whole rows",
      program(`${scores}; w = s * rsqrt(reduce_mean(s * s, axes=[1]) + 0.01); y = matmul(cast(w, to=bf16), v)`),
    ],
    [
      "the largest weight",
      program(
        `${scores}; e = exp(s - reduce_max(s, axes=[1])); t = reduce_max(e, axes=[1]); y = matmul(cast(e, to=bf16), v)`,
        "",
        "y: bf16[20, 9], t: f32[20, 1]",
      ),
    ],
  ];
  test.each(whole)("%s", (_why, text) => {
    expect(comesInBlocks(text, { block_columns: 1 })).toBe(false);
    expect(outcomeOf(text, { block_columns: 1 })).toBe("agrees");
  });
});

describe("what is fused in blocks", () => {
  const attention = `graph g<T, S>(q: bf16[1, T, 128], k: bf16[1, S, 128], v: bf16[1, S, 128]) -> (y: bf16[1, T, 128]) {
    y = attention(q, k, v)
  }`;
  const target = unwrap(targetByName("trn2"));
  const lower = (rows: number, keys: number) => {
    const text = attention.replace("T, S", `T = ${rows}, S = ${keys}`);
    const graph = unwrap(optimizeGraph(parseGraph(text), target)).value;
    return unwrap(lowerGraph(graph, { strategy: "heuristic" }, passEnv(target))).program;
  };

  test("rows whose statistics alone are wanted never leave the chip", () => {
    const text = `graph g(x: bf16[128, 512], w: bf16[512, 32000]) -> (l: f32[128, 1]) {
      z = cast(matmul(x, w), to=f32)
      m = reduce_max(z, axes=[1])
      l = m + log(reduce_sum(exp(z - m), axes=[1]))
    }`;
    const graph = unwrap(optimizeGraph(parseGraph(text), target)).value;
    expect(graph.kernels.map(({ name }) => name)).toEqual(["l"]);
  });
  test("rows that fit stay whole", () => {
    expect(lower(256, 1024).loops).not.toContain("blk");
  });
  test.each([
    [256, 32_768],
    [1, 131_072],
    [4096, 131_072],
  ])("%d rows of %d keys are one kernel", (rows, keys) => {
    const program = lower(rows, keys);
    expect(program.kernels).toHaveLength(1);
    expect(program.loops).toContain("blk");
    expect(program.buffers.filter(({ role }) => role === "temp")).toEqual([]);
  });
});
