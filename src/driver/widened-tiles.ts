// The tile program of a widened graph. What `fuse` chose for the program itself serves the widened one too, where both are the same graph
// and it fits: so the same kernels run in f32, and their prices are not asked for again.

import { ok, type Result } from "../../ir-spec/base/result.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import { printGraph } from "../../ir-spec/print-graph.ts";
import type { TileProgram } from "../../ir-spec/tile.ts";
import type { PassEnv } from "../../passes/pass.ts";
import { runPasses } from "../../passes/run.ts";
import {
  type CompileOptions,
  findMisfits,
  graphPipeline,
  graphToTiles,
  type Lowered,
  optimizedToTiles,
  passEnv,
  pipelineToFuse,
} from "./compile.ts";
import { widenGraph } from "./widen.ts";

/** The widened graph's tiles; `own` are those of the graph that it was made of. */
export function widenedToTiles(
  wide: Graph,
  own: Result<Lowered<TileProgram>>,
  options: CompileOptions,
): Result<Lowered<TileProgram>> {
  return (own.ok ? withKernelsOf(own.value, wide, options) : undefined) ?? graphToTiles(wide, options);
}

/**
 * Constants are folded in the program's own dtypes, so passes may give another graph than they do of the widened one; casts between
 * floats do nothing once both are f32.
 */
function withKernelsOf(
  { unfused, graph }: Lowered<TileProgram>,
  wide: Graph,
  options: CompileOptions,
): Result<Lowered<TileProgram>> | undefined {
  const env = passEnv(options.target);
  const prepared = runPasses(pipelineToFuse(options), wide, { env });
  const widened = withoutCasts(widenGraph(unfused), env);
  if (!prepared.ok || widened === undefined || printGraph(prepared.value.ir) !== printGraph(widened)) return undefined;
  const fused = withoutCasts(widenGraph(graph), env);
  if (fused === undefined) return undefined;
  const tiles = optimizedToTiles(fused, options, env);
  if (!tiles.ok || findMisfits(tiles.value, options.target).length > 0) return undefined;
  return ok({ value: tiles.value, remarks: [], graph: fused, unfused: widened });
}

function withoutCasts(graph: Graph, env: PassEnv): Graph | undefined {
  const ran = runPasses(graphPipeline(["canonicalize", "dce"]), graph, { env });
  return ran.ok ? ran.value.ir : undefined;
}
