// Text to syntax tree: how expressions group, where statements end, what is kept, and that one mistake hides no other.
import { expect, test } from "vitest";
import type { Expr } from "../../../src/text/ast.ts";
import { flatText } from "../../../src/text/format-doc.ts";
import { exprDoc } from "../../../src/text/format-expr.ts";
import { parseModule } from "../../../src/text/index.ts";
import { summary } from "./support.ts";

/** Parses an expression and writes it with all brackets. */
function grouped(text: string): string {
  const source = { name: "test.tg", text: `graph g() -> () { y = ${text}\n}` };
  const { module, diagnostics } = parseModule(source);
  expect(diagnostics.map(summary)).toEqual([]);
  const [graph] = module.items;
  const stmt = graph?.kind === "graph" ? graph.body[0] : undefined;
  return stmt?.kind === "assign" ? withBrackets(stmt.value) : "";
}

function withBrackets(expr: Expr): string {
  if (expr.kind === "infix") return `(${withBrackets(expr.left)} ${expr.operator} ${withBrackets(expr.right)})`;
  if (expr.kind === "negate") return `(-${withBrackets(expr.operand)})`;
  return expr.kind === "bracket" ? withBrackets(expr.inner) : flatText(exprDoc(expr));
}

function parseMistakes(text: string): readonly string[] {
  return parseModule({ name: "test.tg", text }).diagnostics.map(summary);
}

test("operators group by precedence, and from the left", () => {
  expect(grouped("a + b * c - d")).toBe("((a + (b * c)) - d)");
  expect(grouped("a / b / c")).toBe("((a / b) / c)");
  expect(grouped("a < b + c")).toBe("(a < (b + c))");
  expect(grouped("(a + b) * c")).toBe("((a + b) * c)");
  expect(grouped("-a * b")).toBe("((-a) * b)");
  expect(grouped("- -a[0] - -b")).toBe("((-(-a[0])) - (-b))");
});

test("attributes take every kind of value", () => {
  const call = 'op(a, b, n=-1, e=1e-5, big=inf, no=none, s="tanh", t=bf16, l=[1, -2,], on=true,)';
  expect(grouped(call)).toBe('op(a, b, n=-1, e=1e-5, big=inf, no=none, s="tanh", t=bf16, l=[1, -2], on=true)');
});

test("an expression continues in the next line inside brackets and after an operator only", () => {
  expect(grouped("(a\n  - b)")).toBe("(a - b)");
  expect(grouped("f(\n  a\n  - b,\n)")).toBe("f(a - b)");
  expect(grouped("a -\n  b")).toBe("(a - b)");
  expect(grouped("\n  a")).toBe("a");
  expect(parseMistakes("graph g() -> () {\n  y = a\n  - b\n}")).toEqual(["E0109 3:3"]);
});

test("statements end with their line or at a semicolon", () => {
  expect(parseMistakes("graph g() -> () {\n  a = b; c = d\n  e = f;\n}")).toEqual([]);
  expect(parseMistakes("graph g() -> () {\n  a = b c = d\n}")).toEqual(["E0103 2:9"]);
});

test("words that are special in one place may be names elsewhere", () => {
  const text =
    "graph g(weight weight: f32[1], state: f32[1], state dim: f32[1]) -> () {\n  kernel = dim\n  kernel kernel { schedule = kernel }\n}";
  expect(parseMistakes(text)).toEqual([]);
});

test("many mistakes are reported in one run, at most one a line", () => {
  const text = [
    "graph g(x: f32[4], y) -> (z: f32[4]) {",
    "  a = add(x y z)",
    "  b = relu(add(x, x)",
    "  c = (x +",
    "  d = x * ) 3",
    "  e = relu(x)",
    '  f = "abc',
    "  for = 3",
    "  g = 12ab + 'a'",
    "}",
    "graph h(x: f32[4]) -> (y: f32[4]) {",
    "  y = x +",
    "}",
    "def (",
  ].join("\n");
  expect(parseMistakes(text)).toEqual([
    "E0103 1:21",
    "E0103 2:13",
    "E0104 3:21",
    "E0103 5:3",
    "E0102 7:7",
    "E0103 8:7",
    "E0110 9:7",
    "E0103 13:1",
    "E0103 14:5",
  ]);
});

test("what could be read is in the tree, though there are mistakes", () => {
  const { module } = parseModule({
    name: "test.tg",
    text: "graph g(x: f32[4]) -> () {\n  a = add(x\n  b = x\n}\ndef f(x) { return x }",
  });
  expect(module.items.map((item) => item.kind)).toEqual(["graph", "def"]);
  const [graph] = module.items;
  const names =
    graph?.kind === "graph" ? graph.body.flatMap((stmt) => (stmt.kind === "assign" ? stmt.targets : [])) : [];
  expect(names.map(({ name }) => name.name)).toEqual(["a", "b"]);
});

test("comments are kept with their places", () => {
  const text = "// one\ngraph g() -> () { // two\n}\n// three";
  const { module } = parseModule({ name: "test.tg", text });
  expect(module.comments.map(({ start, end }) => text.slice(start, end))).toEqual(["// one", "// two", "// three"]);
});

test("schedules are kept as data", () => {
  const text = "schedule s for g {\n  kernel a { tile_m=128, order=[m, n] }\n  kernel * { }\n}";
  const { module, diagnostics } = parseModule({ name: "test.tg", text });
  expect(diagnostics).toEqual([]);
  const [schedule] = module.items;
  if (schedule?.kind !== "schedule") return expect.fail("no schedule");
  expect(schedule.graph.name).toBe("g");
  expect(schedule.kernels.map(({ name, entries }) => [name.name, entries.map((entry) => entry.name.name)])).toEqual([
    ["a", ["tile_m", "order"]],
    ["*", []],
  ]);
});

test("a text of Windows, with or without a byte order mark, reads as any other", () => {
  expect(parseMistakes("\ufeffgraph g() -> () {\r\n  a = b // c\r\n  d = a\r\n}\r\n")).toEqual([]);
});
