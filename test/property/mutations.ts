// Makes mutants of a stream: one change each, of the kinds that a mistake in the compiler would make. Deterministic: all
// mutants of a kind in the order of the stream, or a sample of them from a seed.

import { addAffine, constant, type Flag } from "../../ir-spec/affine.ts";
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
export interface MutationPlace {
  readonly queue: number;
  readonly path: readonly number[];
}

/** What takes the place of an item: nothing, one or several. */
type Edit = (item: StreamItem, siblings: readonly StreamItem[]) => readonly StreamItem[];

/** Replaces the item at a place. */
export function editAt(stream: Stream, { queue, path }: MutationPlace, edit: Edit): Stream {
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
export function instructionsOf(
  stream: Stream,
): readonly { readonly place: MutationPlace; readonly item: Instruction }[] {
  const found: { place: MutationPlace; item: Instruction }[] = [];
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
export function editInstruction(
  stream: Stream,
  place: MutationPlace,
  edit: (item: Instruction) => Instruction,
): Stream {
  return editAt(stream, place, (item) => [item.kind === "inst" ? edit(item) : item]);
}

/** Replaces an operand of the instruction at a place. */
export function editOperand(
  stream: Stream,
  place: MutationPlace,
  field: string,
  edit: (operand: Operand) => Operand,
): Stream {
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
type Mutator = (stream: Stream, place: MutationPlace, item: Instruction) => readonly Change[];

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
  "move-token": (stream, place, item) => (item.args.sem?.kind === "sem" ? moves(stream, place, item) : []),
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
      const flags = flagsAt(stream, place).filter((flag) => printFlag(flag) !== printFlag(argument.flag));
      return flags.map((flag) => {
        const changed: Argument = { kind: "flag", flag };
        const edit = (old: Instruction) => ({ ...old, args: { ...old.args, [field]: changed } });
        return { what: `${field}=${printFlag(flag)}`, mutant: editInstruction(stream, place, edit) };
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

/** Exchanges a token instruction with the item before it, and with the one after it. */
function moves(stream: Stream, place: MutationPlace, item: Instruction): readonly Change[] {
  const around = place.path.slice(0, -1);
  const last = place.path.at(-1) ?? 0;
  const without = editAt(stream, place, () => []);
  const beside = (at: number, edit: Edit): Stream =>
    editAt(without, { queue: place.queue, path: [...around, at] }, edit);
  const up: Change = { what: `${item.inst} up`, mutant: beside(last - 1, (other) => [item, other]) };
  const down: Change = { what: `${item.inst} down`, mutant: beside(last, (other) => [other, item]) };
  return [...(last > 0 ? [up] : []), ...(last < bodyAt(stream, place).length - 1 ? [down] : [])];
}

/** The items among which a place lies. */
function bodyAt(stream: Stream, place: MutationPlace): readonly StreamItem[] {
  return loopsAround(stream, place).at(-1)?.body ?? stream.queues[place.queue]?.body ?? [];
}

/** Flags that may be at a place: never, always, and from the second iteration of one loop around it or of them all. */
function flagsAt(stream: Stream, place: MutationPlace): readonly Flag[] {
  const loops = loopsAround(stream, place).map(({ loop }) => loop);
  const lists = loops.length > 1 ? [...loops.map((loop) => [loop]), loops] : [loops];
  return [true, false, ...lists.filter((list) => list.length > 0).map((notFirst) => ({ notFirst }))];
}

const printFlag = (flag: Flag): string => (typeof flag === "boolean" ? String(flag) : `notFirst(${flag.notFirst})`);

/** Moves an instruction, with the loops around it, to the end of another queue that can run it. */
function swapQueue(stream: Stream, place: MutationPlace, item: Instruction): readonly Change[] {
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
function loopsAround(stream: Stream, { queue, path }: MutationPlace): readonly StreamLoop[] {
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
