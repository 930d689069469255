// Two streams by hand that the simulator's tests share, and a run that must succeed.
import { term } from "../../../ir-spec/affine.ts";
import type { Dtype } from "../../../ir-spec/base/dtype.ts";
import { errorMessage } from "../../../ir-spec/base/errors/index.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import { elementCount, makeTensor, type Tensor } from "../../../ir-spec/base/tensor.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { machineByName } from "../../../targets/neuron/machines/index.ts";
import { type SimulateResult, simulate } from "../../../targets/neuron/sim/simulate.ts";
import type { Stream } from "../../../targets/neuron/stream.ts";
import { acquire, flag, hbm, inst, loop, psum, release, sbuf, streamBuilder, value } from "./stream-fixtures.ts";

const shipped = machineByName("tiny");
invariant(shipped !== undefined, "tiny is shipped");
export const tiny: Machine = shipped;

/** Small integers, so that products are exact in every format. */
export function counting(dtype: Dtype, shape: readonly number[]): Tensor {
  const tensor = makeTensor({ dtype, shape });
  for (let index = 0; index < elementCount(shape); index++) tensor.data[index] = ((index * 7) % 11) - 5;
  return tensor;
}

export function run(stream: Stream, inputs?: ReadonlyMap<string, Tensor>, machine: Machine = tiny): SimulateResult {
  const result = simulate(stream, machine, inputs);
  if (!result.ok) throw new Error(result.error.map(({ code, args }) => errorMessage(code, args)).join("\n"));
  return result.value;
}

/** y = transpose(w) x, with w: [8, 8], x: [8, 16]: load, multiply, evict, store, with tokens between the queues. */
export function productStream(): Stream {
  const b = streamBuilder();
  const w = b.tensor("w", "bf16", [8, 8], "weight");
  const x = b.tensor("x", "bf16", [8, 16], "input");
  const y = b.tensor("y", "f32", [8, 16], "output");
  const loaded = b.sem("loaded", "dma0", "pe");
  const product = b.sem("product", "pe", "act");
  const evicted = b.sem("evicted", "act", "dma1");
  const wTile = sbuf("bf16", { at: 0, p: 8, f: 8 });
  const xTile = sbuf("bf16", { at: 16, p: 8, f: 16 });
  const sums = psum("f32", { at: 0, p: 8, f: 16 });
  const yTile = sbuf("f32", { at: 64, p: 8, f: 16 });
  b.queue("dma0", [
    inst("dma_copy", { dst: wTile, src: hbm(w, "bf16", { at: 0, rows: 8, rowStride: 8, f: 8 }) }),
    inst("dma_copy", { dst: xTile, src: hbm(x, "bf16", { at: 0, rows: 8, rowStride: 16, f: 16 }) }),
    release(loaded),
  ]);
  b.queue("pe", [
    acquire(loaded),
    inst("load_weights", { src: wTile }),
    inst("matmul", { dst: sums, moving: xTile, accumulate: flag(false) }),
    release(product),
  ]);
  b.queue("act", [acquire(product), inst("tensor_copy", { dst: yTile, src: sums }), release(evicted)]);
  b.queue("dma1", [
    acquire(evicted),
    inst("dma_copy", { dst: hbm(y, "f32", { at: 0, rows: 8, rowStride: 16, f: 16 }), src: yTile }),
  ]);
  return b.build();
}

export const productInputs = new Map([
  ["w", counting("bf16", [8, 8])],
  ["x", counting("bf16", [8, 16])],
]);

/** Adds 1 to each row block of x, one row block at a time, through a ring of two slots. */
export function ringStream(trips: number): Stream {
  const b = streamBuilder();
  const x = b.tensor("x", "f32", [8 * trips, 4], "input");
  const y = b.tensor("y", "f32", [8 * trips, 4], "output");
  const i = b.loop("i");
  const slot = b.ring("slot", 2);
  const full = b.sem("full", "dma0", "dve");
  const free = b.sem("free", "dma1", "dma0", 2);
  const ready = b.sem("ready", "dve", "dma1");
  const tile = sbuf("f32", { at: 0, p: 8, f: 4, rings: [{ ring: slot, scale: 16 }] });
  const rows = (tensor: typeof x) =>
    hbm(tensor, "f32", { at: term(i, 8 * 4 * Float32Array.BYTES_PER_ELEMENT), rows: 8, rowStride: 4, f: 4 });
  const addOne = { dst: tile, src: tile, op0: value("add"), imm0: value(1), op1: value(null) };
  b.queue("dma0", [
    loop(i, trips, [acquire(free), inst("dma_copy", { dst: tile, src: rows(x) }), release(full)], [slot]),
  ]);
  b.queue("dve", [loop(i, trips, [acquire(full), inst("tensor_scalar", addOne), release(ready)], [slot])]);
  b.queue("dma1", [
    loop(i, trips, [acquire(ready), inst("dma_copy", { dst: rows(y), src: tile }), release(free)], [slot]),
  ]);
  return b.build();
}
