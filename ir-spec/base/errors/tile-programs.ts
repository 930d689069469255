// Error codes E062n and E063n: the text of tile programs, and what verifies them.

import { defineErrors } from "./define.ts";

export const tileProgramErrors = defineErrors({
  E0620: {
    title: "syntax error in a tile program",
    message: "expected {expected}, found {found}",
    help: "`tgc lower` prints tile programs; TILE-OPS.md shows how to read and write them",
    detail:
      "This text is not part of a valid tile program. A statement is written on one line.\n\n" +
      "Wrong: `dma lhs[0; 128; 128:1] x[0, 0; 128:768; 128:1]`\n\nRight: `dma lhs[0; 128; 128:1] <- x[0, 0; 128:768; 128:1]`",
  },
  E0621: {
    title: "unknown name in a tile program",
    message: "unknown {what} `{name}`, expected {expected}",
    help: "a buffer is visible from its line to the end of the enclosing body, a loop in its own body; TILE-OPS.md lists the ops",
    detail:
      "Wrong:\n\n    for m in 0..4 { ... }\n    dma y[128*m, 0; ...] <- ...\n\nRight: the same with the `dma` inside the loop.",
  },
  E0622: {
    title: "bad value in a tile program",
    message: "{op}: `{name}` is {found}, expected {expected}",
    help: "TILE-OPS.md lists the attributes of every tile op",
    detail:
      "Wrong: `activation out[0; 128; 512:1] <- acc[0; 128; 512:1], func=gellu`\n\nRight: the same with `func=gelu`",
  },
  E0623: {
    title: "missing argument in a tile program",
    message: "{op}: missing {what} `{name}`",
    help: "TILE-OPS.md lists the operands and attributes of every tile op",
    detail:
      "Wrong: `tensor_tensor out[0; 128; 64:1] <- lhs=a[0; 128; 64:1], op=add`\n\nRight: the same with `rhs=b[0; 128; 64:1]`",
  },
  E0630: {
    title: "unknown id in a tile program",
    message: "{where}: unknown {what} {id}",
    help: "a buffer is visible from its `alloc` to the end of that body, a loop in its own body; tensors in HBM are visible everywhere",
    detail: "Found by a verifier: a pass produced a program that breaks the invariants of tile programs.",
  },
  E0631: {
    title: "access out of bounds",
    message: "{where}: operand `{operand}` touches {found} of `{buffer}`, expected {expected}",
    help: "clamp the size at the edge: `min(128, 500 - 128*m)`",
    detail:
      "An access must lie within its buffer in every iteration. Wrong: `x[128*m, 0; 128:768; 768:1]` for `m in 0..4` and 500 rows. Right: `x[128*m, 0; min(128, 500 - 128*m):768; 768:1]`.",
  },
  E0632: {
    title: "operand in the wrong memory",
    message: "{where}: operand `{operand}` is in {found}, expected {expected}",
    help: "TILE-OPS.md says which memories each operand may be in",
    detail:
      "Engines reach SBUF and PSUM, DMA reaches HBM and SBUF. Wrong: `tensor_copy x[...] <- acc[...]` with x in HBM.",
  },
  E0633: {
    title: "operands of different sizes",
    message: "{where}: operand `{operand}` has {found} {what}, expected {expected} as in {other}",
    help: "TILE-OPS.md says how the operands' shapes relate",
    detail: "Sizes agree in every iteration, including those of partial tiles, so both sides must be clamped alike.",
  },
  E0634: {
    title: "bad attribute of a tile op",
    message: "{where}: attribute `{name}` is {found}, expected {expected}",
    help: "TILE-OPS.md lists the attributes of every tile op",
    detail: "Found by a verifier: a pass produced a program that breaks the invariants of tile programs.",
  },
  E0635: {
    title: "operands of a tile op",
    message: "{where}: expected {expected}, found {found}",
    help: "TILE-OPS.md lists the operands of every tile op",
    detail:
      "All operands that are not optional are given, and no others; only `matmul` accumulates, only `iota` has a base.",
  },
  E0636: {
    title: "malformed buffer or loop",
    message: "{where}: expected {expected}, found {found}",
    help: "tensors in HBM have a role, constants have data, buffers on chip have slots",
    detail: "Sizes are integers of at least 1. Data is one number for all elements, or one for each.",
  },
  E0637: {
    title: "number in a tile program beyond its bounds",
    message: "{where}: expected {expected}, found {found}",
    help: "is a number mistyped? what a program may ask for is bounded, so that no file keeps a machine busy for days",
    detail:
      "Every number of a tile program is held against a bound before anything counts to it, allocates as much, or adds it up: iterations and nesting of loops, shapes, sizes, strides and offsets. Wrong: `for i in 0..1000000000000000 { ... }`",
  },
  E0638: {
    title: "statement in the wrong stage",
    message: "{where}: expected {expected}, found {found}",
    help: "a buffer has a slot for each iteration that uses it at a time; what iterations share is touched within one stage",
    detail:
      "A statement of stage j runs for iteration i - j while those of stage 0 run for iteration i. So a buffer that is written in stage 0 and read in stage 2 is in use by three iterations at a time, and needs three slots. A buffer from outside of the loop, or a tensor in HBM, that is written in the loop must be done with in one iteration before the next one touches it. Statements that stand in no loop have no stage.\n\nWrong:\n\n    for i in 0..4 {\n      sbuf t: f32[128, 64] x2\n      dma t[0; 128; 64:1] <- x[i, 0, 0; 128:64; 64:1]\n      activation u[0; 128; 64:1] <- t[0; 128; 64:1], func=exp stage 2\n    }\n\nRight: the same with `x3`.",
  },
});
