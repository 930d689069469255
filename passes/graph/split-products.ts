// Graph -> graph: a product whose columns are taken apart and meet again becomes one product for each part, over the same rows. Packed
// weights, such as those of a gate and what it lets through, are written so; in parts the whole is one kernel, and nothing passes
// through HBM.

import { formatNs } from "../../ir-spec/base/format-numbers.ts";
import type { ValueId } from "../../ir-spec/base/ids.ts";
import { invariant, ok } from "../../ir-spec/base/result.ts";
import type { FusionMode } from "../../ir-spec/fusion-mode.ts";
import { type Graph, graphOutputs, type Node, typeOf } from "../../ir-spec/graph.ts";
import { makeGraphBuilder } from "../../ir-spec/graph-builder.ts";
import { nameValues } from "../../ir-spec/print-graph.ts";
import { definePass, makeRemark, type PassEnv, type PassOutput } from "../pass.ts";
import { type Rewriter, rewriteGraph } from "../rewrite.ts";
import { removeDead } from "./dead.ts";
import { keyOfEqual } from "./fuse/price.ts";
import { fuse } from "./fuse.ts";
import { findPackedProducts, type PackedProduct, type Part, type Step } from "./packed-products.ts";

export const splitProducts = definePass({
  name: "split-products",
  summary: "makes one product for each part of columns, where the parts meet again",
  detail: `A matmul whose result, after elementwise ops alone, is taken apart along its columns becomes a matmul for each part, with that
part of the right operand's columns: those are views. It is done where an elementwise op joins two of the parts again, so that one
kernel can make all of it, where each part has the columns of the machine's array at least, since narrower parts leave some of it idle,
and where all of it, fused, takes less time than before, by the estimate that schedules are chosen by. Each element is the same sum as before.`,
  before: `graph example(x: f32[4, 8], w: f32[8, 256]) -> (y: f32[4, 128]) {
  a, b = split(matmul(x, w), sizes=[128, 128], axis=1)
  y = relu(a) * b
}`,
  after: `graph example(x: f32[4, 8], w: f32[8, 256]) -> (y: f32[4, 128]) {
  v = slice(w, starts=[0], ends=[128], axes=[1])
  a = matmul(x, v)
  u = slice(w, starts=[128], ends=[256], axes=[1])
  b = matmul(x, u)
  y = relu(a) * b
}`,
  from: "graph",
  to: "graph",
  options: fuse.options,
  run: (graph, { mode }, env) => ok(splitPacked(graph, { mode, env })),
});

/** What the times with and without are measured by. */
interface Choice {
  readonly mode: FusionMode;
  readonly env: PassEnv;
}

function splitPacked(graph: Graph, choice: Choice): PassOutput<Graph> {
  const found = findPackedProducts(graph, choice.env.machine.peColumns);
  if (found.length === 0) return { ir: graph, remarks: [] };
  const timesOf = makeMeasure(graph, choice);
  const names = nameValues(graph);
  const paying: PackedProduct[] = [];
  const remarks = found.map((packed) => {
    const { product, parts } = packed;
    const times = timesOf(packed);
    const shown = parts.map(({ value }) => `"${names[value]}"`).join(", ");
    const what = `matmul "${names[product.results[0]]}" into products of their own for ${shown}${printTimes(times)}`;
    if (!doesPay(times)) return makeRemark("missed", "split-products", `not split: ${what}`, product.span);
    paying.push(packed);
    return makeRemark("done", "split-products", `split: ${what}`, product.span);
  });
  return { ir: paying.length === 0 ? graph : splitAll(graph, paying), remarks };
}

/** Of what the parts of a product become (ns); infinite where it cannot be lowered. */
interface Times {
  readonly packed: number;
  readonly split: number;
}

/** Where nothing is known of the time in one product, parts are the more likely to fit. */
function doesPay({ packed, split }: Times): boolean {
  return split < packed || packed === Number.POSITIVE_INFINITY;
}

function printTimes({ packed, split }: Times): string {
  return [packed, split].every(Number.isFinite) ? `: ${formatNs(split)} in place of ${formatNs(packed)}` : "";
}

