// Makes mutants of a stream: one change each, of the kinds that a mistake in the compiler would make. Deterministic: all
// mutants of a kind in the order of the stream, or a sample of them from a seed.

import { addAffine, constant } from "../../ir-spec/affine.ts";
import { dtypeBytes } from "../../ir-spec/base/dtype.ts";
import { instDef } from "../../targets/neuron/isa/index.ts";
import type { Argument, Instruction, Operand, Stream, StreamItem, StreamLoop } from "../../targets/neuron/stream.ts";

export type MutationKind =
  | "remove-token"
  | "double-token"
  | "move-token"
  | "shift-address"
  | "grow-size"
  | "swap-queue"
  | "flip-accumulate";

export interface Mutant {
  readonly kind: MutationKind;
  /** What was changed, for people: `remove-token release s3 at pe:0.2`. */
  readonly name: string;
  readonly stream: Stream;
}

/** A place in a program: a queue, and indices into bodies. */
export interface Place {
  readonly queue: number;
  readonly path: readonly number[];
}

/** What takes the place of an item: nothing, one or several. */
type Edit = (item: StreamItem, siblings: readonly StreamItem[]) => readonly StreamItem[];

/** Replaces the item at a place. */
export function editAt(stream: Stream, { queue, path }: Place, edit: Edit): Stream {
  const editBody = (body: readonly StreamItem[], depth: number): readonly StreamItem[] =>
    body.flatMap((item, at) => {
      if (at !== path[depth]) return [item];
      if (depth === path.length - 1) return edit(item, body);
      return item.kind === "loop" ? [{ ...item, body: editBody(item.body, depth + 1) }] : [item];
    });
  const queues = stream.queues.map((program, at) =>
    at === queue ? { ...program, body: editBody(program.body, 0) } : program,
  );
  return { ...stream, queues };
}

/** All instructions of a stream with their places, in the order of its text. */
export function instructionsOf(stream: Stream): readonly { readonly place: Place; readonly item: Instruction }[] {
  const found: { place: Place; item: Instruction }[] = [];
  const visit = (body: readonly StreamItem[], queue: number, path: readonly number[]): void => {
    for (const [at, item] of body.entries()) {
      const here = [...path, at];
      if (item.kind === "loop") visit(item.body, queue, here);
      else found.push({ place: { queue, path: here }, item });
    }
  };
  for (const [queue, program] of stream.queues.entries()) visit(program.body, queue, []);
  return found;
}

/** Replaces the instruction at a place. */
export function editInstruction(stream: Stream, place: Place, edit: (item: Instruction) => Instruction): Stream {
  return editAt(stream, place, (item) => [item.kind === "inst" ? edit(item) : item]);
}

/** Replaces an operand of the instruction at a place. */
export function editOperand(stream: Stream, place: Place, field: string, edit: (operand: Operand) => Operand): Stream {
  return editInstruction(stream, place, (item) => {
    const argument = item.args[field];
    if (argument?.kind !== "operand") return item;
    return { ...item, args: { ...item.args, [field]: { kind: "operand", operand: edit(argument.operand) } } };
  });
}

/** All mutants of the given kinds. */
export function mutantsOf(stream: Stream, kinds: readonly MutationKind[] = mutationKinds): readonly Mutant[] {
  return instructionsOf(stream).flatMap(({ place, item }) =>
    kinds.flatMap((kind) =>
      mutators[kind](stream, place, item).map(({ what, mutant }) => ({
        kind,
        name: `${kind} ${what} at ${stream.queues[place.queue]?.queue}:${place.path.join(".")}`,
        stream: mutant,
      })),
    ),
  );
}

/** At most `count` of all mutants, chosen by the seed. */
export function sampleMutants(stream: Stream, seed: number, count: number): readonly Mutant[] {
  const all = [...mutantsOf(stream)];
  const random = makeRandom(seed);
  const chosen: Mutant[] = [];
  while (chosen.length < count && all.length > 0) chosen.push(...all.splice(Math.floor(random() * all.length), 1));
  return chosen;
}

/** Mulberry32: numbers in [0, 1) from a seed, the same on every machine. */
function makeRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Change {
  readonly what: string;
  readonly mutant: Stream;
}
type Mutator = (stream: Stream, place: Place, item: Instruction) => readonly Change[];

