// The kernels of a graph whose schedules are searched for: those that differ, each with the names of all that are equal to it.

import { ok, type Result } from "../../ir-spec/base/result.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import type { OpenKernel } from "../../passes/lower/open-kernel.ts";
import type { PassEnv } from "../../passes/pass.ts";
import { type CompileOptions, graphToTiles, passEnv } from "../driver/compile.ts";

export interface OpenKernels {
  readonly kernels: readonly OpenKernel[];
  readonly env: PassEnv;
}

/** Fails as the compilation does. */
export function openKernels(graph: Graph, options: CompileOptions): Result<OpenKernels> {
  const kernels: OpenKernel[] = [];
  const lowered = graphToTiles(graph, {
    ...options,
    chooseFields: (kernel) => {
      kernels.push(kernel);
      return kernel.chosen;
    },
  });
  return lowered.ok ? ok({ kernels, env: passEnv(options.target) }) : lowered;
}