/** Measures packed products with what is around them, equal ones once. */
function makeMeasure(graph: Graph, choice: Choice): (packed: PackedProduct) => Times {
  const known = new Map<string, Times>();
  return ({ product, steps, after }) => {
    const part = partOfGraph(graph, new Set([product, ...steps.map(({ node }) => node), ...after]));
    const key = keyOfEqual(part);
    const times = known.get(key) ?? measure(part, choice);
    known.set(key, times);
    return times;
  };
}

function measure(part: Graph, { mode, env }: Choice): Times {
  const timeOf = (graph: Graph): number => {
    const fused = fuse.run(graph, { mode }, env);
    return (fused.ok ? env.kernelsNs(fused.value.ir) : undefined) ?? Number.POSITIVE_INFINITY;
  };
  return { packed: timeOf(part), split: timeOf(splitAll(part, findPackedProducts(part, env.machine.peColumns))) };
}

/** Some nodes as a graph of their own: what others make of it are inputs, what others read are results. */
function partOfGraph(graph: Graph, nodes: ReadonlySet<Node>): Graph {
  const builder = makeGraphBuilder("part");
  const newOf = new Map<ValueId, ValueId>();
  const within = graph.nodes.filter((node) => nodes.has(node));
  for (const node of within) {
    const operands = node.operands.map((value) => {
      const made = newOf.get(value) ?? builder.param("input", `p${newOf.size}`, typeOf(graph, value));
      newOf.set(value, made);
      return made;
    });
    const added = builder.copy(
      node,
      operands,
      node.results.map((result) => typeOf(graph, result)),
      {},
    );
    for (const [index, result] of node.results.entries()) newOf.set(result, added[index] as ValueId);
  }
  const outer = graph.nodes.filter((node) => !nodes.has(node));
  const read = new Set([
    ...graphOutputs(graph).map(({ value }) => value),
    ...outer.flatMap(({ operands }) => operands),
  ]);
  for (const value of within.flatMap(({ results }) => results)) {
    if (read.has(value)) builder.result(`r${value}`, newOf.get(value) as ValueId);
  }
  return builder.finish();
}

function splitAll(graph: Graph, found: readonly PackedProduct[]): Graph {
  const byValue = new Map(
    found.flatMap((packed) => packed.parts.map((part) => [part.value, { packed, part }] as const)),
  );
  const split = rewriteGraph(graph, (node, operands, to) => {
    if (!byValue.has(node.results[0])) return undefined;
    return node.results.map((result) => {
      const { packed, part } = byValue.get(result) ?? {};
      invariant(packed !== undefined && part !== undefined, "all results of a split are parts");
      return partOf(to, operands[0] as ValueId, packed.steps, part);
    });
  });
  return removeDead(split);
}

/** The columns of a value that the steps make of a product, computed alone. */
function partOf(to: Rewriter, value: ValueId, steps: readonly Step[], part: Part): ValueId {
  const call = to.definingCall(value);
  invariant(call !== undefined, "a packed product is computed");
  const step = steps.at(-1);
  if (step === undefined) {
    invariant(call.op === "matmul", "a packed product begins with a matmul");
    const [lhs, rhs] = call.operands as readonly [ValueId, ValueId];
    const columns = sliced(to, rhs, call.attrs.transpose_rhs ? -2 : -1, part);
    return to.add({ ...call, operands: [lhs, columns] })[0];
  }
  const width = to.typeOf(value).shape.at(-1);
  const operands = call.operands.map((operand, index) => {
    if (index === step.along) return partOf(to, operand, steps.slice(0, -1), part);
    return to.typeOf(operand).shape.at(-1) === width ? sliced(to, operand, -1, part) : operand;
  });
  return to.add({ ...call, operands })[0];
}

function sliced(to: Rewriter, value: ValueId, axis: number, { start, end }: Part): ValueId {
  const axes = [to.typeOf(value).shape.length + axis];
  return to.add({ op: "slice", operands: [value], attrs: { starts: [start], ends: [end], axes } })[0];
}
