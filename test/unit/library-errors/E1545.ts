// A program that calls the library: brackets in one another.
import { mistakesOf } from "../import/stablehlo/support.ts";
import type { Cause } from "./cause.ts";

export const cause: Cause = () => mistakesOf(`#a = ${"[".repeat(200)}`);
