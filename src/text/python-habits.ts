// What people write who come from Python, NumPy or PyTorch, and what it is called here: a table of forms in a line of text. A diagnostic
// whose place is in such a form gets the form's hint, and its fix where that is certain.

import type { Diagnostic, Fix, Note } from "../../ir-spec/base/result.ts";
import type { Span } from "../../ir-spec/base/span.ts";
import { isOpName } from "../../ir-spec/ops/index.ts";

interface Habit {
  readonly form: RegExp;
  /** By the parts of the form; `fix` is the text in its place. */
  readonly say: (...parts: readonly string[]) => { readonly note: string; readonly fix?: string } | undefined;
}

/** A name, a call without inner brackets, or a number. */
const operand = String.raw`(?<![\w.])([\w.]+(?:\([^()]*\)|\[[^[\]]*\])?)`;

/** What an operand ends before: it is not a part of a larger one, nor the base of a power, which binds closer on its left than all else. */
const operandEnd = String.raw`(?![\w.([]|\s*\*\*)`;

/** As in Python, `a * b @ c` is `(a * b) @ c`: what is on the left of such an operator belongs to its operand. */
const noProductBefore = String.raw`(?<![*/%]\s*)`;

const constants: Readonly<Record<string, string>> = { True: "true", False: "false", None: "none" };

/** Ops of other libraries whose arguments differ here. */
const otherCalls: Readonly<Record<string, string>> = {
  ...{ linear: "matmul(x, w) + b", dense: "matmul(x, w) + b", mm: "matmul(a, b)" },
  ...{ bmm: "matmul(a, b)", einsum: "matmul, transpose and reshape", addmm: "matmul(a, b) + c" },
  ...{
    flatten: "reshape(x, shape=[...])",
    expand_dims: "unsqueeze(x, axes=[0])",
    expand: "broadcast_to(x, shape=[...])",
  },
  ...{ astype: "cast(x, to=f32)", arange: "iota(shape=[n], dtype=i32)", zeros: "full(value=0, ...)" },
  ...{ ones: "full(value=1, ...)", scaled_dot_product_attention: "attention(q, k, v)" },
  ...{ index_select: "gather(x, indices, axis=0)", embedding: "gather(table, indices, axis=0)" },
};

const habits: readonly Habit[] = [
  {
    form: new RegExp(`${noProductBefore}${operand}\\s*@\\s*${operand}${operandEnd}`, "g"),
    say: (left, right) => ({
      note: `a matrix product is \`matmul(${left}, ${right})\``,
      fix: `matmul(${left}, ${right})`,
    }),
  },
  { form: /@/g, say: () => ({ note: "a matrix product is `matmul(a, b)`" }) },
  {
    form: new RegExp(`${operand}\\s*\\*\\*\\s*${operand}${operandEnd}`, "g"),
    say: (base, exponent) => ({ note: `a power is \`pow(${base}, ${exponent})\``, fix: `pow(${base}, ${exponent})` }),
  },
  { form: /\*\*/g, say: () => ({ note: "a power is `pow(a, b)`" }) },
  {
    form: /\b(?:np|numpy|jnp|jax|torch|F|nn|tf|math)(?:\.\w+)*\.(\w+)/g,
    say: (name = "") =>
      isOpName(name)
        ? { note: `ops have no module before them: \`${name}(...)\``, fix: name }
        : { note: `ops have no module before them${called(name)}` },
  },
  { form: /\b(\w+)\.T\b/g, say: (name) => ({ note: `a transpose is \`transpose(${name}, perm=[1, 0])\`` }) },
  {
    form: /\b(\w+)\.(\w+)\(/g,
    say: (value, name = "") => ({ note: `values have no methods: \`${name}(${value}, ...)\`${called(name)}` }),
  },
  { form: /\b\w+\.(?:shape|size|ndim|dtype)\b/g, say: () => ({ note: "sizes are numbers or dimensions such as `T`" }) },
  {
    form: /\b(\w+)\[[^[\]]*:[^[\]]*\]/g,
    say: (name) => ({ note: `a part of a tensor is \`slice(${name}, starts=[0], ends=[4], axes=[1])\`` }),
  },
  {
    form: /\b(True|False|None)\b/g,
    say: (word = "") => ({ note: `it is written \`${constants[word]}\``, fix: constants[word] ?? word }),
  },
  { form: /^\s*(?:import|from)\b.*/g, say: () => ({ note: "there is nothing to import: all ops are there" }) },
  {
    form: /^\s*def\s+(\w+)\s*\([^)]*\)[^{]*:/g,
    say: (name) => ({ note: `a body is in braces: \`def ${name}(...) { ... }\`` }),
  },
  {
    form: /^\s*for\s+(\w+)\s+in\s+range\(([^(),]*)\)\s*:?/g,
    say: (index, count) => ({ note: `a loop is \`for ${index} in 0..${count} { ... }\`` }),
  },
  {
    form: /\b(\w+)\s*[+\-*/]=/g,
    say: (name) => ({ note: `a value is given a new one in full: \`${name} = ${name} + ...\`` }),
  },
  { form: /\b(and|or|not)\b/g, say: (word) => ({ note: `it is an op: \`logical_${word}(...)\`` }) },
  {
    form: /\b(?:if|else|while|lambda)\b/g,
    say: () => ({ note: "there are no branches; `where(condition, a, b)` chooses element by element" }),
  },
  {
    form: /\b(\w+)\(/g,
    say: (name = "") => (Object.hasOwn(otherCalls, name) ? { note: `here it is \`${otherCalls[name]}\`` } : undefined),
  },
];

function called(name: string): string {
  return Object.hasOwn(otherCalls, name) ? `; here it is \`${otherCalls[name]}\`` : "";
}

/** Codes of mistakes that such a form causes. */
const codes = new Set(["E0101", "E0103", "E0110", "E0112", "E0201", "E0202"]);

/** No line of a person is longer (characters). */
const maxLine = 1000;

/** Adds the hint for what is written at a diagnostic's place, in place of a fix that another form has. */
export function withHabits(diagnostic: Diagnostic): Diagnostic {
  const { code, span } = diagnostic;
  if (span === undefined || !codes.has(code)) return diagnostic;
  const found = findHabit(span);
  if (found === undefined) return diagnostic;
  // What the parser guesses of a text that is in another language is not worth much.
  const notes = code === "E0103" ? [found.note] : [...diagnostic.notes, found.note];
  return found.fix === undefined ? { ...diagnostic, notes } : { ...diagnostic, notes, fix: found.fix };
}

/** The first form of the table that is written where the span is. */
function findHabit({ source, start, end }: Span): { readonly note: Note; readonly fix?: Fix } | undefined {
  const lineStart = source.text.lastIndexOf("\n", start - 1) + 1;
  const nextBreak = source.text.indexOf("\n", start);
  const line = source.text.slice(lineStart, nextBreak < 0 ? undefined : nextBreak);
  if (line.length > maxLine) return undefined;
  for (const { form, say } of habits) {
    for (const match of line.matchAll(form)) {
      const from = lineStart + match.index;
      const to = from + match[0].length;
      const said = from <= start && start < to && end <= to + 1 ? say(...match.slice(1)) : undefined;
      if (said === undefined) continue;
      const note = { text: said.note };
      if (said.fix === undefined) return { note };
      return {
        note,
        fix: { span: { source, start: from, end: to }, replacement: said.fix, title: `write \`${said.fix}\`` },
      };
    }
  }
  return undefined;
}
