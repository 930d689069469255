// Two temporaries that live at the same time and are placed on the same bytes: the stream check reports it. It must, as the simulator
// keeps each tensor by itself, so that its values are those of tensors apart.
import { expect, test } from "vitest";
import { loadGraph } from "../../../../src/driver/choose-graph.ts";
import { graphToStream } from "../../../../src/driver/compile.ts";
import { targetByName } from "../../../../src/driver/targets.ts";
import { checkStream } from "../../../../targets/neuron/check/check.ts";
import { machineByName } from "../../../../targets/neuron/machines/index.ts";

const text = `graph g(x: f32[40, 40], w: f32[40, 40]) -> (y) {
  kernel a { a = matmul(x, w) }
  kernel b { b = matmul(a, w) }
  kernel c { c = matmul(b, w) }
  y = matmul(c, w) + a
}`;

test.each(["tiny", "trn2"].flatMap((machine) => ["b", "c"].map((other) => ({ machine, other }))))(
  "$machine: a, which is read last, with $other",
  ({ machine: name, other }) => {
    const graph = loadGraph({ name: "g.tg", text }, {});
    const target = targetByName(name);
    const machine = machineByName(name);
    if (!graph.ok || !target.ok || machine === undefined) throw new Error(JSON.stringify([graph, target]));
    const compiled = graphToStream(graph.value.graph, { target: target.value, strategy: "heuristic" });
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
    const stream = compiled.value.value;
    expect(checkStream(stream, machine).diagnostics).toEqual([]);
    const { addressBytes } = stream.tensors.find((tensor) => tensor.name === "a") ?? { addressBytes: Number.NaN };
    const tensors = stream.tensors.map((tensor) => (tensor.name === other ? { ...tensor, addressBytes } : tensor));
    const codes = checkStream({ ...stream, tensors }, machine).diagnostics.map(({ code }) => code);
    expect(codes.length).toBeGreaterThan(0);
    expect(codes.every((code) => code === "E0828" || code === "E0829")).toBe(true);
  },
);
