// Random streams over the instruction table: names and values are right, addresses and shapes are anything.
import { dtypeNames } from "../../../../ir-spec/base/dtype.ts";
import { type LoopId, loopId, type RingId, ringId, semId, tensorId } from "../../../../ir-spec/base/ids.ts";
import type { Field } from "../../../../targets/neuron/isa/define.ts";
import { instDef, instNames } from "../../../../targets/neuron/isa/index.ts";
import type {
  Address,
  Argument,
  Instruction,
  Operand,
  OperandDim,
  QueueName,
  Stream,
  StreamItem,
} from "../../../../targets/neuron/stream.ts";
import { type Choices, makeChoices } from "../../random.ts";
import { awkwardNames, randomAffine, randomAttrValue, randomExtent, randomFlag } from "../../random-index.ts";

const queueNames = ["pe", "act", "dve", "pool", "sp", "dma0", "dma11"] as const satisfies readonly QueueName[];
const LOOPS = 6;
const KERNELS = 3;
const RINGS = 3;
const SEMAPHORES = 3;
const TENSORS = 3;

/** `count` things. */
function several<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}

/** A stream from a seed; the same seed gives the same stream. */
export function randomStream(seed: number): Stream {
  const choices = makeChoices(seed);
  const { below, pick, oneIn, list } = choices;
  const name = (): string => pick(awkwardNames);
  return {
    name: name(),
    machine: "tiny",
    tensors: several(TENSORS, () => ({
      name: name(),
      dtype: pick(dtypeNames),
      shape: list(3, () => 1 + below(768)),
      role: pick(["input", "weight", "state", "output", "temp", "constant"] as const),
      addressBytes: below(2 ** 20),
      ...(oneIn(4) ? { data: list(20, () => pick([0.1, -0, 1e-30, 7])) } : {}),
    })),
    loops: several(LOOPS, name),
    semaphores: several(SEMAPHORES, () => ({
      name: name(),
      producer: pick(queueNames),
      consumer: pick(queueNames),
      initial: below(4),
    })),
    rings: several(RINGS, () => ({ name: name(), slots: 1 + below(4) })),
    kernels: several(KERNELS, () => ({ name: name(), ops: list(2, name), schedule: pick(["", "tile_m=8 tile_k=8"]) })),
    placements: list(2, () => ({
      name: name(),
      memory: pick(["sbuf", "psum"] as const),
      kernel: below(KERNELS),
      partitions: 1 + below(128),
      addressBytes: below(4096),
      slotBytes: below(4096),
      slots: 1 + below(3),
    })),
    queues: list(3, () => ({ queue: pick(queueNames), body: randomBody(choices, []) })),
  };
}

/** The same loops appear in several queues, each at most once around an instruction. */
function randomBody(choices: Choices, loops: readonly LoopId[]): StreamItem[] {
  return choices.list(4, (): StreamItem => {
    const free = several(LOOPS, () => 0).flatMap((_zero, id) => (loops.includes(loopId(id)) ? [] : [loopId(id)]));
    if (loops.length >= 3 || choices.oneIn(2)) return randomInstruction(choices, loops);
    const loop = choices.pick(free);
    const advance = choices.list(2, (): RingId => ringId(choices.below(RINGS)));
    const trips = randomExtent(choices, loops);
    return { kind: "loop", loop, trips, advance, body: randomBody(choices, [...loops, loop]) };
  });
}

function randomInstruction(choices: Choices, loops: readonly LoopId[]): Instruction {
  const inst = choices.pick(instNames);
  const args: Record<string, Argument> = {};
  for (const [name, field] of Object.entries(instDef(inst).fields)) {
    const isOptional =
      field.kind === "flag" ||
      (field.kind === "operand" && field.optional === true) ||
      (field.kind === "value" && (field.attr.optional === true || field.attr.default !== undefined));
    if (!isOptional || choices.oneIn(2)) args[name] = randomArgument(choices, field, loops);
  }
  return { kind: "inst", inst, args, kernel: choices.below(KERNELS) };
}

function randomArgument(choices: Choices, field: Field, loops: readonly LoopId[]): Argument {
  switch (field.kind) {
    case "operand":
      return { kind: "operand", operand: randomOperand(choices, loops) };
    case "value":
      return { kind: "value", value: randomAttrValue(choices, field.attr) };
    case "flag":
      return { kind: "flag", flag: randomFlag(choices, loops) };
    case "sem":
      return { kind: "sem", sem: semId(choices.below(SEMAPHORES)) };
    case "affine":
      return { kind: "affine", affine: randomAffine(choices, loops) };
    default:
      return field satisfies never;
  }
}

function randomOperand(choices: Choices, loops: readonly LoopId[]): Operand {
  const { pick, below, list, oneIn } = choices;
  const dims = list(3, (): OperandDim => ({ stride: pick([1, 0, 128, -1]), size: randomExtent(choices, loops) }));
  const ring = { ring: ringId(below(RINGS)), scale: pick([256, 2, -64]) };
  const address: Address = { base: randomAffine(choices, loops), rings: oneIn(2) ? [ring] : [] };
  const dtype = pick(dtypeNames);
  if (oneIn(3)) return { memory: "hbm", dtype, tensor: tensorId(below(TENSORS)), address, dims };
  const partitions = randomExtent(choices, loops);
  return { memory: pick(["sbuf", "psum"]), dtype, startPartition: pick([0, 0, 32]), partitions, address, dims };
}
