// Planted changes of instruction streams. Those of meaning are mutants of the kinds that prove the stream check; that they change a value,
// or make the stream unsound, is seen by the check and by the simulator on inputs of its own.

import { ringId, semId } from "../../../../ir-spec/base/ids.ts";
import { parseStream } from "../../../../targets/neuron/asm/parse-stream.ts";
import { checkStream } from "../../../../targets/neuron/check/check.ts";
import type { Argument, Stream, StreamItem } from "../../../../targets/neuron/stream.ts";
import { withoutTokens } from "../../../../targets/neuron/without-tokens.ts";
import { editInstruction, instructionsOf, type MutationKind, mutantsOf } from "../../../property/mutations.ts";
import { isOtherStream } from "./oracle.ts";
import { asStream, branches, options, type Planted, rows, streamOf } from "./planted.ts";

const { machine } = options.target;
const streams: readonly (readonly [string, Stream, string])[] = [
  ["branches", streamOf(branches), branches],
  ["rows", streamOf(rows), rows],
];

/** Whether a changed stream is unsound, or gives other bits on inputs that the comparison does not use. */
function isOther(a: Stream, b: Stream): boolean {
  return isOtherStream(a, b, machine, [103]);
}

/** Of each kind of change so many, spread over the stream. */
const perKind = 3;

function spread<T>(list: readonly T[], count: number): readonly T[] {
  const step = Math.max(1, Math.floor(list.length / count));
  return list.filter((_item, index) => index % step === 0).slice(0, count);
}

const meaningKinds: readonly MutationKind[] = ["remove-token", "move-token", "shift-address", "flip-accumulate"];

/** Other operators, functions and immediates. */
const otherValues: Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>> = {
  op: { add: "subtract", max: "min", subtract: "add", multiply: "add" },
  op0: { multiply: "add", add: "subtract", subtract: "add" },
  func: { exp: "sigmoid", gelu: "gelu_tanh", sigmoid: "tanh", rsqrt: "sqrt" },
  negate: { true: false },
  imm0: { "0.25": 0.5, "0.5": 0.25 },
};

function* valueMutants(stream: Stream): Generator<readonly [string, Stream]> {
  for (const { place, item } of instructionsOf(stream)) {
    for (const [field, values] of Object.entries(otherValues)) {
      const arg = item.args[field];
      const value = arg?.kind === "value" ? values[String(arg.value)] : undefined;
      if (value === undefined) continue;
      const given: Argument = { kind: "value", value };
      const edited = editInstruction(stream, place, (one) => ({ ...one, args: { ...one.args, [field]: given } }));
      yield [`${item.inst} ${field}=${value} at ${stream.queues[place.queue]?.queue}:${place.path.join(".")}`, edited];
    }
  }
}

function meaningChanges(name: string, stream: Stream): readonly Planted[] {
  const mutants = meaningKinds.flatMap((kind) => {
    const all = mutantsOf(stream, [kind]).filter((mutant) => isOther(stream, mutant.stream));
    return spread(all, perKind).map((mutant) => [mutant.name, mutant.stream] as const);
  });
  const others = [...valueMutants(stream)].filter(([, mutant]) => isOther(stream, mutant));
  return [...mutants, ...spread(others, 2 * perKind)].map(
    ([what, after]): Planted => ({
      name: `stream: ${name}: ${what}`,
      expected: "meaning",
      before: asStream(stream),
      after: asStream(after),
    }),
  );
}

