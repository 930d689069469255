// A program that calls the library: a stream that was not checked leaves SBUF in the last of five turns.
import { term } from "../../../ir-spec/affine.ts";
import { simulate } from "../../../targets/neuron/sim/simulate.ts";
import { tiny } from "../neuron/simulate-fixtures.ts";
import { inst, loop, sbuf, streamBuilder, value } from "../neuron/stream-fixtures.ts";
import type { Cause } from "./cause.ts";

export const cause: Cause = () => {
  const b = streamBuilder();
  const i = b.loop("i");
  const dst = sbuf("f32", { at: term(i, tiny.sbufBytesPerPartition / 4), p: 8, f: 1 });
  b.queue("dve", [loop(i, 5, [inst("memset", { dst, value: value(0) })])]);
  const ran = simulate(b.build(), tiny, new Map());
  return ran.ok ? [] : ran.error;
};
