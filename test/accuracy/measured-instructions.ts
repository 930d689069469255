// What single instructions take on a real trn2, as data. The machine's constants are fitted to these rows and to nothing larger.
// Source of all rows: instruction traces of attention kernels, github.com/allenkchau/trainium-kernel-fusion at d709ddf,
// profiling/artifacts (own statistics over their records; a row is the range of typical values, in ns).

import type { Dtype } from "../../ir-spec/base/dtype.ts";
import type { InstName } from "../../targets/neuron/isa/index.ts";

/** `interval`: from start to start, back to back. `duration`: from start to the result. */
export type Quantity = "interval" | "duration";

export interface MeasuredInstruction {
  readonly inst: InstName;
  readonly unit: "pe" | "act" | "dve";
  readonly quantity: Quantity;
  readonly dtype: Dtype;
  /** Elements in each partition, or columns. */
  readonly size: number;
  readonly from: "sbuf" | "psum";
  readonly func?: string;
  /** The array's clock is gated. */
  readonly gated?: true;
  /** One of the passes that an f32 matmul is. */
  readonly isPass?: true;
  readonly ns: readonly [min: number, max: number];
}

type Numbers = readonly [quantity: Quantity, size: number, min: number, max: number];

const rows = (
  given: Omit<MeasuredInstruction, "quantity" | "size" | "ns">,
  numbers: readonly Numbers[],
): readonly MeasuredInstruction[] =>
  numbers.map(([quantity, size, min, max]) => ({ ...given, quantity, size, ns: [min, max] }));

const matmul = { inst: "matmul", unit: "pe", from: "sbuf" } as const;
const transpose = { inst: "transpose", unit: "pe", from: "sbuf" } as const;
const loadWeights = { inst: "load_weights", unit: "pe", from: "sbuf" } as const;
const gated = { gated: true } as const;
const isPass = { isPass: true } as const;
const act = { unit: "act", dtype: "f32" } as const;
const dve = { unit: "dve", dtype: "f32" } as const;

export const measuredInstructions: readonly MeasuredInstruction[] = [
  ...rows({ ...matmul, dtype: "bf16" }, [
    ["interval", 128, 55, 56],
    ["interval", 512, 215, 217],
    ["duration", 512, 376, 389],
  ]),
  ...rows({ ...matmul, dtype: "bf16", ...gated }, [
    ["interval", 512, 426, 427],
    ["duration", 512, 630, 634],
  ]),
  ...rows({ ...matmul, dtype: "f32", ...isPass }, [
    ["interval", 128, 111, 112],
    ["interval", 512, 428, 432],
    ["duration", 128, 272, 275],
    ["duration", 512, 590, 593],
  ]),
  ...rows({ ...matmul, dtype: "f32", ...isPass, ...gated }, [
    ["interval", 128, 213, 214],
    ["interval", 512, 853, 854],
    ["duration", 128, 417, 420],
    ["duration", 512, 1060, 1060],
  ]),
  ...rows({ ...transpose, dtype: "bf16" }, [
    ["interval", 128, 55, 56],
    ["duration", 128, 218, 219],
  ]),
  ...rows({ ...transpose, dtype: "bf16", ...gated }, [
    ["interval", 128, 106, 107],
    ["duration", 128, 310, 315],
  ]),
  ...rows({ ...transpose, dtype: "f32" }, [
    ["interval", 128, 108, 110],
    ["duration", 128, 271, 272],
  ]),
  ...rows({ ...transpose, dtype: "f32", ...gated }, [
    ["interval", 128, 213, 214],
    ["duration", 128, 417, 420],
  ]),
  ...rows({ ...loadWeights, dtype: "bf16" }, [["duration", 128, 95, 99]]),
  ...rows({ ...loadWeights, dtype: "bf16", ...gated }, [["duration", 128, 146, 150]]),
  ...rows({ ...loadWeights, dtype: "f32", ...isPass }, [["duration", 128, 191, 191]]),
  ...rows({ ...loadWeights, dtype: "f32", ...isPass, ...gated }, [["duration", 128, 332, 333]]),
  ...rows({ ...act, inst: "activation", func: "exp", from: "psum" }, [
    ["interval", 512, 570, 570],
    ["duration", 512, 679, 687],
  ]),
  ...rows({ ...act, inst: "activation", func: "exp", from: "sbuf" }, [
    ["interval", 512, 611, 613],
    ["duration", 512, 705, 712],
  ]),
  ...rows({ ...act, inst: "tensor_copy", from: "psum" }, [
    ["interval", 128, 156, 158],
    ["interval", 512, 465, 482],
    ["duration", 128, 264, 265],
    ["duration", 512, 584, 586],
  ]),
  ...rows({ ...dve, inst: "tensor_copy", from: "psum" }, [
    ["interval", 512, 598, 608],
    ["duration", 128, 289, 291],
    ["duration", 512, 679, 691],
  ]),
  ...rows({ ...dve, inst: "tensor_reduce", from: "psum" }, [
    ["interval", 512, 598, 598],
    ["duration", 512, 677, 691],
  ]),
  ...rows({ ...dve, inst: "tensor_reduce", from: "sbuf" }, [
    ["interval", 512, 592, 612],
    ["duration", 4, 156, 157],
    ["duration", 16, 169, 169],
    ["duration", 512, 674, 686],
  ]),
  ...rows({ ...dve, inst: "tensor_scalar", from: "psum" }, [["duration", 128, 348, 351]]),
  ...rows({ ...dve, inst: "tensor_scalar", from: "sbuf" }, [
    ["interval", 512, 395, 396],
    ["duration", 512, 480, 482],
  ]),
  ...rows({ ...dve, inst: "reciprocal", from: "sbuf" }, [
    ["duration", 4, 167, 178],
    ["duration", 8, 202, 202],
  ]),
];

