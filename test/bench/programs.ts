// The programs that are measured: samples at sizes of their own, and the steps of their way through the compiler.
import { readFileSync } from "node:fs";
import type { Result } from "../../ir-spec/base/result.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import { loadGraph } from "../../src/driver/choose-graph.ts";
import { type CompileOptions, graphToStream } from "../../src/driver/compile.ts";
import { targetByName } from "../../src/driver/targets.ts";
import type { Stream } from "../../targets/neuron/stream.ts";

/** The value of something that cannot fail here. */
export function expectOk<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

export const options: CompileOptions = { target: expectOk(targetByName("trn2")), strategy: "heuristic" };
export const { machine } = options.target;

export type Dims = Readonly<Record<string, number>>;

export function loadSample(name: string, dims: Dims = {}): Graph {
  const path = `samples/${name}.tg`;
  return expectOk(loadGraph({ name: path, text: readFileSync(path, "utf8") }, { dims })).graph;
}

export function sampleStream(name: string, dims: Dims = {}): Stream {
  return expectOk(graphToStream(loadSample(name, dims), options)).value;
}

export const cubed = (size: number): Dims => ({ M: size, N: size, K: size });

/** GPT-2 small: twelve layers. */
export const gpt2: Dims = { L: 12, T: 1024, D: 768, H: 12 };
