// What whole kernels take on a real trn2, as data, with the schedules that come nearest to what was run. Nothing is fitted to
// these numbers. Where a publication leaves something open, the row says what we assume.

import type { Dtype } from "../../ir-spec/base/dtype.ts";
import type { Fields } from "./gemm.ts";

/** Two buffers of everything; as in the published kernels each tile of k is loaded by itself, and the array transposes. */
const doubleBuffers = {
  load_k: 1,
  transpose_on: "pe",
  slots_lhs: 2,
  slots_rhs: 2,
  slots_psum: 2,
  slots_out: 2,
} as const;

export interface PublishedGemm {
  readonly name: string;
  readonly assumed: string;
  readonly fields: Fields;
  readonly measuredUs: number;
  readonly dmaUs: number;
  readonly peUs: number;
}

/** 4096^3, bf16, left operand with k first. Source: aws-neuron/neuron-agentic-development, worked example of its bounds analysis. */
export const publishedGemms: readonly PublishedGemm[] = [
  {
    name: "loads in the innermost loop",
    assumed: "four buffers for each operand: how far ahead the compiler loads is not published",
    fields: {
      block_m: 1,
      block_n: 1,
      block_k: 1,
      load_lhs: "block_2",
      load_rhs: "block_2",
      ...doubleBuffers,
      slots_lhs: 4,
      slots_rhs: 4,
    },
    measuredUs: 8602,
    dmaUs: 7906,
    peUs: 4806,
  },
  {
    name: "blocks of 8 x 2 tiles",
    assumed: "whole k; one buffer for the left operand, since two do not fit",
    fields: { block_m: 8, block_n: 2, load_lhs: "block_0", load_rhs: "block_1", ...doubleBuffers, slots_lhs: 1 },
    measuredUs: 2451,
    dmaUs: 1325,
    peUs: 2163,
  },
  {
    name: "whole rows",
    assumed: "blocks of 8 x 1 tiles, which move the published 201 MB in rows of 2 and 1 KiB",
    fields: { block_m: 8, block_n: 1, load_lhs: "block_0", load_rhs: "block_1", ...doubleBuffers },
    measuredUs: 1801,
    dmaUs: 819,
    peUs: 1781,
  },
];

export interface ScoreboardRow {
  readonly size: number;
  readonly left: "lhs" | "lhsT";
  readonly order: string;
  /** Tiles in a block. */
  readonly k: number;
  readonly m: number;
  readonly n: number;
  readonly measuredUs: number;
  readonly fields: Fields;
}

type Numbers = readonly [
  size: number,
  left: ScoreboardRow["left"],
  order: string,
  tiles: readonly [k: number, m: number, n: number],
  measuredUs: number,
  assumed: readonly [loadLhs: string, loadRhs: string, accumulate: string, psumSlots: number],
];

/**
 * Square products of bf16, the best of each size: loop order, tiles per block, time.
 * Source: awslabs/nki-autotune, autotune/gemm/trn2-scoreboard.md at 616e222.
 * Assumed, since the scoreboard does not say: where each operand is loaded, where sums of k blocks meet, how many accumulators
 * are open (the fastest by our model), and two buffers of each operand.
 */
const scoreboardNumbers: readonly Numbers[] = [
  [512, "lhs", "NKM", [2, 6, 1], 56, ["block_0", "block_0", "psum", 4]],
  [512, "lhsT", "KNM", [4, 1, 1], 54, ["block_0", "block_0", "psum", 2]],
  [1024, "lhs", "NMK", [8, 4, 2], 79, ["block_0", "block_0", "psum", 4]],
  [1024, "lhsT", "NMK", [4, 2, 1], 76, ["block_0", "block_0", "psum", 2]],
  [1536, "lhs", "NMK", [12, 1, 3], 149, ["block_0", "block_0", "psum", 4]],
  [1536, "lhsT", "NMK", [12, 1, 1], 141, ["block_0", "block_0", "psum", 2]],
  [2048, "lhs", "NMK", [2, 2, 1], 288, ["kernel", "block_0", "psum", 2]],
  [2048, "lhsT", "MNK", [2, 4, 2], 269, ["block_0", "block_2", "psum", 1]],
  [2560, "lhs", "MNK", [1, 4, 1], 509, ["block_0", "block_1", "psum", 1]],
  [2560, "lhsT", "MNK", [4, 5, 1], 483, ["block_0", "block_1", "sbuf", 8]],
  [3072, "lhs", "MNK", [12, 4, 2], 827, ["block_0", "block_2", "sbuf", 4]],
  [3072, "lhsT", "NMK", [12, 2, 2], 795, ["block_1", "block_0", "psum", 2]],
  [3584, "lhs", "MNK", [14, 4, 1], 1291, ["block_0", "block_2", "sbuf", 4]],
  [3584, "lhsT", "MNK", [14, 7, 1], 1247, ["block_2", "block_2", "sbuf", 8]],
  [4096, "lhs", "MNK", [4, 4, 2], 1886, ["block_0", "block_2", "sbuf", 4]],
  [4096, "lhsT", "MNK", [4, 4, 2], 1823, ["block_0", "block_2", "sbuf", 8]],
  [4608, "lhs", "MNK", [12, 3, 3], 2653, ["block_0", "block_2", "sbuf", 4]],
  [4608, "lhsT", "MNK", [12, 4, 3], 2573, ["block_0", "block_2", "sbuf", 8]],
  [5120, "lhs", "MNK", [10, 5, 2], 3603, ["block_0", "block_2", "sbuf", 4]],
  [5120, "lhsT", "NMK", [20, 5, 2], 3504, ["block_2", "block_2", "sbuf", 8]],
];

export const scoreboard: readonly ScoreboardRow[] = scoreboardNumbers.map(
  ([size, left, order, [k, m, n], measuredUs, [load_lhs, load_rhs, accumulate, slots_psum]]) => {
    const block_order = order.toLowerCase().split("");
    const blocks = { block_m: m, block_n: n, block_k: k, block_order };
    const fields = { ...blocks, accumulate, load_lhs, load_rhs, ...doubleBuffers, slots_psum };
    return { size, left, order, k, m, n, measuredUs, fields };
  },
);

export interface PublishedAttention {
  readonly dtype: Dtype;
  /** Positions; one head of width 128. */
  readonly positions: number;
  readonly measuredUs: number;
  readonly readBytes: number;
  readonly writeBytes: number;
  readonly matmuls: number;
}

/**
 * Attention whose scores go through HBM, profiled: total time, traffic, instructions of the systolic array that multiply or
 * transpose. Source: allenkchau/trainium-kernel-fusion at d709ddf, profiling/artifacts, the unfused kernels.
 */
export const publishedAttention: readonly PublishedAttention[] = [
  { dtype: "bf16", positions: 512, measuredUs: 54.28, readBytes: 2588672, writeBytes: 2228224, matmuls: 56 },
  { dtype: "bf16", positions: 1024, measuredUs: 102.67, readBytes: 9273344, writeBytes: 8650752, matmuls: 216 },
  { dtype: "f32", positions: 512, measuredUs: 58.71, readBytes: 2949120, writeBytes: 2359296, matmuls: 60 },
  { dtype: "f32", positions: 1024, measuredUs: 116.92, readBytes: 10027008, writeBytes: 8912896, matmuls: 232 },
];
