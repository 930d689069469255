// Error codes E1540 to E1549: programs in StableHLO's text form.

import { defineErrors } from "./define.ts";

export const stablehloErrors = defineErrors({
  E1540: {
    title: "malformed StableHLO text",
    message: "expected {expected}, found {found}",
    help: "export the program again as text: `print(lowered.as_text())` in JAX, `get_stablehlo_text()` in PyTorch/XLA",
    detail:
      "A StableHLO program is read in MLIR's text form, pretty or generic.\n\n" +
      "Wrong: `%0 = stablehlo.add %a, %b : tensor<4xf32`\n\nRight: `%0 = stablehlo.add %a, %b : tensor<4xf32>`",
  },
  E1541: {
    title: "operation that cannot be imported",
    message: "{op} cannot be imported: {why}",
    help: "write this part of the model with other operations and export it again",
    detail:
      "The importer reads the static part of StableHLO: elementwise operations, products, reductions with one operation, movement of elements, constants, and calls of functions. Loops, branches, random numbers and scatters have no counterpart in a graph.",
  },
  E1542: {
    title: "type that cannot be imported",
    message: "{type} cannot be imported: {why}",
    help: "export the model with static shapes, in one of the dtypes that `tgc explain dtypes` lists",
    detail:
      "Tensors of f32, bf16, f16, f8E4M3, f8E5M2, i32, i8, ui8 and i1 are read as they are, and i64 as i32 where constants fit.\n\nWrong: `tensor<?x4xf32>`\n\nRight: `tensor<8x4xf32>`",
  },
  E1543: {
    title: "name without a definition",
    message: "{name} is used here, but not defined before",
    help: "the text may be only a part of an exported program",
    detail:
      "A value is defined before it is used, and a function that is called is in the same module.\n\nWrong: `call @relu(%0)` in a module without `@relu`",
  },
  E1544: {
    title: "type that is not the computed one",
    message: "{op} gives {found}, but its type says {expected}",
    help: "export the program again; a text that was edited by hand may have a type of before",
    detail: "Wrong: `stablehlo.add %a, %b : tensor<4xf32>` for operands of 8 elements",
  },
  E1545: {
    title: "StableHLO program too large",
    message: "{what} has {found} {unit}, expected at most {limit}",
    help: "export one layer or one block by itself; pass weights as parameters of `@main`",
    detail:
      "The limits keep a wrong file from filling the memory. Functions are inlined, so their operations count at each call.",
  },
  E1546: {
    title: "malformed literal",
    message: "the literal is no {type}: {why}",
    help: "a literal has one number for each element, one number for all, or a string of hexadecimal digits",
    detail: "Wrong: `dense<[1.0, 2.0]> : tensor<3xf32>`\n\nRight: `dense<[1.0, 2.0, 3.0]> : tensor<3xf32>`",
  },
  E1547: {
    title: "module without a program",
    message: "{file} has no function @main, expected one",
    help: "a function that is exported from JAX or PyTorch/XLA is called @main",
    detail: "Of a module, `@main` is imported; where there is only one function, it may have another name.",
  },
});
