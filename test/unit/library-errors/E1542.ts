// A program that calls the library: a dimension that is not known.
import { mainOf, mistakesOf } from "../import/stablehlo/support.ts";
import type { Cause } from "./cause.ts";

export const cause: Cause = () => mistakesOf(mainOf("tensor<?xf32>", "%r = stablehlo.abs %a : tensor<?xf32>"));
