// A program that calls the library: in a stream that was not checked a third queue releases a token.
import { simulate } from "../../../targets/neuron/sim/simulate.ts";
import { tiny } from "../neuron/simulate-fixtures.ts";
import { release, streamBuilder } from "../neuron/stream-fixtures.ts";
import type { Cause } from "./cause.ts";

export const cause: Cause = () => {
  const b = streamBuilder();
  const sem = b.sem("full", "act", "dve");
  b.queue("pe", [release(sem)]);
  const ran = simulate(b.build(), tiny, undefined);
  return ran.ok ? [] : ran.error;
};
