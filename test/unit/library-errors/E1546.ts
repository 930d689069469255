// A program that calls the library: a literal with too few numbers.
import { mainOf, mistakesOf } from "../import/stablehlo/support.ts";
import type { Cause } from "./cause.ts";

export const cause: Cause = () =>
  mistakesOf(mainOf("tensor<2xf32>", "%r = stablehlo.constant dense<[1.0]> : tensor<2xf32>"));
