// Every elementwise op on special numbers, on everything that runs graphs, against the reference: NaN, infinities, zeros with their
// signs, integers and bools are the same; other floats lie within the error that the table of bounds states for the op. An
// adapter may take subnormal numbers for zeros.

import { afterAll, describe, expect, test } from "vitest";
import { dtypes, isFloat, ulpAt } from "../../../ir-spec/base/dtype.ts";
import type { Tensor } from "../../../ir-spec/base/tensor.ts";
import type { Graph } from "../../../ir-spec/graph.ts";
import { bounds, evaluationError } from "../../../src/driver/bounds.ts";
import { loadGraph } from "../../../src/driver/choose-graph.ts";
import { type ExecutorName, executors, makeTask, type Tensors } from "../../../src/driver/executors.ts";
import { runsOn } from "../../../src/driver/gpu-runs.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { makeNodeGpuHost } from "../../../targets/gpu-host/node.ts";
import { runGraph } from "../../../targets/ref/graph.ts";
import { type Applied, type SpecialProgram, specialPrograms } from "./programs.ts";

const host = makeNodeGpuHost();
const adapter = await host.describe();
if (!adapter.ok) console.warn(`special values are not tested on webgpu: ${adapter.reason}; ${adapter.remedy}`);
afterAll(() => host.close());

const onGpu: readonly ExecutorName[] = ["webgpu", "webgpu-isa"];
const names: readonly ExecutorName[] = ["tiles", "neuron", ...(adapter.ok ? onGpu : [])];

function graphOf({ text }: SpecialProgram): Graph {
  const loaded = loadGraph({ name: "special.tg", text }, {});
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return loaded.value.graph;
}

const minNormal = 2 ** dtypes.f32.minExponent;
const flushed = (x: number): number => (Math.abs(x) < minNormal ? Math.sign(x) * 0 : x);
/** A result that rounding makes normal may have been flushed before. */
const flushedResult = (x: number): number => (Math.abs(x) <= minNormal ? Math.sign(x) * 0 : x);

function mapAll(tensors: Tensors, map: (x: number) => number): Tensors {
  return new Map([...tensors].map(([name, tensor]) => [name, { ...tensor, data: tensor.data.map(map) }]));
}

/** Whether a result is right where the reference has `wanted`. */
function isRight({ op, dtype }: Applied, found: number, wanted: number): boolean {
  if (Object.is(found, wanted)) return true;
  if (!isFloat(dtype) || wanted === 0 || !Number.isFinite(wanted) || !Number.isFinite(found)) return false;
  const { relative, absolute } = evaluationError(op);
  const units = relative * Math.abs(wanted) + absolute * Math.max(1, Math.abs(wanted));
  return Math.abs(found - wanted) <= units * bounds.f32RoundOff.value + ulpAt(dtype, wanted);
}

function describeElement({ inputs }: SpecialProgram, result: Tensor, index: number): string {
  const operands = [...inputs].map(([name, { shape, data }]) => {
    const at = data.length === result.data.length ? index : Math.floor((index * data.length) / result.data.length);
    return `${name}=${show(data[shape.length === 2 && shape[1] === 3 ? index * 3 : at] ?? Number.NaN)}`;
  });
  return operands.join(", ");
}

const show = (x: number): string => (Object.is(x, -0) ? "-0" : `${x}`);

async function listWrong(program: SpecialProgram, name: ExecutorName): Promise<readonly string[]> {
  const graph = graphOf(program);
  const target = targetByName("trn2");
  if (!target.ok) throw new Error("no trn2");
  const task = makeTask({
    graph,
    inputs: program.inputs,
    options: { target: target.value, strategy: "heuristic" },
    gpu: runsOn(host),
  });
  const ran = await executors[name].run(task);
  if (ran.kind !== "done") return [JSON.stringify(ran)];
  const reference = runGraph(graph, program.inputs, { rounding: true });
  const allowed = onGpu.includes(name)
    ? [
        reference,
        mapAll(reference, flushedResult),
        runGraph(graph, mapAll(program.inputs, flushed), { rounding: true }),
      ]
    : [reference];
  return program.results.flatMap((applied) => {
    const found = ran.outputs.get(applied.name) as Tensor;
    const wanted = allowed.map((tensors) => tensors.get(applied.name) as Tensor);
    const wrong = [...found.data.keys()].filter((index) =>
      wanted.every(({ data }) => !isRight(applied, found.data[index] as number, data[index] as number)),
    );
    const [first] = wrong;
    if (first === undefined) return [];
    const [is, should] = [found.data[first], wanted[0]?.data[first]].map((x) => show(x ?? Number.NaN));
    const where = describeElement(program, found, first);
    return [
      `${applied.text}: ${wrong.length} of ${found.data.length}; for ${where} it is ${is}, and should be ${should}`,
    ];
  });
}

describe.each([...specialPrograms])("$name", (program) => {
  test.each([...names])("%s", async (name) => {
    expect(await listWrong(program, name)).toEqual([]);
  });
});
