// Every op with every dtype: those that OPS.md lists run on all executors and agree with the reference, and the others are
// refused. All ops of one dtype are one graph, as each run on a GPU takes a while; without TGC_LONG
// one dtype of each kind stands for the others.
import { afterAll, describe, expect, test } from "vitest";
import { type Dtype, dtypeNames } from "../../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { type Graph, graphOutputs, typeOf } from "../../../ir-spec/graph.ts";
import { type GraphBuilder, makeGraphBuilder } from "../../../ir-spec/graph-builder.ts";
import { type OpName, opNames } from "../../../ir-spec/ops/index.ts";
import { printGraph } from "../../../ir-spec/print-graph.ts";
import { acceptedExamples, dtypeExamples } from "../../../src/docs/op-dtypes.ts";
import { parseGraphs } from "../../../src/text/index.ts";
import { makeNodeGpuHost } from "../../../targets/gpu-host/node.ts";
import { runValueCase } from "../../values/run-case.ts";

const host = makeNodeGpuHost();
const adapter = await host.describe();
if (!adapter.ok) console.warn(`dtypes are not tested on webgpu: ${adapter.reason}; ${adapter.remedy}`);
afterAll(() => host.close());

function parsed(op: OpName, text: string): Graph {
  const graphs = parseGraphs({ name: `${op}.tg`, text });
  if (!graphs.ok) throw new Error(text);
  return graphs.value[0] as Graph;
}

/** Adds the nodes of another graph; its names get the op's name in front, and its states are inputs. */
function append(builder: GraphBuilder, op: OpName, graph: Graph): void {
  const values = new Map<ValueId, ValueId>();
  for (const { name, value } of graph.params) {
    values.set(value, builder.param("input", `${op}_${name}`, typeOf(graph, value)));
  }
  for (const node of graph.nodes) {
    const operands = node.operands.map((operand) => values.get(operand) as ValueId);
    const added = builder.add(node.op, operands, node.attrs);
    for (const [index, result] of node.results.entries()) values.set(result, added[index] as ValueId);
  }
  for (const [index, { value }] of graphOutputs(graph).entries()) {
    builder.result(`${op}_r${index}`, values.get(value) as ValueId);
  }
}

function allOpsOf(dtype: Dtype): Graph {
  const builder = makeGraphBuilder("ops");
  for (const op of opNames) {
    const found = acceptedExamples(op).find((example) => example.dtype === dtype);
    if (found !== undefined) append(builder, op, parsed(op, found.text));
  }
  return builder.finish();
}

test.each(opNames)("%s takes at least one dtype, and refuses others with a dtype's code", (op) => {
  const accepted = acceptedExamples(op);
  expect(accepted.length).toBeGreaterThan(0);
  for (const example of dtypeExamples(op)) {
    if (accepted.some(({ dtype }) => dtype === example.dtype)) continue;
    const refused = parseGraphs({ name: `${op}.tg`, text: example.text });
    const codes = refused.ok ? [] : refused.error.map(({ code }) => code);
    expect(["E0303", "E0306", "E0223"]).toEqual(expect.arrayContaining([codes[0]]));
  }
});

const isLong = process.env.TGC_LONG !== undefined;
const tested: readonly Dtype[] = isLong ? dtypeNames : ["bf16", "i32", "u8", "bool"];

describe("all ops that take a dtype run on all executors", () => {
  test.each(tested)("%s", async (dtype) => {
    const text = printGraph(allOpsOf(dtype));
    const found = { name: dtype, text, inputs: new Map(), expected: new Map(), tolerance: 0, refusals: new Map() };
    expect(await runValueCase(found, adapter.ok ? host : undefined)).toEqual([]);
  });
});
