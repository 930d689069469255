// Error codes E01nn: characters, tokens and grammar.

import { defineErrors } from "./define.ts";

export const textErrors = defineErrors({
  E0101: {
    title: "unexpected character",
    message: "unexpected character {found}",
    help: "remove it, or see ir-spec/GRAMMAR.md for what is allowed here",
    detail:
      "Outside comments and strings a program has names, numbers, strings and the symbols `( ) [ ] { } < > , : ; = + - * / -> ..` only.\n\n" +
      "Wrong: `y = x × 2`\n\nRight: `y = x * 2`",
  },
  E0102: {
    title: "string without an end",
    message: 'expected a closing " on the same line, found the end of the line',
    help: 'close the string with "',
    detail:
      'A string is written on one line.\n\nWrong: `gelu(x, approximate="tanh)`\n\nRight: `gelu(x, approximate="tanh")`',
  },
  E0103: {
    title: "syntax error",
    message: "expected {expected}, found {found}",
    help: "ir-spec/GRAMMAR.md shows the language by example",
    detail: "This text is not part of a valid program.\n\n" + "Wrong: `y = add(a b)`\n\nRight: `y = add(a, b)`",
  },
  E0104: {
    title: "bracket never closed",
    message: "expected {expected} to close the {open} of line {line}, found {found}",
    help: "every bracket needs a matching one",
    detail: "Wrong: `y = relu(add(a, b)`\n\nRight: `y = relu(add(a, b))`",
  },
  E0105: {
    title: "no graph in the file",
    message: "{file} has no graph, expected at least one",
    help: "begin with `graph name(x: f32[4]) -> (y: f32[4]) { ... }`",
    detail:
      "A program holds one or more graphs; comments, `def`, `dim` and `schedule` by themselves are nothing to compile.\n\n" +
      "Right: `graph main(x: f32[4]) -> (y: f32[4]) { y = x + x }`",
  },
  E0106: {
    title: "not a text file",
    message: "{file} is not text: found {found}, expected a program in UTF-8",
    help: "weights and inputs are given with `--weights` and `--input`; the program itself is text",
    detail: "A file with NUL bytes or many control characters is a binary file, not a program.",
  },
  E0107: {
    title: "file too large",
    message: "{file} has {found} {unit}, expected at most {limit}",
    help: "keep large constants out of the text: make them `weight` parameters; repeat layers with `for`",
    detail:
      "The text of a program is limited so that a wrong file name cannot keep the compiler busy for minutes. Numbers belong in a weights file.",
  },
  E0108: {
    title: "nested too deeply",
    message: "expected at most {limit} nested {what}, found more",
    help: "name parts of the expression; write fewer loops within loops",
    detail: "Wrong: thousands of nested brackets.\n\nRight: `a = f(x)` on one line, `y = g(a)` on the next.",
  },
  E0109: {
    title: "line begins with an operator",
    message: "expected a statement, found `{operator}` at the start of a line",
    help: "an expression continues on the next line inside brackets, or after an operator at the end of a line",
    detail: "Wrong:\n\n    y = a\n      + b\n\nRight:\n\n    y = a +\n      b",
  },
  E0110: {
    title: "malformed number",
    message: "expected a number or a name, found `{found}`",
    help: "numbers are written 3, 0.5, 1e-5; names begin with a letter or _",
    detail: "Wrong: `2x = x + x`\n\nRight: `x2 = x + x`",
  },
  E0111: {
    title: "argument after attributes",
    message: "expected only attributes after `{attr}=...`, found an argument without a name",
    help: "operands come first, then attributes with their names: `op(a, b, attr=value)`",
    detail: "Wrong: `softmax(axis=-1, x)`\n\nRight: `softmax(x, axis=-1)`",
  },
  E0112: {
    title: "value without a name",
    message: "expected `name = {callee}(...)`, found a call of `{callee}` as a statement",
    help: "no op has a side effect, so a value without a name is lost",
    detail: "Wrong: `relu(x)`\n\nRight: `y = relu(x)`",
  },
  E0113: {
    title: "comparisons in a row",
    message: "expected one comparison in an expression, found a second one, `{operator}`",
    help: "compare twice and combine with `logical_and`",
    detail: "Wrong: `a < b < c`\n\nRight: `logical_and(a < b, b < c)`",
  },
  E0114: {
    title: "program too large",
    message: "expected at most {limit} {what}, found more",
    help: "check loop bounds and dimensions for a typo",
    detail:
      "Loops are unrolled and functions inlined, so a loop of a billion iterations would be a graph of billions of ops.",
  },
  E0115: {
    title: "statement does not belong here",
    message: "expected {expected}, found {found}",
    help: "`return` ends a `def`; a graph declares its results in `-> (...)`",
    detail:
      "Wrong: `graph g(x: f32[4]) -> (y: f32[4]) { return x }`\n\nRight: `graph g(x: f32[4]) -> (y: f32[4]) { y = x }`\n\n" +
      "A `def` ends with exactly one `return`, and a kernel block holds no other kernel block.",
  },
});
