// What people write who come from Python gets a hint in the words of this language, and `fmt --fix` writes the program that was meant.
import { afterAll, expect, test } from "vitest";
import { makeFolder } from "../cli/run-in-folder.ts";

const folder = makeFolder();
afterAll(() => folder.remove());

const graph = (body: string) => `graph g(x: f32[4, 4], w: f32[4, 4]) -> (y: f32[4, 4]) {\n  ${body}\n}\n`;

/** What is written, the hint, and the line after the fixes; where that is missing, no fix is certain. */
interface HabitCase {
  readonly written: string;
  readonly hint: string;
  readonly fixed?: string;
}

const habits: readonly HabitCase[] = [
  { written: "y = x @ w", hint: "a matrix product is `matmul(x, w)`", fixed: "y = matmul(x, w)" },
  { written: "y = x @ w @ x", hint: "a matrix product is `matmul(x, w)`", fixed: "y = matmul(matmul(x, w), x)" },
  { written: "y = x ** 2", hint: "a power is `pow(x, 2)`", fixed: "y = pow(x, 2)" },
  { written: "y = np.exp(x)", hint: "ops have no module before them: `exp(...)`", fixed: "y = exp(x)" },
  {
    written: "y = torch.nn.functional.relu(x)",
    hint: "ops have no module before them: `relu(...)`",
    fixed: "y = relu(x)",
  },
  {
    written: "y = attention(x, x, x, is_causal=True)",
    hint: "it is written `true`",
    fixed: "y = attention(x, x, x, is_causal=true)",
  },
  { written: "y = relu(x) # positive", hint: "write `//` instead", fixed: "y = relu(x) // positive" },
  {
    written: "y = reduce_sum(x, axis=1, keepdims=True) + x",
    hint: "did you mean `axes=[1]`?",
    fixed: "y = reduce_sum(x, axes=[1], keepdims=true) + x",
  },
  {
    written: "y = reduce_sum(x, dim=-1, keepdim=true) + x",
    hint: "did you mean `axes=[-1]`?",
    fixed: "y = reduce_sum(x, axes=[-1], keepdims=true) + x",
  },
  { written: "y = softmax(x, dim=-1)", hint: "did you mean `axis`?", fixed: "y = softmax(x, axis=-1)" },
  { written: "y = concat(x w, axis=0)", hint: "insert `,`", fixed: "y = concat(x, w, axis=0)" },
  { written: "y = reshape(x, shape=[4 4])", hint: "insert `,`", fixed: "y = reshape(x, shape=[4, 4])" },
  { written: "y = matmul(x.T, w)", hint: "a transpose is `transpose(x, perm=[1, 0])`" },
  { written: "y = x[:, 0:4]", hint: "a part of a tensor is `slice(x, starts=[0], ends=[4], axes=[1])`" },
  { written: "y = linear(x, w)", hint: "here it is `matmul(x, w) + b`" },
  { written: "y = x.relu()", hint: "values have no methods: `relu(x, ...)`" },
  { written: "y = softmax(x, axis=None)", hint: "it is written `none`" },
];

test.each(habits)("$written: $hint", async ({ written, hint, fixed }) => {
  folder.write("g.tg", graph(written));
  const ran = await folder.run("print", "g.tg");
  expect(ran.exitCode).toBe(1);
  expect(ran.log).toContain(hint);
  const { out } = await folder.run("fmt", "--fix", "g.tg");
  if (fixed !== undefined) expect(out).toBe(graph(fixed));
});

// Python's precedence: `(w * x) @ w`, `x ** (2 ** 3)`, `x @ (w ** 2)`. The fix of one part alone would be another program.
test.each([
  "y = w * x @ w",
  "y = x / 2 @ w",
  "y = x ** 2 @ w",
  "y = x @ w ** 2",
  "y = x ** 2 ** 3",
  "y = x @ relu(exp(w))",
  "y = x ** relu(exp(w))",
])("%s gets a hint, but no fix, as none of its parts is an operand by itself", async (written) => {
  folder.write("g.tg", graph(written));
  expect((await folder.run("print", "g.tg")).log).toMatch(/a matrix product is `matmul|a power is `pow/);
  await folder.run("fmt", "--fix", "-w", "g.tg");
  expect(folder.read("g.tg")).toBe(graph(written));
});

test("a name after the call of a function that is called as another library's gets no hint about that", async () => {
  folder.write("g.tg", `def linear(x, w) { return matmul(x, w) }\n${graph("y = linear(x, z)\n  h = linear(q, w)")}`);
  const { log } = await folder.run("print", "g.tg");
  expect(log).toContain("`q` has no value here");
  expect(log).not.toContain("here it is");
});

test("a body without braces gets a hint", async () => {
  folder.write("f.tg", "def f(x):\n  return relu(x)\n");
  expect((await folder.run("print", "f.tg")).log).toContain("a body is in braces: `def f(...) { ... }`");
});

test("what stays wrong is reported; a text that does not parse is not written", async () => {
  folder.write("half.tg", graph("h = x @ w; y = rellu(h) + nothing"));
  const half = await folder.run("fmt", "--fix", "-w", "half.tg");
  expect(half.exitCode).toBe(1);
  expect(half.log).toContain("`nothing` has no value here");
  expect(folder.read("half.tg")).toContain("y = relu(h) + nothing");
  const broken = graph("y = x @ w\n  z = )");
  folder.write("broken.tg", broken);
  expect((await folder.run("fmt", "--fix", "-w", "broken.tg")).exitCode).toBe(1);
  expect(folder.read("broken.tg")).toBe(broken);
});

test("renamed fields of schedules are fixed", async () => {
  const schedule = (field: string) => `schedule s for g {\n  kernel * { ${field} }\n}\n`;
  folder.write("s.tg", `${graph("y = matmul(x, w)")}\n${schedule('turn="array"')}`);
  const ran = await folder.run("fmt", "--fix", "-w", "s.tg");
  expect(ran).toMatchObject({ exitCode: 0, out: "s.tg\n" });
  expect(folder.read("s.tg")).toContain('transpose_on="pe"');
});
