// Whether a changed stream gives other values, found out without the comparison: by the stream check, and by runs on inputs of its own.

import type { Machine } from "../../../../ir-spec/machine.ts";
import { makeRandomTensor } from "../../../../ir-spec/random-tensor.ts";
import { streamPorts } from "../../../../src/diff/diff-streams.ts";
import { sameBits } from "../../../../src/diff/values/compare.ts";
import { programIndexBounds } from "../../../../src/driver/index-bounds.ts";
import { checkStream } from "../../../../targets/neuron/check/check.ts";
import { simulate } from "../../../../targets/neuron/sim/simulate.ts";
import type { Stream } from "../../../../targets/neuron/stream.ts";

/** `a` is sound. */
export function isOtherStream(a: Stream, b: Stream, machine: Machine, seeds: readonly number[]): boolean {
  return !checkStream(b, machine).ok || seeds.some((seed) => differsOn(a, b, machine, seed));
}

function differsOn(a: Stream, b: Stream, machine: Machine, seed: number): boolean {
  const bounds = programIndexBounds({ stage: "stream", program: a, spanOf: () => undefined });
  const inputs = new Map(
    streamPorts(a)
      .filter(({ role }) => role !== "output")
      .map((port) => {
        const rowCount = bounds.get(port.name);
        const fill = rowCount === undefined ? undefined : ({ kind: "integer", min: 0, max: rowCount - 1 } as const);
        return [port.name, makeRandomTensor(port, seed, port.name, fill)] as const;
      }),
  );
  const [x, y] = [a, b].map((stream) => simulate(stream, machine, inputs));
  if (x?.ok !== true || y?.ok !== true) return x?.ok !== y?.ok;
  return [...x.value.outputs].some(([name, { data }]) => {
    const other = y.value.outputs.get(name)?.data;
    return data.some((value, at) => !sameBits(value, other?.[at] ?? Number.NaN));
  });
}
