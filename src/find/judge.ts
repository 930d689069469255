// Says whether outputs are right: within the noise of each element, or bit for bit on inputs for which nothing is rounded, as `tgc check` does.

import { ok, type Result } from "../../ir-spec/base/result.ts";
import type { Tensor } from "../../ir-spec/base/tensor.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import { runPasses } from "../../passes/run.ts";
import { type Comparison, compareExactly, compareOutput } from "../driver/compare.ts";
import { graphPipeline, passEnv } from "../driver/compile.ts";
import { findExactInputs } from "../driver/exact.ts";
import { measureNoiseAtOnce } from "../driver/noise.ts";
import type { Target } from "../driver/targets.ts";

export type Tensors = ReadonlyMap<string, Tensor>;

export interface JudgedOutput {
  readonly name: string;
  readonly comparison: Comparison;
}

/** Inputs, and the reference's outputs on them. */
export interface Judge {
  /** In words. */
  readonly what: string;
  readonly inputs: Tensors;
  /** The outputs that are not right. */
  readonly findWrong: (found: Tensors) => readonly JudgedOutput[];
}

/** The graph without composites, as the noise is measured. */
export function expandedGraph(graph: Graph, target: Target): Result<Graph> {
  const made = runPasses(graphPipeline(["expand"]), graph, { env: passEnv(target) });
  return made.ok ? ok(made.value.ir) : made;
}

const names = { a: "ref", b: "found", precise: false };

/** Within the noise of each element. */
export function makeNoiseJudge(graph: Graph, expanded: Graph, inputs: Tensors, what: string): Judge {
  const reference = measureNoiseAtOnce(graph, expanded, inputs);
  const findWrong: Judge["findWrong"] = (found) =>
    [...reference.keys()].flatMap((name) => {
      const comparison = compareOutput(names, name, found.get(name), reference);
      return comparison.agree ? [] : [{ name, comparison }];
    });
  return { what, inputs, findWrong };
}

/** Bit for bit; undefined where no inputs make outputs exact. */
export function makeExactJudge(graph: Graph, expanded: Graph, given: Tensors): Judge | undefined {
  const { found } = findExactInputs(graph, expanded, given);
  if (found === undefined) return undefined;
  const findWrong: Judge["findWrong"] = (outputs) =>
    [...found.wanted].flatMap(([name, wanted]) => {
      const comparison = compareExactly(names, outputs.get(name), wanted);
      return comparison.agree ? [] : [{ name, comparison }];
    });
  return { what: found.what, inputs: found.inputs, findWrong };
}
