// A program that calls the library: a type that was edited by hand.
import { mainOf, mistakesOf } from "../import/stablehlo/support.ts";
import type { Cause } from "./cause.ts";

export const cause: Cause = () =>
  mistakesOf(mainOf("tensor<4xf32>", "%r = stablehlo.transpose %a, dims = [0] : (tensor<4xf32>) -> tensor<8xf32>"));
