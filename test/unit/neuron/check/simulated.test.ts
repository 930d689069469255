// What passes the check gives the same values on machines of very different speeds: mutants of a correct stream that the
// check lets pass, in the simulator.
import { expect, test } from "vitest";
import { dtypes } from "../../../../ir-spec/base/dtype.ts";
import { makeTensor, type Tensor } from "../../../../ir-spec/base/tensor.ts";
import type { Machine } from "../../../../ir-spec/machine.ts";
import { checkStream } from "../../../../targets/neuron/check/check.ts";
import { simulate } from "../../../../targets/neuron/sim/simulate.ts";
import type { Stream } from "../../../../targets/neuron/stream.ts";
import { mutantsOf } from "../../../property/mutations.ts";
import { machineNamed, productStream, smallProduct } from "./fixtures.ts";

const tiny = machineNamed("tiny");
const machines: readonly Machine[] = [
  tiny,
  { ...tiny, peClockHz: tiny.peClockHz / 50 },
  { ...tiny, dveClockHz: tiny.dveClockHz / 50 },
  { ...tiny, dmaStartNs: tiny.dmaStartNs * 50 },
  { ...tiny, semaphoreHopNs: tiny.semaphoreHopNs * 100 },
];

/** Small integers, so that every sum is exact. */
function inputsOf(stream: Stream): ReadonlyMap<string, Tensor> {
  return new Map(
    stream.tensors.flatMap((tensor, seed): [string, Tensor][] => {
      if (tensor.role === "output") return [];
      const values = makeTensor(tensor);
      for (let at = 0; at < values.data.length; at++) values.data[at] = ((at * 7 + seed * 3) % 11) - 5;
      return [[tensor.name, values]];
    }),
  );
}

function simulatedOutput(stream: Stream, machine: Machine): readonly number[] {
  const result = simulate(stream, machine, inputsOf(stream));
  return result.ok ? [...(result.value.outputs.get("y")?.data ?? [])] : [];
}

/** y[i, j] = sum over q of w[q, i] * x[q, j], rounded once. */
function product(stream: Stream): readonly number[] {
  const inputs = inputsOf(stream);
  const [w, x] = [inputs.get("w"), inputs.get("x")];
  const { m, n, k } = smallProduct;
  return Array.from({ length: m * n }, (_none, at) => {
    let sum = 0;
    for (let q = 0; q < k; q++) sum += (w?.data[q * m + Math.floor(at / n)] ?? 0) * (x?.data[q * n + (at % n)] ?? 0);
    return dtypes.bf16.round(sum);
  });
}

const control = productStream(smallProduct);

test("the correct stream computes the product", () => {
  for (const machine of machines) expect(simulatedOutput(control, machine)).toEqual(product(control));
});

test("tokens that can be doubled or moved change no value on any machine", () => {
  const mutants = mutantsOf(control, ["remove-token", "double-token", "move-token"]);
  const passing = mutants.filter(({ stream }) => checkStream(stream, tiny).ok);
  expect(passing.length).toBeGreaterThan(0);
  const wanted = product(control);
  const changed = passing.filter(({ stream }) =>
    machines.some((machine) => String(simulatedOutput(stream, machine)) !== String(wanted)),
  );
  expect(changed.map(({ name }) => name)).toEqual([]);
});
