// However a program writes a mask by position, the kernel knows which keys each query sees: no score is compared with positions, only
// what lies on the border. TGC_SEED picks other writings, TGC_LONG makes more of them.
import fc from "fast-check";
import { expect, test } from "vitest";
import { makeRandomInputs } from "../../ir-spec/random-tensor.ts";
import { lowerGraph } from "../../passes/lower/lower.ts";
import { parsePipeline } from "../../passes/pipeline-text.ts";
import { runPasses } from "../../passes/run.ts";
import { passEnv } from "../../src/driver/compile.ts";
import { targetByName } from "../../src/driver/targets.ts";
import { makeRandom } from "../../src/find/fuzz/random-choices.ts";
import { parseGraph, unwrap } from "../unit/passes/support.ts";
import { maskWriting } from "./mask-writings.ts";
import { runStages } from "./stages.ts";

const seed = Number(process.env.TGC_SEED ?? 1);
const numRuns = process.env.TGC_LONG === undefined ? 2 : 40;

const pipeline = "canonicalize,constant-fold,cse,dce,expand,canonicalize,cse,dce,fuse{mode=forced}";
const passes = unwrap(parsePipeline(pipeline, { from: "graph", to: "graph" }));

test.each(["tiny", "trn2"])(`masks are seen in what programs write, on %s, seed ${seed}`, (name) => {
  const target = unwrap(targetByName(name));
  const property = fc.property(fc.nat(2 ** 31 - 1), (own) => {
    const text = maskWriting(makeRandom(own));
    const graph = parseGraph(text);
    const outcome = runStages(graph, makeRandomInputs(graph, 1), {
      ...{ machine: target.machine, strategy: "heuristic", fusion: "forced" },
    });
    expect(outcome.kind === "wrong" ? `${outcome.stage}: ${outcome.why}\n${text}` : outcome.kind).toBe("agrees");
    const fused = unwrap(runPasses(passes, graph, { env: passEnv(target) })).ir;
    const { buffers } = unwrap(lowerGraph(fused, { strategy: "heuristic" }, passEnv(target))).program;
    expect(buffers.filter(({ dtype }) => dtype === "i32").map((buffer) => `${buffer.name}\n${text}`)).toEqual([]);
  });
  fc.assert(property, { numRuns, seed });
});
