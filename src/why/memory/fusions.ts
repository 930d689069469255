// Other fusions of a program that does not fit: fewer ops in a kernel need less room on chip, more of them leave fewer tensors in HBM.

import { formatNs } from "../../../ir-spec/base/format-numbers.ts";
import { type FusionMode, fusionModes } from "../../../ir-spec/fusion-mode.ts";
import type { Graph } from "../../../ir-spec/graph.ts";
import { simulate } from "../../../targets/neuron/sim/simulate.ts";
import { type CompileOptions, graphToStream } from "../../driver/compile.ts";

/** A fusion with which the program fits, and what it then takes, simulated (ns). */
export interface FittingFusion {
  readonly fuse: FusionMode;
  readonly timeNs: number;
}

/** Programs of more kernels are not compiled again for this. Assumed: it would take minutes. */
const mostKernels = 64;

/** The fastest first. */
export function findFusions(graph: Graph, options: CompileOptions, kernels: number): readonly FittingFusion[] {
  if (kernels > mostKernels) return [];
  const modes = fusionModes.filter((mode) => mode !== (options.fusion ?? "auto"));
  const found = modes.flatMap((fuse): readonly FittingFusion[] => {
    const made = graphToStream(graph, { ...options, observe: undefined, fusion: fuse });
    if (!made.ok) return [];
    const ran = simulate(made.value.value, options.target.machine, undefined);
    return ran.ok ? [{ fuse, timeNs: ran.value.report.timeNs }] : [];
  });
  return found.sort((a, b) => a.timeNs - b.timeNs);
}

/** `--fuse forced fits: the program takes 12.3 us` */
export function fusionText({ fuse, timeNs }: FittingFusion): string {
  return `--fuse ${fuse} fits: the program takes ${formatNs(timeNs)}`;
}
