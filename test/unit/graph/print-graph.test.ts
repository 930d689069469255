// The canonical text of graphs: names, kernels, several results, states and aliases. Every text must read back as the
// graph that it was printed of.
import { expect, test } from "vitest";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import type { Graph } from "../../../ir-spec/graph.ts";
import { type GraphBuilder, makeGraphBuilder } from "../../../ir-spec/graph-builder.ts";
import { printGraph } from "../../../ir-spec/print-graph.ts";
import { parseGraphs } from "../../../src/text/index.ts";

const row = { dtype: "f32", shape: [4] } as const;

function one(values: readonly ValueId[]): ValueId {
  return values[0] as ValueId;
}

function print(build: (b: GraphBuilder) => void): string {
  const b = makeGraphBuilder("g");
  build(b);
  const graph = b.finish();
  const text = printGraph(graph);
  const again = parseGraphs({ name: "printed.tg", text });
  if (!again.ok)
    return expect.fail(`${text}\n${JSON.stringify(again.error.map(({ code, args }) => ({ code, args })))}`);
  expect(printGraph(again.value[0] as Graph)).toBe(text);
  expect(withoutNames(again.value[0] as Graph)).toEqual(withoutNames(graph));
  return text;
}

/** The graph without what is for people only. */
function withoutNames(graph: Graph) {
  const nodes = graph.nodes.map(({ op, operands, attrs, results, kernel }) => ({
    op,
    operands,
    attrs,
    results,
    kernel,
  }));
  return { ...graph, nodes, values: graph.values.map((value) => value.type) };
}

test("statements have types, and attributes where they differ from the default", () => {
  const text = print((b) => {
    const x = b.param("input", "x", { dtype: "bf16", shape: [2, 3] });
    const w = b.param("weight", "w", { dtype: "bf16", shape: [4, 3] });
    const h = b.add("matmul", [x, w], { transpose_rhs: true });
    b.result("y", one(b.add("gelu", h, { approximate: "tanh" }, { names: ["y"] })));
  });
  expect(text).toBe(`graph g(x: bf16[2, 3], weight w: bf16[4, 3]) -> (y: bf16[2, 4]) {
  %0: bf16[2, 4] = matmul(x, w, transpose_rhs=true)
  y: bf16[2, 4] = gelu(%0, approximate="tanh")
}
`);
});

test("a long header has one parameter per line", () => {
  const text = print((b) => {
    for (const name of ["first", "second", "third"]) {
      b.param("weight", `a_rather_long_name_of_the_${name}_weight`, row);
    }
    b.result("y", b.param("input", "x", row));
  });
  expect(text).toBe(`graph g(
  weight a_rather_long_name_of_the_first_weight: f32[4],
  weight a_rather_long_name_of_the_second_weight: f32[4],
  weight a_rather_long_name_of_the_third_weight: f32[4],
  x: f32[4],
) -> (y: f32[4]) {
  y = x
}
`);
});

test("names that are taken get a number, in the order of the values", () => {
  const text = print((b) => {
    const x = b.param("input", "x", row);
    const names = ["h", "h", "x", "y", "h_1"];
    const last = names.reduce((value, name) => one(b.add("exp", [value], {}, { names: [name] })), x);
    b.result("y", one(b.add("neg", [last])));
  });
  expect(text).toContain(`
  h: f32[4] = exp(x)
  h_1: f32[4] = exp(h)
  x_1: f32[4] = exp(h_1)
  y_1: f32[4] = exp(x_1)
  h_1_1: f32[4] = exp(y_1)
  y: f32[4] = neg(h_1_1)
`);
});

test("several results, and one value under two result names", () => {
  const text = print((b) => {
    const parts = b.add("split", [b.param("input", "x", row)], { sizes: [1, 3] }, { names: ["a"] });
    b.result("y", parts[1] as ValueId);
    b.result("z", parts[1] as ValueId);
  });
  expect(text).toContain(`{
  a: f32[1], y: f32[3] = split(x, sizes=[1, 3])
  z = y
}`);
});

test("kernels are blocks", () => {
  const text = print((b) => {
    const [first, second] = [b.kernel("first"), b.kernel("second")];
    const x = b.param("input", "x", row);
    const p = b.add("exp", [x], {}, { kernel: first });
    const q = b.add("neg", p, {}, { kernel: first });
    const r = b.add("exp", q, {}, { kernel: second });
    b.result("y", one(b.add("abs", r)));
  });
  expect(text).toContain(`{
  kernel first {
    %0: f32[4] = exp(x)
    %1: f32[4] = neg(%0)
  }
  kernel second {
    %2: f32[4] = exp(%1)
  }
  y: f32[4] = abs(%2)
}`);
});

test("a state is rebound by the node that makes its new content", () => {
  const text = print((b) => {
    const s = b.param("state", "s", row);
    const next = one(b.add("exp", [s]));
    b.update(s, next);
    b.result("y", one(b.add("neg", [next])));
  });
  expect(text).toContain("{\n  s: f32[4] = exp(s)\n  y: f32[4] = neg(s)\n}");
});

test("a state whose old content is read later is rebound at the end", () => {
  const text = print((b) => {
    const s = b.param("state", "s", row);
    const next = one(b.add("exp", [s]));
    b.update(s, next);
    b.result("y", one(b.add("sub", [s, next])));
  });
  expect(text).toContain("{\n  %0: f32[4] = exp(s)\n  y: f32[4] = sub(s, %0)\n  s = %0\n}");
});

test("a new content that is a result too keeps the user's choice of name", () => {
  const build = (name: string) => (b: GraphBuilder) => {
    const s = b.param("state", "s", row);
    const next = one(b.add("exp", [s], {}, { names: [name] }));
    b.update(s, next);
    b.result("y", next);
  };
  expect(print(build("s"))).toContain("{\n  s: f32[4] = exp(s)\n  y = s\n}");
  expect(print(build("y"))).toContain("{\n  y: f32[4] = exp(s)\n  s = y\n}");
});

test("states that swap their contents, and a result that is an old content", () => {
  const text = print((b) => {
    const p = b.param("state", "p", row);
    const q = b.param("state", "q", row);
    b.update(p, q);
    b.update(q, p);
    b.result("y", p);
  });
  expect(text).toContain("{\n  y = p\n  q_old = q\n  p_old = p\n  p = q_old\n  q = p_old\n}");
});

test("infinities and missing attributes", () => {
  const text = print((b) => {
    const none = b.add("full", [], { value: Number.NEGATIVE_INFINITY, shape: [], dtype: "f32" });
    b.result("y", one(b.add("add", [one(none), one(b.add("iota", [], { shape: [2], dtype: "f32" }))])));
  });
  expect(text).toContain("%0: f32[] = full(value=-inf, shape=[], dtype=f32)");
  expect(text).toContain("%1: f32[2] = iota(shape=[2], dtype=f32)");
});
