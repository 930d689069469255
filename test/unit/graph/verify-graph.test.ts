// Each invariant of a graph, broken alone in a graph that is otherwise right.
import { expect, test } from "vitest";
import { errorMessage } from "../../../ir-spec/base/errors/index.ts";
import { kernelId, valueId } from "../../../ir-spec/base/ids.ts";
import type { Graph, Node } from "../../../ir-spec/graph.ts";
import { makeGraphBuilder } from "../../../ir-spec/graph-builder.ts";
import { verifyGraph } from "../../../ir-spec/verify-graph.ts";
import { row, sound, withNode, withValue } from "./sound-graph.ts";

const messages = (graph: Graph): readonly string[] =>
  verifyGraph(graph).map(({ code, args }) => `${code} ${errorMessage(code, args)}`);

test("a sound graph has no faults", () => {
  expect(messages(sound)).toEqual([]);
});

test("E0401: a value is used before its definition", () => {
  const [first, second, third] = sound.nodes as [Node, Node, Node];
  expect(messages({ ...sound, nodes: [second, first, third] })).toContain(
    "E0401 graph g: add uses %2 before its definition",
  );
});

test("E0402: a value is defined twice, or never", () => {
  expect(messages(withNode(0, { results: [valueId(3)] }))).toEqual([
    "E0401 graph g: add uses %2 before its definition",
    "E0402 graph g: %2 has 0 definitions, expected one",
    "E0402 graph g: %3 has 2 definitions, expected one",
  ]);
});

test("E0403: a type is not the one that the op infers", () => {
  expect(messages(withValue(4, { type: { dtype: "bf16", shape: [4] } }))).toEqual([
    "E0403 softmax: result 0 is bf16[4], expected f32[4]",
  ]);
  expect(messages(withNode(2, { results: [] }))).toContain("E0403 softmax: result 0 is nothing, expected f32[4]");
});

test("E0404 and others: attributes are exactly the op's", () => {
  expect(messages(withNode(2, { attrs: { axis: 0, axes: 0 } }))).toEqual([
    "E0404 softmax: attribute axes is not known, expected one of: axis",
  ]);
  expect(messages(withNode(2, { attrs: {} }))).toEqual(["E0310 softmax: attribute axis is missing, expected an axis"]);
});

test("E0413: axes are counted from 0", () => {
  expect(messages(withNode(2, { attrs: { axis: -1 } }))).toEqual([
    "E0413 softmax: attribute axis is -1, expected 0, as nodes count axes from 0",
  ]);
  expect(messages(withNode(2, { attrs: { axis: -0 } }))).toEqual([
    "E0413 softmax: attribute axis is -0, expected 0, as nodes count axes from 0",
  ]);
});

test("E0405: a kernel is not contiguous", () => {
  const split = withNode(0, { kernel: kernelId(0) });
  const torn = { ...split, nodes: split.nodes.with(1, { ...(split.nodes[1] as Node), kernel: kernelId(1) }) };
  expect(messages({ ...torn, kernels: [{ name: "sum" }, { name: "other" }] })).toEqual([
    "E0405 graph g: the nodes of kernel sum are not next to each other",
  ]);
});

test("E0406: a name is given twice", () => {
  expect(messages({ ...sound, kernels: [{ name: "sum" }, { name: "sum" }] })).toEqual([
    "E0406 graph g: duplicate name sum of two kernels",
  ]);
  expect(messages({ ...sound, results: [...sound.results, ...sound.results] })).toEqual([
    "E0406 graph g: duplicate name y of two results",
  ]);
});

test("E0407: something else than a state is updated, or a state twice", () => {
  const [update] = sound.updates;
  expect(messages({ ...sound, updates: [{ param: valueId(0), value: valueId(3) }] })).toEqual([
    "E0407 graph g: input x is updated, expected a state parameter, updated once",
  ]);
  expect(messages({ ...sound, updates: [update, update] as never })).toEqual([
    "E0407 graph g: state s is updated, expected a state parameter, updated once",
  ]);
});

test("E0408: a state changes its type", () => {
  const b = makeGraphBuilder("g");
  const s = b.param("state", "s", row);
  b.update(s, b.add("reduce_sum", [s])[0] as typeof s);
  expect(messages(b.finish())).toEqual(["E0408 graph g: the new contents of state s are f32[1], expected f32[4]"]);
});

test("E0409: a dimension is empty", () => {
  const b = makeGraphBuilder("g");
  b.result("y", b.param("input", "x", { dtype: "f32", shape: [2, 0] }));
  expect(messages(b.finish())).toEqual(["E0409 graph g: %0 is f32[2, 0], expected dimensions of at least 1"]);
});

test("E0410: an id names nothing", () => {
  expect(messages(withNode(0, { operands: [valueId(9)], kernel: kernelId(1) }))).toEqual([
    "E0410 graph g: exp names value 9, but there are only 5",
    "E0410 graph g: exp names kernel 1, but there are only 1",
  ]);
});

test("E0411: a result has the name of a parameter that it is not", () => {
  expect(messages({ ...sound, results: [{ name: "x", value: valueId(4) }] })).toEqual([
    "E0411 graph g: result x has the name of a parameter but is another value",
  ]);
  expect(messages({ ...sound, results: [{ name: "s", value: valueId(3) }] })).toEqual([]);
});

test("E0412: a name is none of the language", () => {
  const named = (name: string): Graph => ({ ...sound, name });
  expect(messages(named("for"))).toEqual([
    "E0412 graph for: the graph is called `for`, expected an identifier that is not a keyword",
  ]);
  expect(messages(named("a.b"))).toHaveLength(1);
  expect(messages({ ...sound, kernels: [{ name: "true" }] })).toHaveLength(1);
  expect(messages({ ...sound, results: [{ name: "in", value: valueId(4) }] })).toHaveLength(1);
  // Words that are special in one place only are names elsewhere.
  expect(messages(named("weight"))).toEqual([]);
});
