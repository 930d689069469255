// Random streams over the instruction table: names and values are right, addresses and shapes are anything.
import { dtypeNames } from "../../../../ir-spec/base/dtype.ts";
import { type LoopId, loopId, type RingId, ringId } from "../../../../ir-spec/base/ids.ts";
import type { QueueName, Stream, StreamItem } from "../../../../targets/neuron/stream.ts";
import { randomInstruction, type StreamCounts } from "../../../property/random-instruction.ts";
import { type Choices, makeChoices } from "../../random.ts";
import { awkwardNames, randomExtent } from "../../random-index.ts";

const queueNames = ["pe", "act", "dve", "pool", "sp", "dma0", "dma11"] as const satisfies readonly QueueName[];
const LOOPS = 6;
const counts: StreamCounts = { kernels: 3, rings: 3, semaphores: 3, tensors: 3 };

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
    tensors: several(counts.tensors, () => ({
      name: name(),
      dtype: pick(dtypeNames),
      shape: list(3, () => 1 + below(768)),
      role: pick(["input", "weight", "state", "output", "temp", "constant"] as const),
      addressBytes: below(2 ** 20),
      ...(oneIn(4) ? { data: list(20, () => pick([0.1, -0, 1e-30, 7])) } : {}),
    })),
    loops: several(LOOPS, name),
    semaphores: several(counts.semaphores, () => ({
      name: name(),
      producer: pick(queueNames),
      consumer: pick(queueNames),
      initial: below(4),
    })),
    rings: several(counts.rings, () => ({ name: name(), slots: 1 + below(4) })),
    kernels: several(counts.kernels, () => ({
      name: name(),
      ops: list(2, name),
      schedule: pick(["", "tile_m=8 tile_k=8"]),
    })),
    placements: list(2, () => ({
      name: name(),
      memory: pick(["sbuf", "psum"] as const),
      kernel: below(counts.kernels),
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
    if (loops.length >= 3 || choices.oneIn(2)) return randomInstruction(choices, counts, loops);
    const loop = choices.pick(free);
    const advance = choices.list(2, (): RingId => ringId(choices.below(counts.rings)));
    const trips = randomExtent(choices, loops);
    return { kind: "loop", loop, trips, advance, body: randomBody(choices, [...loops, loop]) };
  });
}
