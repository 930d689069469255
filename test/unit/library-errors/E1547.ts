// A program that calls the library: a module without a program.
import { mistakesOf } from "../import/stablehlo/support.ts";
import type { Cause } from "./cause.ts";

export const cause: Cause = () => mistakesOf("module {\n}\n");
