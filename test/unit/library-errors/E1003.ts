// A program that calls the library: the product of bf16 is given an f32.
import { simulate } from "../../../targets/neuron/sim/simulate.ts";
import { counting, productInputs, productStream, tiny } from "../neuron/simulate-fixtures.ts";
import type { Cause } from "./cause.ts";

export const cause: Cause = () => {
  const ran = simulate(productStream(), tiny, new Map([...productInputs, ["x", counting("f32", [8, 16])]]));
  return ran.ok ? [] : ran.error;
};
