// A program that calls the library: a product is run without its operands.
import { simulate } from "../../../targets/neuron/sim/simulate.ts";
import { productStream, tiny } from "../neuron/simulate-fixtures.ts";
import type { Cause } from "./cause.ts";

export const cause: Cause = () => {
  const ran = simulate(productStream(), tiny, new Map());
  return ran.ok ? [] : ran.error;
};