/** Makes a mutator of acquires and releases. */
const tokenMutator =
  (edit: (item: Instruction) => Edit): Mutator =>
  (stream, place, item) => {
    const sem = item.args.sem;
    if (sem?.kind !== "sem") return [];
    const mutant = editAt(stream, place, edit(item));
    return [{ what: `${item.inst} s${sem.sem} "${stream.semaphores[sem.sem]?.name}"`, mutant }];
  };

/** Makes a mutator of the operands that an instruction has. */
const operandMutator =
  (edits: (operand: Operand) => readonly { readonly what: string; readonly operand: Operand }[]): Mutator =>
  (stream, place, item) =>
    Object.entries(item.args).flatMap(([field, argument]) => {
      if (argument.kind !== "operand") return [];
      return edits(argument.operand).map(({ what, operand }) => ({
        what: `${what} of ${item.inst} ${field}`,
        mutant: editOperand(stream, place, field, () => operand),
      }));
    });

const mutators: { readonly [K in MutationKind]: Mutator } = {
  "remove-token": tokenMutator(() => () => []),
  "double-token": tokenMutator((item) => () => [item, item]),
  "move-token": (stream, place, item) => {
    const last = place.path.at(-1) ?? 0;
    return item.args.sem?.kind === "sem" && last > 0 ? [moveUp(stream, place, item)] : [];
  },
  "shift-address": operandMutator((operand) => {
    const step = dtypeBytes(operand.dtype);
    return [step, -step].map((bytes) => {
      const base = addAffine(operand.address.base, constant(bytes));
      return { what: `by ${bytes} bytes`, operand: { ...operand, address: { ...operand.address, base } } };
    });
  }),
  "grow-size": operandMutator((operand) =>
    operand.dims.map((_dim, grown) => {
      const dims = operand.dims.map((dim, at) =>
        at === grown ? { ...dim, size: { ...dim.size, max: dim.size.max + 1 } } : dim,
      );
      return { what: `dimension ${grown}`, operand: { ...operand, dims } };
    }),
  ),
  "swap-queue": swapQueue,
  "flip-accumulate": (stream, place, item) =>
    Object.entries(item.args).flatMap(([field, argument]) => {
      if (argument.kind !== "flag") return [];
      const flags = [true, false].filter((flag) => flag !== argument.flag);
      return flags.map((flag) => {
        const changed: Argument = { kind: "flag", flag };
        const edit = (old: Instruction) => ({ ...old, args: { ...old.args, [field]: changed } });
        return { what: `${field}=${flag}`, mutant: editInstruction(stream, place, edit) };
      });
    }),
};

export const mutationKinds: readonly MutationKind[] = [
  "remove-token",
  "double-token",
  "move-token",
  "shift-address",
  "grow-size",
  "swap-queue",
  "flip-accumulate",
];

/** Exchanges a token instruction with the item before it. */
function moveUp(stream: Stream, place: Place, item: Instruction): Change {
  const last = place.path.at(-1) ?? 0;
  const before: Place = { queue: place.queue, path: [...place.path.slice(0, -1), last - 1] };
  const without = editAt(stream, place, () => []);
  return { what: `${item.inst} up`, mutant: editAt(without, before, (other) => [item, other]) };
}

/** Moves an instruction, with the loops around it, to the end of another queue that can run it. */
function swapQueue(stream: Stream, place: Place, item: Instruction): readonly Change[] {
  if (item.args.sem !== undefined) return [];
  const { units } = instDef(item.inst);
  const loops = loopsAround(stream, place);
  const moved = loops.reduceRight<StreamItem>((body, loop) => ({ ...loop, body: [body] }), item);
  return stream.queues.flatMap(({ queue }, target) => {
    const canRun = units.some((unit) => (unit === "dma" ? queue.startsWith("dma") : unit === queue));
    if (target === place.queue || !canRun) return [];
    const without = editAt(stream, place, () => []);
    const queues = without.queues.map((program, at) =>
      at === target ? { ...program, body: [...program.body, moved] } : program,
    );
    return [{ what: `${item.inst} to ${queue}`, mutant: { ...without, queues } }];
  });
}

/** The loops that a place lies in, outermost first. */
function loopsAround(stream: Stream, { queue, path }: Place): readonly StreamLoop[] {
  const loops: StreamLoop[] = [];
  let body = stream.queues[queue]?.body ?? [];
  for (const at of path) {
    const item = body[at];
    if (item?.kind !== "loop") break;
    loops.push(item);
    body = item.body;
  }
  return loops;
}
