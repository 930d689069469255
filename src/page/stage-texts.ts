// The texts of a program's stages, each line with the lines of the program that it comes from: a stage's text is read back with its
// places, and its parts, which are in the same order, are those of the stage that was printed.

import type { NodeId } from "../../ir-spec/base/ids.ts";
import { positionOf, type Source, type Span } from "../../ir-spec/base/span.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import { parseLocatedTileProgram } from "../../ir-spec/parse-tile.ts";
import { printGraph } from "../../ir-spec/print-graph.ts";
import { printTileProgram } from "../../ir-spec/print-tile.ts";
import type { TileProgram, TileStatement } from "../../ir-spec/tile.ts";
import { parseLocatedStream } from "../../targets/neuron/asm/parse-stream.ts";
import { printStream } from "../../targets/neuron/asm/print-stream.ts";
import type { Instruction, Stream, StreamItem } from "../../targets/neuron/stream.ts";
import type { StageText } from "./page-data.ts";

export interface Stages {
  readonly source: Source;
  readonly before: Graph;
  readonly after: Graph;
  readonly tiles: TileProgram;
  readonly stream: Stream;
}

export function stageTexts({ source, before, after, tiles, stream }: Stages): readonly StageText[] {
  const own = source.text.split("\n").map((_line, index): [number, readonly number[]] => [index + 1, [index + 1]]);
  return [
    { title: "program", text: source.text, links: Object.fromEntries(own) },
    { title: "graph", text: printGraph(before), links: {} },
    { title: "fused graph", text: printGraph(after), links: {} },
    tileText(tiles, after),
    streamText(stream, after),
  ];
}

/** Something that comes from nodes of the graph, and where it is written. */
interface Written {
  readonly origin: readonly NodeId[];
  readonly span: Span | undefined;
}

function linksOf(written: readonly Written[], { nodes }: Graph): StageText["links"] {
  const links = new Map<number, Set<number>>();
  for (const { origin, span } of written) {
    if (span === undefined) continue;
    const line = positionOf(span.source, span.start).line;
    const lines = links.get(line) ?? new Set();
    links.set(line, lines);
    for (const place of origin.flatMap((node) => nodes[node]?.span ?? [])) {
      lines.add(positionOf(place.source, place.start).line);
    }
  }
  return Object.fromEntries([...links].map(([line, lines]) => [line, [...lines].sort((a, b) => a - b)]));
}

function tileText(tiles: TileProgram, graph: Graph): StageText {
  const text = printTileProgram(tiles);
  const read = parseLocatedTileProgram({ name: "tiles", text });
  if (!read.ok) return { title: "tile program", text, links: {} };
  const { program, spanOf } = read.value;
  const originals = tiles.kernels.flatMap(({ body }) => statementsIn(body));
  const copies = program.kernels.flatMap(({ body }) => statementsIn(body));
  const written = originals.map((statement, index) => {
    const copy = copies[index];
    const origin = statement.kind === "op" ? (statement.origin ?? []) : [];
    return { origin, span: copy && spanOf(copy) };
  });
  return { title: "tile program", text, links: linksOf(written, graph) };
}

function statementsIn(body: readonly TileStatement[]): readonly TileStatement[] {
  return body.flatMap((statement) => (statement.kind === "loop" ? statementsIn(statement.body) : [statement]));
}

function streamText(stream: Stream, graph: Graph): StageText {
  const text = printStream(stream);
  const read = parseLocatedStream({ name: "stream", text });
  if (!read.ok) return { title: "instruction stream", text, links: {} };
  const { stream: copy, spanOf } = read.value;
  const copies = copy.queues.flatMap(({ body }) => instructionsIn(body));
  const originals = stream.queues.flatMap(({ body }) => instructionsIn(body));
  const written = originals.map(({ origin = [] }, index) => {
    const place = copies[index];
    return { origin, span: place && spanOf(place) };
  });
  return { title: "instruction stream", text, links: linksOf(written, graph) };
}

function instructionsIn(body: readonly StreamItem[]): readonly Instruction[] {
  return body.flatMap((item) => (item.kind === "loop" ? instructionsIn(item.body) : [item]));
}
