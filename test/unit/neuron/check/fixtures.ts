// Streams written by hand for the tests of the check: short makers for the parts of a stream, and one correct stream, a
// tiled product with rings, which the tests then break in one place at a time.

import { extent, term } from "../../../../ir-spec/affine.ts";
import type { Dtype } from "../../../../ir-spec/base/dtype.ts";
import { dtypeBytes } from "../../../../ir-spec/base/dtype.ts";
import { loopId, ringId, semId, tensorId } from "../../../../ir-spec/base/ids.ts";
import { invariant } from "../../../../ir-spec/base/result.ts";
import type { Machine } from "../../../../ir-spec/machine.ts";
import type { TensorRole } from "../../../../ir-spec/tile.ts";
import type { InstName } from "../../../../targets/neuron/isa/index.ts";
import { machineByName } from "../../../../targets/neuron/machines/index.ts";
import type {
  Address,
  Argument,
  ChipOperand,
  HbmOperand,
  Instruction,
  OperandDim,
  QueueName,
  QueueProgram,
  Semaphore,
  Stream,
  StreamItem,
  StreamLoop,
  StreamTensor,
} from "../../../../targets/neuron/stream.ts";

export function machineNamed(name: string): Machine {
  const machine = machineByName(name);
  invariant(machine !== undefined, `there is no machine ${name}`);
  return machine;
}

/** base + scale * index(loop) for each [loop, scale], + slot bytes * register for each ring. */
export function address(
  base: number,
  terms: readonly (readonly [number, number])[] = [],
  rings: readonly (readonly [number, number])[] = [],
): Address {
  return {
    base: { constant: base, terms: terms.flatMap(([loop, scale]) => term(loopId(loop), scale).terms) },
    rings: rings.map(([ring, scale]) => ({ ring: ringId(ring), scale })),
  };
}

export function dim(stride: number, size: number): OperandDim {
  return { stride, size: extent(size) };
}

/** An on-chip operand of contiguous columns. */
export function chip(
  memory: "sbuf" | "psum",
  dtype: Dtype,
  at: Address | number,
  partitions: number,
  columns: number,
): ChipOperand {
  const place = typeof at === "number" ? address(at) : at;
  return {
    memory,
    dtype,
    startPartition: 0,
    partitions: extent(partitions),
    address: place,
    dims: [dim(1, columns)],
  };
}

export function hbm(tensor: number, dtype: Dtype, at: Address | number, dims: readonly OperandDim[]): HbmOperand {
  const place = typeof at === "number" ? address(at) : at;
  return { memory: "hbm", dtype, tensor: tensorId(tensor), address: place, dims };
}

export function inst(name: InstName, args: Readonly<Record<string, Argument>>): Instruction {
  return { kind: "inst", inst: name, args, kernel: 0 };
}

export const operand = (value: ChipOperand | HbmOperand): Argument => ({ kind: "operand", operand: value });

export function acquire(sem: number, count = 1): Instruction {
  return inst("acquire", { sem: { kind: "sem", sem: semId(sem) }, count: { kind: "value", value: count } });
}

export function release(sem: number, count = 1): Instruction {
  return inst("release", { sem: { kind: "sem", sem: semId(sem) }, count: { kind: "value", value: count } });
}

export function copy(dst: ChipOperand | HbmOperand, src: ChipOperand | HbmOperand): Instruction {
  return inst("dma_copy", { dst: operand(dst), src: operand(src) });
}

export function tensorCopy(dst: ChipOperand, src: ChipOperand): Instruction {
  return inst("tensor_copy", { dst: operand(dst), src: operand(src) });
}

export function loop(
  id: number,
  trips: number,
  body: readonly StreamItem[],
  advance: readonly number[] = [],
): StreamLoop {
  return { kind: "loop", loop: loopId(id), trips: { max: trips }, advance: advance.map(ringId), body };
}

export function tensor(
  name: string,
  dtype: Dtype,
  shape: readonly number[],
  role: TensorRole,
  addressBytes: number,
): StreamTensor {
  return { name, dtype, shape, role, addressBytes };
}

export function semaphore(name: string, producer: QueueName, consumer: QueueName, initial = 0): Semaphore {
  return { name, producer, consumer, initial };
}

export function queue(name: QueueName, body: readonly StreamItem[]): QueueProgram {
  return { queue: name, body };
}

/** A stream of one kernel; what is not given is empty. */
export function makeStream(parts: Partial<Stream>): Stream {
  return {
    name: "test",
    machine: "tiny",
    tensors: [],
    loops: [],
    semaphores: [],
    rings: [],
    kernels: [{ name: "kernel", ops: [], schedule: "" }],
    placements: [],
    queues: [],
    ...parts,
  };
}

/** y = transpose(w) x, with w: [k, m], x: [k, n], y: [m, n], in tiles. */
export interface ProductSizes {
  readonly machine: string;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly tile: { readonly m: number; readonly n: number; readonly k: number };
  /** Depth of every ring. */
  readonly slots: number;
}

