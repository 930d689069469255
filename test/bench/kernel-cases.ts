// The cases of `bench:kernels` and `bench:search`: the kernels that transformers are made of.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Result } from "../../ir-spec/base/result.ts";
import { type LoadedGraph, loadGraph } from "../../src/driver/choose-graph.ts";

export interface KernelCase {
  readonly name: string;
  /** In the folder `kernels`. */
  readonly program: string;
  readonly dims?: Readonly<Record<string, number>>;
}

export const kernelCases: readonly KernelCase[] = [
  { name: "gemm-4096x8192x8192", program: "gemm", dims: { M: 4096, K: 8192, N: 8192 } },
  { name: "gemm-kt-4096x8192x8192", program: "gemm-kt", dims: { M: 4096, K: 8192, N: 8192 } },
  { name: "gemm-2048", program: "gemm", dims: { M: 2048, K: 2048, N: 2048 } },
  { name: "gemm-kt-2048", program: "gemm-kt", dims: { M: 2048, K: 2048, N: 2048 } },
  { name: "gemm-997", program: "gemm", dims: { M: 997, K: 997, N: 997 } },
  { name: "gemm-128x4096x11008", program: "gemm", dims: { M: 128, K: 4096, N: 11008 } },
  { name: "gemv-1x4096x4096", program: "gemm", dims: { M: 1, K: 4096, N: 4096 } },
  { name: "gemm-bias-gelu-4096", program: "gemm-gelu" },
  { name: "swiglu-2048x4096x14336", program: "swiglu" },
  { name: "attention-16x4096x128", program: "attention" },
  { name: "attention-causal", program: "attention-causal" },
  { name: "head-4096x128", program: "attention", dims: { H: 1 } },
  { name: "rms-qkv", program: "rms-qkv" },
  { name: "softmax-4096x8192", program: "softmax" },
  { name: "softmax-8x65536", program: "softmax", dims: { R: 8, C: 65536 } },
  { name: "layernorm-4096x8192", program: "layernorm" },
  { name: "group-norm-64x32x8x1024", program: "group-norm" },
  { name: "column-sums-16384x1024", program: "column-sums" },
  { name: "rope-64x4096x128", program: "rope" },
  { name: "decode-attention", program: "decode-attention", dims: { B: 8, C: 4096 } },
  { name: "gpt2-12", program: "gpt2" },
  // As many layers as fit in the HBM of each machine that has one chip's core for itself.
  { name: "llama-prefill-28", program: "llama-prefill", dims: { L: 28 } },
  { name: "llama-decode-20", program: "llama-decode", dims: { L: 20 } },
];

/** Those whose names hold one of some words; all without words. */
export function casesOf(words: readonly string[]): readonly KernelCase[] {
  return kernelCases.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
}

export function loadCase({ program, dims = {} }: KernelCase): Result<LoadedGraph> {
  const text = readFileSync(join("test/bench/kernels", `${program}.tg`), "utf8");
  return loadGraph({ name: `${program}.tg`, text }, { dims });
}
