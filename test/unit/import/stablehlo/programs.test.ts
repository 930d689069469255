// Programs in the shape of exports from JAX: they read well as graphs, and compute what the same program in the language does.
import { expect, test } from "vitest";
import { printGraph } from "../../../../ir-spec/print-graph.ts";
import { makeRandomInputs } from "../../../../ir-spec/random-tensor.ts";
import { parseGraphs } from "../../../../src/text/index.ts";
import { imported, readProgram, run } from "./support.ts";

test.each(["mlp", "layer-norm", "attention"])("%s computes what the same graph does", (name) => {
  const { graph } = imported(readProgram(`${name}.mlir`));
  const written = parseGraphs({ name: `${name}.tg`, text: readProgram(`${name}.tg`) });
  if (!written.ok) throw new Error(JSON.stringify(written.error.map(({ code, args }) => ({ code, args }))));
  const [expected] = written.value;
  if (expected === undefined) throw new Error("no graph");
  const inputs = makeRandomInputs(graph, 7);
  const wanted = run(expected, inputs);
  // f32, and a bf16 result of the same roundings: 1e-5 of values around 1.
  for (const [index, { data }] of run(graph, inputs).entries()) {
    const worst = Math.max(...data.map((x, place) => Math.abs(x - (wanted[index]?.data[place] ?? Number.NaN))));
    expect(worst).toBeLessThan(1e-5);
  }
});

test("an exported program reads like one that was written: no broadcasts, axes kept, functions inlined", () => {
  expect(printGraph(imported(readProgram("mlp.mlir")).graph)).toBe(`\
graph main(arg0: f32[8, 16], arg1: f32[16, 32], arg2: f32[32], arg3: f32[32, 4]) -> (logits: f32[8, 4]) {
  %0: f32[8, 32] = matmul(arg0, arg1)
  %1: f32[8, 32] = add(%0, arg2)
  cst: f32[] = full(value=0, shape=[], dtype=f32)
  %2: f32[8, 32] = max(%1, cst)
  %3: f32[8, 4] = matmul(%2, arg3)
  %4: f32[8, 1] = reduce_max(%3, axes=[1])
  %5: f32[8, 4] = sub(%3, %4)
  %6: f32[8, 4] = exp(%5)
  %7: f32[8, 1] = reduce_sum(%6, axes=[1])
  logits: f32[8, 4] = div(%6, %7)
}
`);
});

test("a norm's mean keeps its axis, and one constant serves twice", () => {
  const text = printGraph(imported(readProgram("layer-norm.mlir")).graph);
  expect(text.match(/reduce_sum\(.*axes=\[2\]\)/g)).toHaveLength(2);
  expect(text).not.toMatch(/broadcast_to|unsqueeze|reshape/);
  expect(text.match(/value=8/g)).toHaveLength(1);
});
