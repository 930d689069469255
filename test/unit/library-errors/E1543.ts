// A program that calls the library: a function that is not in the module.
import { mainOf, mistakesOf } from "../import/stablehlo/support.ts";
import type { Cause } from "./cause.ts";

export const cause: Cause = () =>
  mistakesOf(mainOf("tensor<4xf32>", "%r = call @relu(%a) : (tensor<4xf32>) -> tensor<4xf32>"));
