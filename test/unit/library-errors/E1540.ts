// A program that calls the library: a program ends within an operation.
import { mistakesOf } from "../import/stablehlo/support.ts";
import type { Cause } from "./cause.ts";

export const cause: Cause = () =>
  mistakesOf("module {\n  func.func @main(%a: tensor<f32>) -> tensor<f32> {\n    %0 = stablehlo.add %a,");
