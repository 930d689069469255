// The report of a check as text: the rows of its three runs, what could not be judged, and what has no exact run.
import { expect, test } from "vitest";
import { roundTo } from "../../../ir-spec/base/dtype.ts";
import { check, parse } from "../../../src/index.ts";
import { printCheck } from "../../../src/report/print-check.ts";
import { read } from "../../bounds/noisy.ts";

test("the rows are those of all runs, and what is left out is said", async () => {
  const graph = read(
    parse(`graph g(x: bf16[2, 4]) -> (y: bf16[2, 4], s: bf16[2, 1], e: bf16[2, 4]) {
      y = x + x
      s = reduce_sum(x, axes=[1])
      e = exp(y)
    }`),
  );
  const data = Float64Array.from([3e38, 3e38, -3e38, -3e38, 1, 2, 3, 4], (x) => roundTo("bf16", x));
  const inputs = new Map([["x", { dtype: "bf16", shape: [2, 4], data } as const]]);
  const text = printCheck(read(await check(graph, { target: "tiny", inputs })));
  for (const run of ["own", "f32", "exact"])
    expect(text).toMatch(new RegExp(`^y: bf16.2, 4. +neuron +${run} +yes`, "m"));
  expect(text).toContain("s of neuron (own): unchecked elements: 1, as f32 may overflow on the way to them\n");
  expect(text).toContain("exact: integers from -3 to 3; every bit is compared\nno exact run of e: exp rounds\n");
});

test("why executors did not run is said once, however many and in however many runs", async () => {
  const graph = read(parse("graph g(x: bf16[2, 4]) -> (y: bf16[2, 4]) { y = x + x }"));
  const text = printCheck(read(await check(graph, { target: "tiny", executors: ["neuron", "webgpu", "webgpu-isa"] })));
  const runs = "own, f32, exact";
  expect(text).toContain(`\nwebgpu (${runs}), webgpu-isa (${runs}): no WebGPU host was given; hand one in\n`);
  expect(text.match(/no WebGPU host/g)).toHaveLength(1);
});