/** Semaphores and ring registers in the reverse order. */
function renumber(stream: Stream): Stream {
  const sems = stream.semaphores.length;
  const rings = stream.rings.length;
  const edit = (item: StreamItem): StreamItem => {
    if (item.kind === "loop") {
      const advance = item.advance.map((ring) => ringId(rings - 1 - ring));
      return { ...item, advance, body: item.body.map(edit) };
    }
    const args = Object.entries(item.args).map(([name, arg]) => [name, editArgument(arg)] as const);
    return { ...item, args: Object.fromEntries(args) };
  };
  const editArgument = (arg: Argument): Argument => {
    if (arg.kind === "sem") return { kind: "sem", sem: semId(sems - 1 - arg.sem) };
    if (arg.kind !== "operand") return arg;
    const { base, rings: terms } = arg.operand.address;
    const address = { base, rings: terms.map(({ ring, scale }) => ({ ring: ringId(rings - 1 - ring), scale })) };
    return { kind: "operand", operand: { ...arg.operand, address } };
  };
  return {
    ...stream,
    semaphores: stream.semaphores.toReversed(),
    rings: stream.rings.toReversed(),
    queues: stream.queues.map(({ queue, body }) => ({ queue, body: body.map(edit) })),
  };
}

/** All of SBUF moves up. */
function moveChip(stream: Stream, bytes: number): Stream {
  const editAddress = (arg: Argument): Argument => {
    if (arg.kind !== "operand" || arg.operand.memory !== "sbuf") return arg;
    const { base, rings } = arg.operand.address;
    const address = { base: { ...base, constant: base.constant + bytes }, rings };
    return { kind: "operand", operand: { ...arg.operand, address } };
  };
  const edit = (item: StreamItem): StreamItem => {
    if (item.kind === "loop") return { ...item, body: item.body.map(edit) };
    const args = Object.entries(item.args).map(([name, arg]) => [name, editAddress(arg)] as const);
    return { ...item, args: Object.fromEntries(args) };
  };
  return {
    ...stream,
    placements: stream.placements.map((place) =>
      place.memory === "sbuf" ? { ...place, addressBytes: place.addressBytes + bytes } : place,
    ),
    queues: stream.queues.map(({ queue, body }) => ({ queue, body: body.map(edit) })),
  };
}

/** A second token beside each of a semaphore's: it orders nothing more. */
function doubleTokens(stream: Stream, sem: number): Stream {
  const again = semId(stream.semaphores.length);
  const edit = (item: StreamItem): readonly StreamItem[] => {
    if (item.kind === "loop") return [{ ...item, body: item.body.flatMap(edit) }];
    const arg = item.args.sem;
    if (arg?.kind !== "sem" || arg.sem !== sem) return [item];
    return [item, { ...item, args: { ...item.args, sem: { kind: "sem", sem: again } } }];
  };
  const semaphore = stream.semaphores[sem];
  if (semaphore === undefined) return stream;
  return {
    ...stream,
    semaphores: [...stream.semaphores, semaphore],
    queues: stream.queues.map(({ queue, body }) => ({ queue, body: body.flatMap(edit) })),
  };
}

function otherChanges(name: string, stream: Stream, text: string): readonly Planted[] {
  const planted = (expected: Planted["expected"], what: string, after: Stream): Planted => ({
    name: `stream: ${name}: ${what}`,
    expected,
    before: asStream(stream),
    after: asStream(after),
  });
  const named = <T extends { readonly name: string }>(list: readonly T[], prefix: string): T[] =>
    list.map((part, index) => ({ ...part, name: `${prefix}_${index}` }));
  const tensors = stream.tensors.map((tensor) => ({
    ...tensor,
    name: tensor.role === "temp" || tensor.role === "constant" ? `${tensor.name}_too` : tensor.name,
    addressBytes: tensor.addressBytes + 0x10000,
  }));
  const redundant = checkStream(stream, machine, { redundant: true }).redundantTokens.filter(({ isJoint }) => isJoint);
  return [
    planted("cosmetic", "semaphores are renamed", { ...stream, semaphores: named(stream.semaphores, "tokens") }),
    planted("cosmetic", "rings and kernels are renamed", {
      ...stream,
      rings: named(stream.rings, "ring"),
      kernels: named(stream.kernels, "kernel").map((kernel) => ({ ...kernel, schedule: "" })),
    }),
    planted("cosmetic", "loops are renamed", { ...stream, loops: stream.loops.map((_loop, index) => `loop_${index}`) }),
    planted("cosmetic", "tensors move, temporaries are renamed", { ...stream, tensors }),
    planted("cosmetic", "buffers are renamed", { ...stream, placements: named(stream.placements, "buffer") }),
    planted("cosmetic", "all of SBUF moves", moveChip(stream, 0x40)),
    planted("cosmetic", "semaphores and rings are renumbered", renumber(stream)),
    ...(redundant.length === 0
      ? []
      : [planted("performance", "redundant tokens are gone", withoutTokens(stream, redundant))]),
    ...spread([...stream.semaphores.keys()], 3).map((sem) =>
      planted("performance", `each token of s${sem} comes twice`, doubleTokens(stream, sem)),
    ),
    planted("performance", "nothing is fused", streamOf(text, { fusion: "off" })),
  ];
}

