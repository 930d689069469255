// Error codes E02nn: names that are unknown, doubled or out of place, and what is bound to them.

import { defineErrors } from "./define.ts";

export const nameErrors = defineErrors({
  E0201: {
    title: "unknown name",
    message: "`{name}` has no value here",
    help: "names are parameters, dimensions, or defined by an earlier `name = ...` in the same body",
    detail: "Wrong: `y = relu(hiden)`\n\nRight: `y = relu(hidden)`",
  },
  E0202: {
    title: "unknown op",
    message: "`{name}` is neither an op nor a function in this file",
    help: "`tgc list ops` prints all ops",
    detail: "Wrong: `y = matmull(a, b)`\n\nRight: `y = matmul(a, b)`",
  },
  E0203: {
    title: "duplicate definition",
    message: "duplicate {what} `{name}`; the first is on line {line}",
    help: "a name has one value; only `state` parameters, and names carried through a `for`, can be reassigned",
    detail:
      "Wrong:\n\n    h = relu(x)\n    h = h + x\n\nRight:\n\n    h = relu(x)\n    y = h + x\n\n" +
      "Inside `for`, a name from before the loop may be reassigned: it is carried from one iteration to the next.",
  },
  E0204: {
    title: "name used before its definition",
    message: "`{name}` is used before its definition on line {line}",
    help: "move the definition up; statements run in textual order",
    detail: "Wrong:\n\n    y = h + x\n    h = relu(x)\n\nRight:\n\n    h = relu(x)\n    y = h + x",
  },
  E0205: {
    title: "unknown argument name",
    message: "{op}: unknown argument `{name}`, expected {expected}",
    help: "see `tgc explain {op}`",
    detail: "Wrong: `softmax(x, axes=-1)`\n\nRight: `softmax(x, axis=-1)`",
  },
  E0206: {
    title: "argument given twice",
    message: "{op}: `{name}` is given twice, expected once",
    help: "remove one of them",
    detail: "Wrong: `softmax(x, axis=0, axis=1)`\n\nRight: `softmax(x, axis=1)`",
  },
  E0207: {
    title: "wrong number of arguments",
    message: "{op}: expected {expected}, found {found}",
    help: "operands are given without names, attributes with names: `softmax(x, axis=-1)`",
    detail: "Wrong: `matmul(a)`\n\nRight: `matmul(a, b)`",
  },
  E0209: {
    title: "wrong number of results",
    message: "{op} returns {found}, expected {expected}",
    help: "one name on the left for each result: `a, b = split(x, ...)`",
    detail: "Wrong: `a = top_k(x, k=2)`\n\nRight: `values, indices = top_k(x, k=2)`",
  },
  E0210: {
    title: "unknown dtype",
    message: "expected a dtype ({expected}), found `{name}`",
    help: "a type is a dtype and a shape, such as bf16[128, 768]",
    detail: "Wrong: `x: float32[4]`\n\nRight: `x: f32[4]`",
  },
  E0211: {
    title: "function uses itself",
    message: "cyclic use of `{name}`: {cycle}",
    help: "functions are inlined, so none can call itself; repeat with `for i in 0..n { ... }`",
    detail: "Wrong: `def f(x) { return f(x) }`",
  },
  E0212: {
    title: "unknown graph",
    message: "unknown graph `{name}`, expected {expected}",
    help: "`--graph` takes the name of a graph of the file",
    detail: "A file may hold several graphs; `--graph name` picks one.",
  },
  E0213: {
    title: "unknown dimension",
    message: "unknown dimension `{name}`, expected {expected}",
    help: "`--dim T=256` sets a dimension from the `<...>` after the graph's name, or a `dim` in the file",
    detail: "Wrong: `--dim N=256` for `graph g<T = 128>(...)`\n\nRight: `--dim T=256`",
  },
  E0214: {
    title: "not known at compile time",
    message: "expected {expected} that is known at compile time, found a tensor for {found}",
    help: "dimensions, loop bounds and attributes consist of numbers and dimension names only",
    detail: "Wrong: `reshape(x, shape=[x, 2])`\n\nRight: `reshape(x, shape=[T, 2])`",
  },
  E0215: {
    title: "number without a dtype",
    message: "nothing determines the dtype of the number {found}",
    help: "a number takes the dtype of the tensor next to it; otherwise write `full(value={found}, shape=[], dtype=f32)`",
    detail: "Wrong: `y = exp(1.0)`\n\nRight: `y = x * 1.0` or `one: f32[] = 1.0`",
  },
  E0216: {
    title: "declared type differs",
    message: "expected {expected} as declared for `{name}`, found {found}",
    help: "change the declaration, or convert with `cast` or `reshape`",
    detail: "Wrong: `h: f32[4] = cast(x, to=bf16)`\n\nRight: `h: bf16[4] = cast(x, to=bf16)`",
  },
  E0217: {
    title: "result without a value",
    message: "result `{name}` of `{graph}` has no value",
    help: "add `{name} = ...` to the body",
    detail:
      "Wrong: `graph g(x: f32[4]) -> (y: f32[4]) { z = x }`\n\nRight: `graph g(x: f32[4]) -> (y: f32[4]) { y = x }`",
  },
  E0218: {
    title: "index out of range",
    message: "index {index} into `{name}` is out of range, expected 0 to {last}: dimension {axis} has size {size}",
    help: "check that the stacked weight has a slice for every iteration of the loop",
    detail:
      "`w[i]` takes slice i of the leading dimension.\n\nWrong: `for i in 0..12 { x = matmul(x, w[i]) }` with `w: bf16[11, 64, 64]`\n\n" +
      "Right: the same with `w: bf16[12, 64, 64]`",
  },
  E0219: {
    title: "division leaves a remainder",
    message: "expected an exact division, found {left} / {right} with a remainder of {rest}",
    help: "for a fraction, write one of the numbers with a point: `1.0 / 8`",
    detail:
      "A dimension is an integer.\n\nWrong: `reshape(x, shape=[T, 10, D / 10])` with D = 768\n\nRight: `reshape(x, shape=[T, 12, D / 12])`",
  },
  E0220: {
    title: "bad dimension",
    message: "expected {expected} for {what}, found {found}",
    help: "dimensions are integers of at least 1",
    detail: "Wrong: `x: f32[T - 128]` with T = 128\n\nRight: `x: f32[T]`",
  },
  E0221: {
    title: "wrong kind of value",
    message: "expected {expected}, found {found}",
    help: "strings, lists and truth values are for attributes; operands are tensors or numbers",
    detail: 'Wrong: `y = x + "2"`\n\nRight: `y = x + 2`',
  },
  E0222: {
    title: "dimension without a value",
    message: "dimension `{name}` has no value",
    help: "give it a default, `<{name} = 128>`, or a value, `--dim {name}=128`",
    detail: "A dimension without a default must be set on the command line.",
  },
  E0223: {
    title: "number does not fit its dtype",
    message: "{found} is not a value of {dtype}",
    help: "the number takes its dtype from the tensor next to it; convert that with `cast(x, to=...)`",
    detail: "Wrong: `i * 0.5` where i is i32\n\nRight: `cast(i, to=f32) * 0.5`",
  },
  E0224: {
    title: "loop runs backwards",
    message: "expected an end that is at least the start, found the range {from}..{to}",
    help: "`for i in a..b` runs from a to b - 1",
    detail: "Wrong: `for i in 12..0 { ... }`\n\nRight: `for i in 0..12 { ... }`",
  },
  E0225: {
    title: "too many indices",
    message: "{found} indices into `{name}`, expected at most {rank}, its rank",
    help: "`w[i, j]` picks from the leading dimensions",
    detail: "Wrong: `w[0, 1, 2]` with `w: f32[4, 4]`\n\nRight: `w[0, 1]`",
  },
  E0226: {
    severity: "warning",
    title: "parameter that nothing reads",
    message: "nothing reads the {role} `{name}`",
    help: "remove it, use it, or begin its name with `_` where it is there on purpose",
    detail:
      "A weight that no result depends on is often one that was forgotten, such as a bias.\n\n" +
      "Wrong: `graph g(x: f32[4, 8], weight w: f32[8, 2], weight b: f32[2]) -> (y: f32[4, 2]) { y = matmul(x, w) }`\n\n" +
      "Right: the same with `y = matmul(x, w) + b`",
  },
  E0227: {
    severity: "warning",
    title: "statement without effect",
    message: "no result depends on `{name}`",
    help: "remove the statement, use what it computes, or begin its name with `_` where it is there on purpose",
    detail:
      "What no result and no state depends on is not computed: the compiler leaves it out. It often means that a later statement " +
      "reads another name than was meant.\n\n" +
      "Wrong: `h = relu(x)`, `y = matmul(x, w)`\n\nRight: `h = relu(x)`, `y = matmul(h, w)`",
  },
  E0228: {
    severity: "warning",
    title: "dimension that nothing uses",
    message: "nothing uses the dimension `{name}`",
    help: "remove it, use it in a type, or begin its name with `_` where it is there on purpose",
    detail:
      "Setting it with `--dim` would change nothing.\n\nWrong: `graph g<T = 4>(x: f32[4]) -> (y: f32[4])`\n\nRight: `graph g<T = 4>(x: f32[T]) -> (y: f32[T])`",
  },
});
