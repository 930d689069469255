// Small streams by hand: makers of operands and instructions, and a builder that numbers tensors, loops, semaphores and rings.
import { type Affine, constant, type Extent, extent, type Flag } from "../../../ir-spec/affine.ts";
import type { AttrValue } from "../../../ir-spec/base/attr.ts";
import type { Dtype } from "../../../ir-spec/base/dtype.ts";
import {
  type LoopId,
  loopId,
  type RingId,
  ringId,
  type SemId,
  semId,
  type TensorId,
  tensorId,
} from "../../../ir-spec/base/ids.ts";
import type { TensorRole } from "../../../ir-spec/tile.ts";
import { type HeldArgument, type InstArgs, makeInst } from "../../../targets/neuron/inst-args.ts";
import type { InstName } from "../../../targets/neuron/isa/index.ts";
import type {
  Instruction,
  OperandDim,
  Placement,
  QueueName,
  RingTerm,
  Stream,
  StreamItem,
  StreamLoop,
} from "../../../targets/neuron/stream.ts";

type Size = number | Extent;
type AddressOrAffine = number | Affine;

const toExtent = (size: Size): Extent => (typeof size === "number" ? extent(size) : size);
const toAffine = (place: AddressOrAffine): Affine => (typeof place === "number" ? constant(place) : place);

interface ChipPlace {
  /** Byte address in each partition. */
  readonly at: AddressOrAffine;
  readonly p: Size;
  /** Elements in a row; with `dims` instead, any pattern. */
  readonly f?: Size;
  readonly dims?: readonly OperandDim[];
  readonly start?: number;
  readonly rings?: readonly RingTerm[];
}

const chip =
  (memory: "sbuf" | "psum") =>
  (dtype: Dtype, { at, p, f = 1, dims, start = 0, rings = [] }: ChipPlace): HeldArgument<"operand"> => ({
    kind: "operand",
    operand: {
      memory,
      dtype,
      startPartition: start,
      partitions: toExtent(p),
      address: { base: toAffine(at), rings },
      dims: dims ?? [{ stride: 1, size: toExtent(f) }],
    },
  });

/** A tile in SBUF: `sbuf("bf16", { at: 0, p: 8, f: 16 })`. */
export const sbuf = chip("sbuf");
/** A tile in PSUM. */
export const psum = chip("psum");

interface HbmPlace {
  readonly at: AddressOrAffine;
  readonly rows: Size;
  /** Elements from row to row. */
  readonly rowStride: number;
  readonly f: Size;
}

/** `rows` rows of `f` elements of a tensor in HBM. */
export function hbm(tensor: TensorId, dtype: Dtype, { at, rows, rowStride, f }: HbmPlace): HeldArgument<"operand"> {
  return {
    kind: "operand",
    operand: {
      memory: "hbm",
      dtype,
      tensor,
      address: { base: toAffine(at), rings: [] },
      dims: [
        { stride: rowStride, size: toExtent(rows) },
        { stride: 1, size: toExtent(f) },
      ],
    },
  };
}

export const value = <const V extends AttrValue>(given: V) => ({ kind: "value", value: given }) as const;
export const flag = (given: Flag): HeldArgument<"flag"> => ({ kind: "flag", flag: given });
export const affine = (given: AddressOrAffine): HeldArgument<"affine"> => ({ kind: "affine", affine: toAffine(given) });

export function inst<N extends InstName>(name: N, args: InstArgs<N>, kernel = 0): Instruction {
  return makeInst(name, args, kernel);
}

/** An instruction whose arguments only the table knows. */
export function looseInst(name: InstName, args: Instruction["args"], kernel = 0): Instruction {
  return { kind: "inst", inst: name, args, kernel };
}

export function acquire(sem: SemId, count = 1): Instruction {
  return inst("acquire", { sem: { kind: "sem", sem }, count: value(count) });
}

export function release(sem: SemId, count = 1): Instruction {
  return inst("release", { sem: { kind: "sem", sem }, count: value(count) });
}

export function loop(
  id: LoopId,
  trips: Size,
  body: readonly StreamItem[],
  advance: readonly RingId[] = [],
): StreamLoop {
  return { kind: "loop", loop: id, trips: toExtent(trips), advance, body };
}

/** Collects the parts of a stream; `build` makes the value. */
export interface StreamBuilder {
  readonly tensor: (name: string, dtype: Dtype, shape: readonly number[], role: TensorRole) => TensorId;
  readonly loop: (name: string) => LoopId;
  readonly sem: (name: string, producer: QueueName, consumer: QueueName, initial?: number) => SemId;
  readonly ring: (name: string, slots: number) => RingId;
  readonly place: (placement: Placement) => void;
  readonly queue: (queue: QueueName, body: readonly StreamItem[]) => void;
  readonly build: () => Stream;
}

export function streamBuilder(machine = "tiny", kernels: readonly string[] = ["kernel"]): StreamBuilder {
  const tensors: Stream["tensors"][number][] = [];
  const loops: string[] = [];
  const semaphores: Stream["semaphores"][number][] = [];
  const rings: Stream["rings"][number][] = [];
  const placements: Placement[] = [];
  const queues: Stream["queues"][number][] = [];
  return {
    tensor: (name, dtype, shape, role) => tensorId(tensors.push({ name, dtype, shape, role, addressBytes: 0 }) - 1),
    loop: (name) => loopId(loops.push(name) - 1),
    sem: (name, producer, consumer, initial = 0) => semId(semaphores.push({ name, producer, consumer, initial }) - 1),
    ring: (name, slots) => ringId(rings.push({ name, slots }) - 1),
    place: (placement) => placements.push(placement),
    queue: (queue, body) => queues.push({ queue, body }),
    build: () => ({
      name: "fixture",
      machine,
      tensors,
      loops,
      semaphores,
      rings,
      kernels: kernels.map((name) => ({ name, ops: [], schedule: "" })),
      placements,
      queues,
    }),
  };
}

/** The stream with its tensors side by side in HBM. */
export function sideBySide(stream: Stream): Stream {
  const spacingBytes = 4096;
  const tensors = stream.tensors.map((tensor, index) => ({ ...tensor, addressBytes: index * spacingBytes }));
  return { ...stream, tensors };
}
