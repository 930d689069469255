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

/** Shapes that nobody chose: odd sizes, small ones and skewed ones, to see what is true beyond the list. */
export const unlistedCases: readonly KernelCase[] = [
  { name: "gemm-256x768x3072", program: "gemm", dims: { M: 256, K: 768, N: 3072 } },
  { name: "gemm-333x512x1000", program: "gemm", dims: { M: 333, K: 512, N: 1000 } },
  { name: "gemm-64x1024x8192", program: "gemm", dims: { M: 64, K: 1024, N: 8192 } },
  { name: "gemm-kt-1024x2560x640", program: "gemm-kt", dims: { M: 1024, K: 2560, N: 640 } },
  { name: "gemm-4096x256x256", program: "gemm", dims: { M: 4096, K: 256, N: 256 } },
  { name: "gemm-8x11008x4096", program: "gemm", dims: { M: 8, K: 11008, N: 4096 } },
  { name: "gemm-100", program: "gemm", dims: { M: 100, K: 100, N: 100 } },
  { name: "gemm-1024", program: "gemm", dims: { M: 1024, K: 1024, N: 1024 } },
  { name: "gemm-777x1111x333", program: "gemm", dims: { M: 777, K: 1111, N: 333 } },
  { name: "gemm-16x512x512", program: "gemm", dims: { M: 16, K: 512, N: 512 } },
  { name: "gemm-gelu-384x384x1536", program: "gemm-gelu", dims: { M: 384, K: 384, N: 1536 } },
  { name: "swiglu-200x512x1376", program: "swiglu", dims: { T: 200, D: 512, F: 1376 } },
  { name: "rms-qkv-256x768", program: "rms-qkv", dims: { T: 256, D: 768, H: 6, KV: 2 } },
  { name: "softmax-100x1000", program: "softmax", dims: { R: 100, C: 1000 } },
  { name: "softmax-1500x333", program: "softmax", dims: { R: 1500, C: 333 } },
  { name: "layernorm-777x768", program: "layernorm", dims: { R: 777, C: 768 } },
  { name: "group-norm-4x16x4x256", program: "group-norm", dims: { N: 4, G: 16, C: 4, P: 256 } },
  { name: "column-sums-1000x512", program: "column-sums", dims: { R: 1000, C: 512 } },
  { name: "rope-5x500x64", program: "rope", dims: { H: 5, T: 500, E: 64 } },
  { name: "attention-2x512x64", program: "attention", dims: { H: 2, T: 512, E: 64 } },
  { name: "attention-3x200x80", program: "attention", dims: { H: 3, T: 200, E: 80 } },
  { name: "causal-2x640x64", program: "attention-causal", dims: { H: 2, T: 640, E: 64 } },
  { name: "decode-2x8x600x64", program: "decode-attention", dims: { B: 2, KV: 2, H: 8, C: 600, S: 64 } },
];

/** Those whose names hold one of some words; all without words. */
export function casesOf(words: readonly string[], cases = kernelCases): readonly KernelCase[] {
  return cases.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
}

export function loadCase({ program, dims = {} }: KernelCase): Result<LoadedGraph> {
  const text = readFileSync(join("test/bench/kernels", `${program}.tg`), "utf8");
  return loadGraph({ name: `${program}.tg`, text }, { dims });
}