export const smallProduct: ProductSizes = {
  machine: "tiny",
  m: 8,
  n: 48,
  k: 16,
  tile: { m: 8, n: 16, k: 8 },
  slots: 2,
};

const semaphoreNames = ["x full", "x free", "w full", "w free", "acc full", "acc free", "y full", "y free"];
/** Numbers of the semaphores of the product by what they guard. */
export const sems = { xFull: 0, xFree: 1, wFull: 2, wFree: 3, accFull: 4, accFree: 5, yFull: 6, yFree: 7 };

/** A correct stream: dma0 loads, pe multiplies, dve takes the sums out of PSUM, dma1 stores. */
export function productStream(sizes: ProductSizes): Stream {
  const { m, n, k, slots } = sizes;
  const bytes = dtypeBytes("bf16");
  const sizeOf = { w: k * m * bytes, x: k * n * bytes };
  const ends: readonly (readonly [QueueName, QueueName])[] = [
    ["dma0", "pe"],
    ["dma0", "pe"],
    ["pe", "dve"],
    ["dve", "dma1"],
  ];
  const semaphores = semaphoreNames.map((name, at): Semaphore => {
    const [from, to] = ends[at >> 1] ?? ["pe", "pe"];
    return at % 2 === 0 ? semaphore(name, from, to) : semaphore(name, to, from, slots);
  });
  return makeStream({
    machine: sizes.machine,
    tensors: [
      tensor("w", "bf16", [k, m], "weight", 0),
      tensor("x", "bf16", [k, n], "input", sizeOf.w),
      tensor("y", "bf16", [m, n], "output", sizeOf.w + sizeOf.x),
    ],
    loops: ["im", "in", "ik"],
    semaphores,
    rings: [
      { name: "inputs", slots },
      { name: "results", slots },
    ],
    queues: productQueues(sizes),
  });
}

function productQueues({ m, n, k, tile, slots }: ProductSizes): readonly QueueProgram[] {
  const bytes = dtypeBytes("bf16");
  const [im, iN, ik] = [0, 1, 2];
  const [inputs, results] = [0, 1];
  const xSlotBytes = tile.n * bytes;
  const wSlotBytes = tile.m * bytes;
  const accSlotBytes = tile.n * dtypeBytes("f32");
  const xTile = chip("sbuf", "bf16", address(0, [], [[inputs, xSlotBytes]]), tile.k, tile.n);
  const wTile = chip("sbuf", "bf16", address(slots * xSlotBytes, [], [[inputs, wSlotBytes]]), tile.k, tile.m);
  const yBase = slots * (xSlotBytes + wSlotBytes);
  const yTile = chip("sbuf", "bf16", address(yBase, [], [[results, xSlotBytes]]), tile.m, tile.n);
  const accumulator = chip("psum", "f32", address(0, [], [[results, accSlotBytes]]), tile.m, tile.n);
  const wRows = [dim(m, tile.k), dim(1, tile.m)];
  const xRows = [dim(n, tile.k), dim(1, tile.n)];
  const yRows = [dim(n, tile.m), dim(1, tile.n)];
  const wSource = hbm(
    0,
    "bf16",
    address(0, [
      [im, tile.m * bytes],
      [ik, tile.k * m * bytes],
    ]),
    wRows,
  );
  const xSource = hbm(
    1,
    "bf16",
    address(0, [
      [iN, tile.n * bytes],
      [ik, tile.k * n * bytes],
    ]),
    xRows,
  );
  const yTarget = hbm(
    2,
    "bf16",
    address(0, [
      [im, tile.m * n * bytes],
      [iN, tile.n * bytes],
    ]),
    yRows,
  );
  const overResults = (body: readonly StreamItem[]) => [loop(im, m / tile.m, [loop(iN, n / tile.n, body, [results])])];
  const overInputs = (body: readonly StreamItem[]) => loop(ik, k / tile.k, body, [inputs]);
  const matmul = inst("matmul", {
    dst: operand(accumulator),
    moving: operand(xTile),
    accumulate: { kind: "flag", flag: { notFirst: [loopId(ik)] } },
  });
  const load = [
    ...[acquire(sems.wFree), copy(wTile, wSource), release(sems.wFull)],
    ...[acquire(sems.xFree), copy(xTile, xSource), release(sems.xFull)],
  ];
  const multiply = [
    ...[acquire(sems.wFull), inst("load_weights", { src: operand(wTile) }), release(sems.wFree)],
    ...[acquire(sems.xFull), matmul, release(sems.xFree)],
  ];
  const evict = [acquire(sems.accFull), acquire(sems.yFree), tensorCopy(yTile, accumulator)];
  return [
    queue("dma0", overResults([overInputs(load)])),
    queue("pe", overResults([acquire(sems.accFree), overInputs(multiply), release(sems.accFull)])),
    queue("dve", overResults([...evict, release(sems.accFree), release(sems.yFull)])),
    queue("dma1", overResults([acquire(sems.yFull), copy(yTarget, yTile), release(sems.yFree)])),
  ];
}
