// What the compiler makes of a few small graphs for the smallest machine: valid tile programs and streams to damage.
import type { Source } from "../../../ir-spec/base/span.ts";
import type { Graph } from "../../../ir-spec/graph.ts";
import { compileToContent, graphToStream } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { parseGraphs } from "../../../src/text/index.ts";
import { parseStream } from "../../../targets/neuron/asm/parse-stream.ts";
import { printStream } from "../../../targets/neuron/asm/print-stream.ts";
import { machineByName } from "../../../targets/neuron/machines/index.ts";
import type { Stream } from "../../../targets/neuron/stream.ts";
import { smallText } from "../../unit/neuron/encode/image-fixtures.ts";

/** One of each kind of kernel, with borders. */
const texts: readonly string[] = [
  "graph sums(x: f32[9, 12], w: f32[12]) -> (y: f32[9, 12]) { y = x * w + 1 }",
  "graph product(a: bf16[20, 24], b: bf16[24, 17], c: f32[17]) -> (y: f32[20, 17]) { y = gelu(cast(matmul(a, b), to=f32) + c) }",
  "graph rows(x: f32[5, 12]) -> (y: f32[5, 12]) { y = softmax(x) }",
  "graph turned(x: f32[9, 7]) -> (y: f32[7, 9]) { y = transpose(x) * 2 }",
  "graph picked(t: f32[10, 6], i: i32[4]) -> (y: f32[4, 6]) { y = gather(t, i) }",
  "graph kept(x: f32[4, 8], state s: f32[4, 8]) -> (s) { s = s + x }",
];

function resultOf<T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown },
): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

function graphOf(source: Source): Graph {
  const [graph] = resultOf(parseGraphs(source));
  if (graph === undefined) throw new Error("there is no graph");
  return graph;
}

const found = machineByName("tiny");
if (found === undefined) throw new Error("there is no machine tiny");
export const tiny = found;

export const smallGraphs: readonly Graph[] = texts.map((text) => graphOf({ name: "small.tg", text }));

interface Valid {
  readonly stream: Stream;
  readonly text: string;
}

const options = () => ({ target: resultOf(targetByName("tiny")), strategy: "heuristic" as const, schedule: undefined });
const known: { streams?: readonly Valid[]; bases?: readonly Valid[]; tiles?: readonly string[] } = {};

/** Compiled when first asked for. */
export function validStreams(): readonly Valid[] {
  known.streams ??= smallGraphs.map((graph) => withText(resultOf(graphToStream(graph, options())).value));
  return known.streams;
}

/** Those, and one with some of everything that a stream can say; it would not pass the check. */
export function streamBases(): readonly Valid[] {
  known.bases ??= [...validStreams(), withText(resultOf(parseStream({ name: "small.s", text: smallText })))];
  return known.bases;
}

const withText = (stream: Stream): Valid => ({ stream, text: printStream(stream) });

export function validTiles(): readonly string[] {
  known.tiles ??= smallGraphs.map((graph) => resultOf(compileToContent(graph, options(), "tiles")).value as string);
  return known.tiles;
}
