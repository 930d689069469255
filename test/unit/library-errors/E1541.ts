// A program that calls the library: an operation that graphs do not have.
import { mainOf, mistakesOf } from "../import/stablehlo/support.ts";
import type { Cause } from "./cause.ts";

export const cause: Cause = () => mistakesOf(mainOf("tensor<4xf32>", "%r = stablehlo.cbrt %a : tensor<4xf32>"));