/** Two products that have nothing in common but their queues. */
const pairText = `stream pair for tiny
tensor a: f32[8, 16] input @0x0, b: f32[8, 16] input @0x200, p: f32[8, 16] output @0x400, q: f32[8, 16] output @0x600
kernel 0 pair (mul)
sem s0 "loaded" dma0 -> dve, s1 "made" dve -> dma1
place kernel 0: a sbuf[0x0; 8; 0x40], b sbuf[0x40; 8; 0x40]
queue dve {
  kernel 0: acquire s0
  tensor_scalar dst=sbuf[0x0; 8; 16:1] f32, src=sbuf[0x0; 8; 16:1] f32, op0=multiply, imm0=0.5
  tensor_scalar dst=sbuf[0x40; 8; 16:1] f32, src=sbuf[0x40; 8; 16:1] f32, op0=multiply, imm0=3
  release s1
}
queue dma0 {
  kernel 0: dma_copy dst=sbuf[0x0; 8; 16:1] f32, src=hbm a[0x0; 8:16; 16:1] f32
  dma_copy dst=sbuf[0x40; 8; 16:1] f32, src=hbm b[0x0; 8:16; 16:1] f32
  release s0
}
queue dma1 {
  kernel 0: acquire s1
  dma_copy dst=hbm p[0x0; 8:16; 16:1] f32, src=sbuf[0x0; 8; 16:1] f32
  dma_copy dst=hbm q[0x0; 8:16; 16:1] f32, src=sbuf[0x40; 8; 16:1] f32
}
`;

/** The neighbours of each queue that are no tokens change places. */
function pairChanges(): readonly Planted[] {
  const read = parseStream({ name: "pair.s", text: pairText });
  if (!read.ok) throw new Error("the pair is assembler text");
  const pair = read.value;
  const isToken = (item: StreamItem | undefined): boolean =>
    item?.kind === "inst" && (item.inst === "acquire" || item.inst === "release");
  return pair.queues.map(({ queue: changed }): Planted => {
    const queues = pair.queues.map(({ queue, body }) => {
      const at = body.findIndex((item) => !isToken(item));
      const [first, second] = body.slice(at, at + 2);
      if (queue !== changed || first === undefined || second === undefined) return { queue, body };
      return { queue, body: body.toSpliced(at, 2, second, first) };
    });
    const name = `stream: pair: independent neighbours of ${changed} change places`;
    return { name, expected: "cosmetic", before: asStream(pair), after: asStream({ ...pair, queues }) };
  });
}

const [[, branchesStream] = ["", undefined]] = streams;

export const streamChanges: readonly Planted[] = [
  ...streams.flatMap(([name, stream, text]) => [...meaningChanges(name, stream), ...otherChanges(name, stream, text)]),
  ...(branchesStream === undefined
    ? []
    : [
        {
          name: "stream: branches: naive tiles",
          expected: "performance" as const,
          before: asStream(branchesStream),
          after: asStream(streamOf(branches, { strategy: "naive" })),
        },
      ]),
  ...pairChanges(),
];
