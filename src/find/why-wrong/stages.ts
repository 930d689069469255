// All that the compiler makes of a graph on the way to the stream, pass by pass, and how each of it runs; a tile program or a stream that was
// edited takes the place of the compiler's own.

import { fail, ok, type Result } from "../../../ir-spec/base/result.ts";
import type { Graph } from "../../../ir-spec/graph.ts";
import type { TileProgram } from "../../../ir-spec/tile.ts";
import type { AnyIr, PassEvent } from "../../../passes/run.ts";
import { simulate } from "../../../targets/neuron/sim/simulate.ts";
import type { Stream } from "../../../targets/neuron/stream.ts";
import { runGraph } from "../../../targets/ref/graph.ts";
import { runTile } from "../../../targets/ref/tile.ts";
import { type CompileOptions, graphToTiles, tilesToStream } from "../../driver/compile.ts";
import type { Tensors } from "../judge.ts";

export type StageIr = AnyIr | { readonly level: "stream"; readonly ir: Stream };

export interface Stage {
  readonly made: StageIr;
  /** The pass that made it. */
  readonly pass?: string;
}

export interface AllStages {
  readonly stages: readonly Stage[];
  /** The graph as it was lowered: the nodes that origins name. */
  readonly lowered: Graph;
  /** The compiler's own tile program. */
  readonly tiles: TileProgram;
  /** The tile program that the stream is made of: the edited one, where there is one. */
  readonly meant: TileProgram;
  readonly stream: Stream | undefined;
}

export interface Edited {
  readonly tiles?: TileProgram | undefined;
  readonly stream?: Stream | undefined;
}

export interface WhyWrongCase {
  readonly graph: Graph;
  readonly compile: CompileOptions;
  /** Tried first. */
  readonly inputs: Tensors;
  readonly seed: number;
  readonly edited: Edited;
}

export function makeStages(graph: Graph, options: CompileOptions, edited: Edited): Result<AllStages> {
  const events: PassEvent[] = [];
  const tiles = graphToTiles(graph, { ...options, observe: (event) => events.push(event) });
  if (!tiles.ok) return tiles;
  const { graph: lowered, value: own } = tiles.value;
  const ofPasses = events
    .filter(({ isChanged }) => isChanged)
    .map(({ after, step }) => ({ made: after, pass: step.name }));
  const meant = edited.tiles ?? own;
  const stream = edited.stream === undefined ? tilesToStream(meant, options) : ok(edited.stream);
  if (!stream.ok) return fail(stream.error);
  const ofGraph = edited.tiles === undefined ? ofPasses : ofPasses.filter(({ made }) => made.level === "graph");
  const stages: readonly Stage[] = [
    ...ofGraph,
    ...(edited.tiles === undefined ? [] : [{ made: { level: "tile", ir: edited.tiles } as const }]),
    { made: { level: "stream", ir: stream.value } },
  ];
  return ok({ stages, lowered, tiles: own, meant, stream: stream.value });
}

/** Runs what a stage has made. */
export function runStage({ made }: Stage, inputs: Tensors, { target }: CompileOptions): Result<Tensors> {
  switch (made.level) {
    case "graph":
      return ok(runGraph(made.ir, inputs, { rounding: true }));
    case "tile":
      return ok(runTile(made.ir, inputs, { rounding: true }));
    case "stream": {
      const ran = simulate(made.ir, target.machine, inputs);
      return ran.ok ? ok(ran.value.outputs) : ran;
    }
    default:
      return made satisfies never;
  }
}
