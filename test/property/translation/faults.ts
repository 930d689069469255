// Faults of the kinds that a compiler makes with rings and stages, planted in a stream: a ring too shallow, a slot taken too early,
// another slot, another iteration.
import { addAffine, constant } from "../../../ir-spec/affine.ts";
import type { Argument, Instruction, Operand, Stream, StreamItem } from "../../../targets/neuron/stream.ts";

export interface Fault {
  readonly kind: "shallow ring" | "early reuse" | "other register" | "other slot" | "other iteration";
  readonly stream: Stream;
}

/** All faults of each kind that the stream has room for. */
export function plantFaults(stream: Stream): readonly Fault[] {
  return [...shallowRings(stream), ...earlyReuses(stream), ...operandFaults(stream)];
}

function shallowRings(stream: Stream): readonly Fault[] {
  return stream.rings.flatMap(({ slots }, index): readonly Fault[] => {
    if (slots < 2) return [];
    const rings = stream.rings.map((ring, at) => (at === index ? { ...ring, slots: slots - 1 } : ring));
    return [{ kind: "shallow ring", stream: { ...stream, rings } }];
  });
}

function earlyReuses(stream: Stream): readonly Fault[] {
  return stream.semaphores.flatMap(({ initial }, index): readonly Fault[] => {
    if (initial === 0) return [];
    const semaphores = stream.semaphores.map((sem, at) => (at === index ? { ...sem, initial: initial + 1 } : sem));
    return [{ kind: "early reuse", stream: { ...stream, semaphores } }];
  });
}

/** One operand of one instruction changed. */
function operandFaults(stream: Stream): readonly Fault[] {
  const all = stream.queues.flatMap(({ body }) => instructionsOf(body));
  return all.flatMap((inst) =>
    Object.entries(inst.args).flatMap(([name, argument]) => {
      if (argument.kind !== "operand") return [];
      return changedOperands(stream, argument.operand).map(({ kind, operand }): Fault => {
        const args: Record<string, Argument> = { ...inst.args, [name]: { kind: "operand", operand } };
        return { kind, stream: withInstruction(stream, inst, { ...inst, args }) };
      });
    }),
  );
}

function changedOperands(stream: Stream, operand: Operand): readonly { kind: Fault["kind"]; operand: Operand }[] {
  const { address } = operand;
  const withRings = (rings: typeof address.rings): Operand => ({ ...operand, address: { ...address, rings } });
  const [ring] = address.rings;
  const other = stream.rings.findIndex(({ slots }, index) => {
    return ring !== undefined && index !== ring.ring && slots === stream.rings[ring.ring]?.slots;
  });
  const [term] = address.base.terms;
  const moved = (bytes: number): Operand => {
    return { ...operand, address: { ...address, base: addAffine(address.base, constant(bytes)) } };
  };
  return [
    ...(ring === undefined || other < 0
      ? []
      : [{ kind: "other register" as const, operand: withRings([{ ...ring, ring: other as typeof ring.ring }]) }]),
    ...(ring === undefined ? [] : [{ kind: "other slot" as const, operand: withRings([]) }]),
    ...(term === undefined ? [] : [{ kind: "other iteration" as const, operand: moved(-term.scale) }]),
  ];
}

function instructionsOf(body: readonly StreamItem[]): readonly Instruction[] {
  return body.flatMap((item) => (item.kind === "loop" ? instructionsOf(item.body) : [item]));
}

function withInstruction(stream: Stream, old: Instruction, changed: Instruction): Stream {
  const replace = (body: readonly StreamItem[]): readonly StreamItem[] =>
    body.map((item) => {
      if (item.kind === "loop") return { ...item, body: replace(item.body) };
      return item === old ? changed : item;
    });
  return { ...stream, queues: stream.queues.map((queue) => ({ ...queue, body: replace(queue.body) })) };
}
