// Error codes E062n and E063n: the text of tile programs, and what verifies them.

import { defineErrors } from "./define.ts";

export const tileProgramErrors = defineErrors({
  E0620: {
    title: "syntax error in a tile program",
    message: "found {found}, wanted {wanted}",
    help: "`tgc lower` prints tile programs; TILE-OPS.md shows how to read and write them",
    detail:
      "What stands here cannot be read as a part of a tile program. A statement stands on one line.\n\n" +
      "Wrong: `dma lhs[0; 128; 128:1] x[0, 0; 128:768; 128:1]`\n\nRight: `dma lhs[0; 128; 128:1] <- x[0, 0; 128:768; 128:1]`",
  },
  E0621: {
    title: "unknown name in a tile program",
    message: "found `{name}`, which is no {what} here, wanted {wanted}",
    help: "a buffer is known from its line to the end of the body that it stands in, a loop in its own body",
    detail:
      "Wrong:\n\n    for m in 0..4 { ... }\n    dma y[128*m, 0; ...] <- ...\n\nRight: the same with the `dma` inside the loop.",
  },
  E0622: {
    title: "bad value in a tile program",
    message: "{op}: `{name}` is {found}, wanted {wanted}",
    help: "TILE-OPS.md lists the attributes of every tile op",
    detail:
      "Wrong: `activation out[0; 128; 512:1] <- acc[0; 128; 512:1], func=gellu`\n\nRight: the same with `func=gelu`",
  },
  E0623: {
    title: "something is missing in a tile program",
    message: "{op}: found no {what} `{name}`, which must be given",
    help: "TILE-OPS.md lists the operands and attributes of every tile op",
    detail:
      "Wrong: `tensor_tensor out[0; 128; 64:1] <- lhs=a[0; 128; 64:1], op=add`\n\nRight: the same with `rhs=b[0; 128; 64:1]`",
  },
});