/**
 * Descriptors of hardware-generated transfers on one DMA engine: means over those within 3 ns of the most frequent time, since
 * whole nanoseconds are coarse here. An interval is from start to start of two that are both after another one.
 */
export interface MeasuredDescriptor {
  readonly quantity: Quantity;
  readonly engine: "busy" | "idle";
  readonly bytes: number;
  readonly meanNs: number;
}

const descriptors = (
  given: Omit<MeasuredDescriptor, "bytes" | "meanNs">,
  numbers: readonly (readonly [bytes: number, meanNs: number])[],
): readonly MeasuredDescriptor[] => numbers.map(([bytes, meanNs]) => ({ ...given, bytes, meanNs }));

export const measuredDescriptors: readonly MeasuredDescriptor[] = [
  ...descriptors({ quantity: "interval", engine: "busy" }, [
    [4, 5.9],
    [256, 14.1],
    [512, 23.6],
    [2048, 80.0],
    [4096, 155.4],
  ]),
  ...descriptors({ quantity: "duration", engine: "busy" }, [
    [4, 9.0],
    [256, 17.0],
    [512, 27.0],
    [2048, 83.0],
    [4096, 158.1],
  ]),
  ...descriptors({ quantity: "duration", engine: "idle" }, [
    [4, 7.0],
    [256, 15.1],
    [512, 24.1],
    [1024, 43.0],
    [2048, 81.8],
    [4096, 157.7],
  ]),
];

/** From one instruction's result, or a trigger's start, to the start of the one that waits for it. */
export interface MeasuredDependence {
  readonly what: "pe to act" | "pe to dve" | "act to dve" | "dve to act" | "act to pe" | "dve to pe" | "dve to itself";
  readonly ns: readonly [min: number, max: number];
}

export const measuredDependences: readonly MeasuredDependence[] = [
  { what: "pe to act", ns: [36, 38] },
  { what: "pe to dve", ns: [37, 40] },
  { what: "act to dve", ns: [33, 34] },
  { what: "dve to act", ns: [32, 36] },
  { what: "act to pe", ns: [51, 53] },
  { what: "dve to pe", ns: [54, 54] },
  { what: "dve to itself", ns: [34, 36] },
];

/** 256 rows of 2 KiB by hardware descriptors: from the trigger's start to the start of the instruction that waits for them. */
export const measuredTransfer = { rows: 256, rowBytes: 2048, ns: [3167, 3190] } as const;
