// Values of 8 bits on their way through the machine: casts to and from every narrow dtype, and what only moves them, are
// in the simulator what the reference says, bit for bit.
import { expect, test } from "vitest";
import type { Result } from "../../../ir-spec/base/result.ts";
import { makeRandomInputs } from "../../../ir-spec/random-tensor.ts";
import { loadGraph } from "../../../src/driver/choose-graph.ts";
import { graphToStream } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { simulate } from "../../../targets/neuron/sim/simulate.ts";
import { runGraph } from "../../../targets/ref/graph.ts";

const text = `graph narrow(x: f32[16, 24], q: u8[16, 24], k: i8[16, 24], e: f8e4m3[16, 24])
    -> (a: f8e4m3[16, 24], b: f8e5m2[24, 16], c: i8[16, 24], d: f32[16, 24], g: bf16[16, 24], h: u8[16, 24], s: bool[16, 24]) {
  a = cast(x * 100, to=f8e4m3)
  b = transpose(cast(x, to=f8e5m2), perm=[1, 0])
  c = cast(x * 50, to=i8)
  d = cast(q, to=f32) + cast(k, to=f32) * cast(e, to=f32)
  g = cast(e, to=bf16)
  h = cast(cast(q, to=i32) + 100, to=u8)
  s = equal(k, cast(q, to=i8))
}
`;

function expectOk<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

test.each(["trn2", "tiny"])("on %s", (machineName) => {
  const target = expectOk(targetByName(machineName));
  const { graph } = expectOk(loadGraph({ name: "narrow.tg", text }, {}));
  const stream = expectOk(graphToStream(graph, { target, strategy: "naive" })).value;
  const inputs = makeRandomInputs(graph, 3);
  const { outputs } = expectOk(simulate(stream, target.machine, inputs));
  const reference = runGraph(graph, inputs, { rounding: true });
  for (const [name, tensor] of outputs) {
    const wanted = reference.get(name);
    expect([name, tensor.dtype, tensor.data]).toEqual([name, wanted?.dtype, wanted?.data]);
  }
  expect(outputs.size).toBe(7);
});
