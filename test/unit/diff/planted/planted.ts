// Changes of programs whose kind is known, to be judged by `tgc diff`: each names what was changed and what the verdict should be.

import type { Graph } from "../../../../ir-spec/graph.ts";
import type { TileProgram } from "../../../../ir-spec/tile.ts";
import { type DiffProgram, diffPrograms } from "../../../../src/diff/diff.ts";
import type { DiffReport, Verdict } from "../../../../src/diff/report.ts";
import { type CompileOptions, graphToStream, graphToTiles } from "../../../../src/driver/compile.ts";
import { targetByName } from "../../../../src/driver/targets.ts";
import { parse } from "../../../../src/index.ts";
import type { Stream } from "../../../../targets/neuron/stream.ts";

export interface Planted {
  readonly name: string;
  readonly expected: Exclude<Verdict, "same">;
  readonly before: DiffProgram;
  readonly after: DiffProgram;
}

function tinyOptions(): CompileOptions {
  const target = targetByName("tiny");
  if (!target.ok) throw new Error("tiny ships");
  return { target: target.value, strategy: "heuristic", fusion: "auto" };
}

export const options: CompileOptions = tinyOptions();

export function graphOf(text: string): Graph {
  const graph = parse(text);
  if (!graph.ok) throw new Error(`does not parse: ${JSON.stringify(graph.error)}\n${text}`);
  return graph.value;
}

export function tilesOf(text: string, more: Partial<CompileOptions> = {}): TileProgram {
  const made = graphToTiles(graphOf(text), { ...options, ...more });
  if (!made.ok) throw new Error(`is not lowered: ${JSON.stringify(made.error)}`);
  return made.value.value;
}

export function streamOf(text: string, more: Partial<CompileOptions> = {}): Stream {
  const made = graphToStream(graphOf(text), { ...options, ...more });
  if (!made.ok) throw new Error(`is not compiled: ${JSON.stringify(made.error)}`);
  return made.value.value;
}

/** Timed with naive tiles, as choosing better ones takes long. */
export const asGraph = (graph: Graph): DiffProgram => ({
  stage: "graph",
  graph,
  options: { ...options, strategy: "naive" },
});
export const asTiles = (program: TileProgram): DiffProgram => ({ stage: "tiles", program, target: options.target });
export const asStream = (program: Stream): DiffProgram => ({
  stage: "stream",
  program,
  spanOf: () => undefined,
  target: options.target,
});

export function judge({ before, after }: Planted): DiffReport {
  const report = diffPrograms({ before, after, seed: 0 });
  if (report === undefined) throw new Error("the programs are of one stage");
  return report;
}

/** Two branches with a mask by position, a bias, a function, a second result and a state. */
export const branches = `graph branches(
  x: f32[8, 16],
  weight w: f32[16, 8],
  weight v: f32[16, 8],
  weight b: f32[8],
  state cache: f32[4, 8],
) -> (y: f32[8, 8], z: f32[8, 1]) {
  a = matmul(x, w)
  s = a * 0.25
  seen = iota(shape=[8, 8], axis=1, dtype=i32) <= iota(shape=[8, 8], axis=0, dtype=i32)
  m = where(seen, s, full(value=-inf, shape=[8, 8], dtype=f32))
  c = softmax(m, axis=1)
  d = matmul(x, v) + b
  e = gelu(d)
  y = c + e
  z = reduce_max(e, axes=[1], keepdims=true)
  r = reduce_sum(d, axes=[0], keepdims=true)
  cache = update_slice(cache, r, starts=[1, 0])
}`;

/** Rows picked by an index, a norm, and a difference. */
export const rows = `graph rows(
  ids: i32[8],
  weight table: f32[10, 16],
  weight scale: f32[16],
  x: f32[8, 16],
) -> (y: f32[8, 16], t: f32[16, 8]) {
  e = gather(table, ids, axis=0)
  d = e - x
  n = rms_normalization(d, scale, epsilon=1e-5)
  y = max(n, x * 0.5)
  t = transpose(sigmoid(e), perm=[1, 0])
}`;
