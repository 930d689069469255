// THE KERNEL-KIND TABLE: each row's example is a kernel of that kind and of no other, and computes what the graph says.
import { describe, expect, test } from "vitest";
import { makeRandomInputs } from "../../../ir-spec/random-tensor.ts";
import { classify } from "../../../passes/lower/classify.ts";
import { kernelKindDef, kernelKindNames } from "../../../passes/lower/kinds/index.ts";
import { lowerGraph } from "../../../passes/lower/lower.ts";
import { regionsOf } from "../../../passes/lower/plan-regions.ts";
import { passEnv } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { runGraph } from "../../../targets/ref/graph.ts";
import { runTile } from "../../../targets/ref/tile.ts";
import { parseGraph, unwrap } from "../passes/support.ts";

const env = passEnv(unwrap(targetByName("tiny")));

describe.each(kernelKindNames)("%s", (kind) => {
  const { example } = kernelKindDef(kind);
  const graph = parseGraph(example);
  const regions = regionsOf(graph).flatMap((step) => (step.kind === "region" ? [step.region] : []));

  test("its example is one kernel, which this kind alone claims", () => {
    expect(regions).toHaveLength(1);
    for (const region of regions) {
      expect(kernelKindNames.filter((name) => kernelKindDef(name).claims(region))).toEqual([kind]);
      expect(classify(graph, region)).toEqual({ ok: true, value: kind });
    }
  });

  test.each(["naive", "heuristic"] as const)("its example computes the same once lowered, %s", (strategy) => {
    const inputs = makeRandomInputs(graph, 1);
    const { program } = unwrap(lowerGraph(graph, { strategy }, env));
    const wanted = runGraph(graph, inputs, { rounding: true });
    const found = runTile(program, inputs, { rounding: true });
    expect(program.kernels).toHaveLength(1);
    for (const [name, tensor] of wanted) {
      const other = found.get(name);
      tensor.data.forEach((value, index) => {
        expect(other?.data[index]).toBeCloseTo(value, 5);
      });
    }
  });
});
