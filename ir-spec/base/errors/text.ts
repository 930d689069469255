// Error codes E01nn: characters, tokens and grammar.

import { defineErrors } from "./define.ts";

export const textErrors = defineErrors({
  E0101: {
    title: "unexpected character",
    message: "found the character {found}, which the language does not use",
    help: "take it out, or see ir-spec/GRAMMAR.md for what may stand here",
    detail:
      "Outside comments and strings a program has names, numbers, strings and the signs `( ) [ ] { } < > , : ; = + - * / -> ..` only.\n\n" +
      "Wrong: `y = x × 2`\n\nRight: `y = x * 2`",
  },
  E0102: {
    title: "string without an end",
    message: 'found a string without its closing ", wanted one on the same line',
    help: 'close the string with "',
    detail:
      'A string stands on one line.\n\nWrong: `gelu(x, approximate="tanh)`\n\nRight: `gelu(x, approximate="tanh")`',
  },
  E0103: {
    title: "syntax error",
    message: "found {found}, wanted {wanted}",
    help: "ir-spec/GRAMMAR.md shows the language by example",
    detail:
      "What stands here cannot be read as a part of the program.\n\n" +
      "Wrong: `y = add(a b)`\n\nRight: `y = add(a, b)`",
  },
  E0104: {
    title: "bracket never closed",
    message: "found {found}, wanted {wanted} to close the {open} of line {line}",
    help: "every bracket needs its partner",
    detail: "Wrong: `y = relu(add(a, b)`\n\nRight: `y = relu(add(a, b))`",
  },
  E0105: {
    title: "no graph in the file",
    message: "{file} has no graph, wanted at least one",
    help: "begin with `graph name(x: f32[4]) -> (y: f32[4]) { ... }`",
    detail:
      "A program holds one or more graphs; comments, `def`, `dim` and `schedule` alone give nothing to compile.\n\n" +
      "Right: `graph main(x: f32[4]) -> (y: f32[4]) { y = x + x }`",
  },
  E0106: {
    title: "not a text file",
    message: "{file} is not text: found {found}, wanted a program in UTF-8",
    help: "weights and inputs are given with `--weights` and `--input`; the program itself is text",
    detail: "A file with NUL bytes or many control characters is a binary file, not a program.",
  },
  E0107: {
    title: "file too large",
    message: "{file} has {found} {unit}, wanted at most {limit}",
    help: "keep large constants out of the text: make them `weight` parameters; repeat layers with `for`",
    detail:
      "The text of a program is limited so that a wrong file name cannot keep the compiler busy for minutes. Numbers belong in a weights file.",
  },
  E0108: {
    title: "nested too deeply",
    message: "found more than {limit} {what} in one another, wanted at most {limit}",
    help: "give names to parts of the expression; write fewer loops within loops",
    detail: "Wrong: thousands of brackets in one another.\n\nRight: `a = f(x)` on one line, `y = g(a)` on the next.",
  },
  E0109: {
    title: "line begins with an operator",
    message: "found `{operator}` at the beginning of a line, wanted a statement",
    help: "an expression goes on in the next line inside brackets, or after an operator at the line's end",
    detail: "Wrong:\n\n    y = a\n      + b\n\nRight:\n\n    y = a +\n      b",
  },
  E0110: {
    title: "malformed number",
    message: "found `{found}`, wanted a number or a name",
    help: "numbers are written 3, 0.5, 1e-5; names begin with a letter or _",
    detail: "Wrong: `2x = x + x`\n\nRight: `x2 = x + x`",
  },
  E0111: {
    title: "argument after attributes",
    message: "found an argument without a name after `{attr}=...`, wanted only attributes from there on",
    help: "operands come first, then attributes with their names: `op(a, b, attr=value)`",
    detail: "Wrong: `softmax(axis=-1, x)`\n\nRight: `softmax(x, axis=-1)`",
  },
  E0112: {
    title: "value without a name",
    message: "found a call of `{callee}` as a statement, wanted `name = {callee}(...)`",
    help: "no op has a side effect, so a value that gets no name is lost",
    detail: "Wrong: `relu(x)`\n\nRight: `y = relu(x)`",
  },
  E0113: {
    title: "comparisons in a row",
    message: "found a second comparison `{operator}` in one expression, wanted one",
    help: "compare twice and join with `logical_and`",
    detail: "Wrong: `a < b < c`\n\nRight: `logical_and(a < b, b < c)`",
  },
  E0114: {
    title: "program too large",
    message: "found more than {limit} {what}, wanted at most {limit}",
    help: "is a loop bound or a dimension mistyped?",
    detail:
      "Loops are unrolled and functions inlined, so a loop of a billion turns would be a graph of billions of ops.",
  },
  E0115: {
    title: "statement does not belong here",
    message: "found {found}, wanted {wanted}",
    help: "`return` ends a `def`; a graph names its results in `-> (...)`",
    detail:
      "Wrong: `graph g(x: f32[4]) -> (y: f32[4]) { return x }`\n\nRight: `graph g(x: f32[4]) -> (y: f32[4]) { y = x }`\n\n" +
      "A `def` ends with exactly one `return`, and a kernel block holds no other kernel block.",
  },
});
