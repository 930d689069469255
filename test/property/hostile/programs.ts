// Programs: read, formatted, elaborated, verified, printed and read again, optimised, lowered and compiled for two machines and WebGPU.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { elementCount } from "../../../ir-spec/base/tensor.ts";
import type { Graph } from "../../../ir-spec/graph.ts";
import { opDef, opNames } from "../../../ir-spec/ops/index.ts";
import { printGraphs } from "../../../ir-spec/print-graph.ts";
import { verifyGraph } from "../../../ir-spec/verify-graph.ts";
import { compileToContent, optimizeGraph } from "../../../src/driver/compile.ts";
import { pickSchedule } from "../../../src/driver/schedules.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import type { Random } from "../../../src/find/fuzz/random-choices.ts";
import { formatModule, parseGraphs, parseModule } from "../../../src/text/index.ts";
import { refusal, settle } from "./results.ts";

const folder = fileURLToPath(new URL("../../../samples/", import.meta.url));
const samples = readdirSync(folder).filter((file) => file.endsWith(".tg"));

/** What samples and the ops' examples do not show. */
const extra: readonly string[] = [
  `dim D = 8
def norm(x, eps = 1e-5) { return x / sqrt(reduce_mean(x * x, axes=[-1]) + eps) }
graph g<T = 4>(x: f32[T, D], state cache: f32[16, D], weight w: f32[3, D, D]) -> (y: f32[T, D], cache) {
  h = x
  for i in 0..3 {
    h = norm(matmul(h, w[i])) + h
    kernel k {
      h = h * 2 - 1
    }
  }
  cache = update_slice(cache, h, starts=[T, 0])
  a, b = split(h, num_outputs=2)
  y = concat(a, b, axis=0)
}
schedule s for g { kernel * { tile_m=4, tile_rows=4 } }
`,
  "graph a(x: f32[4]) -> (y: f32[4]) { y = x }\ngraph main(x: i32[4], b: bool[4]) -> (y) { y = where(b, x, 0) }\n",
];

export const programBases: readonly string[] = [
  ...samples.map((file) => readFileSync(folder + file, "utf8")),
  ...opNames.map((name) => opDef(name).example),
  ...extra,
];

/** Larger graphs are not compiled: a test of what is refused needs none, and they take long. */
const maxNodes = 60;
const maxElements = 2 ** 22;

export function useProgram(random: Random, text: string): string {
  const source = { name: "damaged.tg", text };
  const formatted = formatModule(source);
  const graphs = settle(parseGraphs(source));
  if (!formatted.ok) return refusal(formatted.error);
  expect(formatModule({ ...source, text: formatted.value })).toEqual(formatted);
  if ("code" in graphs) return graphs.code;
  const printed = printGraphs(graphs.value);
  for (const graph of graphs.value) expect(verifyGraph(graph)).toEqual([]);
  if (graphs.value.length > 0 && printed.length < 100_000) {
    const again = settle(parseGraphs({ name: "printed.tg", text: printed }));
    expect("value" in again ? printGraphs(again.value) : again.code).toBe(printed);
  }
  const fates = graphs.value.filter(isSmall).map((graph) => compile(random, graph, text));
  return fates[0] ?? "taken";
}

export function isSmall({ nodes, values }: Graph): boolean {
  return nodes.length <= maxNodes && values.every(({ type }) => elementCount(type.shape) <= maxElements);
}

/** Compiles a graph for a random target with the text's own schedule. */
function compile(random: Random, graph: Graph, text: string): string {
  const target = settle(targetByName(random.pick(["tiny", "trn2", "webgpu"])));
  if ("code" in target) throw new Error("a target is gone");
  const { module } = parseModule({ name: "damaged.tg", text });
  const picked = settle(pickSchedule(module, graph.name, undefined));
  if ("code" in picked) return picked.code;
  const strategy = random.pick(["naive", "heuristic"] as const);
  const schedule = picked.value.written?.schedule;
  settle(optimizeGraph(graph, target.value));
  const compiled = settle(compileToContent(graph, { target: target.value, strategy, schedule }));
  return "code" in compiled ? compiled.code : "taken";
}
