// What the check says of the text of a stream: one correct stream, and each mistake alone.
import { describe, expect, test } from "vitest";
import { extent } from "../../../../ir-spec/affine.ts";
import { loopId, ringId, semId, tensorId } from "../../../../ir-spec/base/ids.ts";
import { checkStream } from "../../../../targets/neuron/check/check.ts";
import type { Instruction, Operand, Stream } from "../../../../targets/neuron/stream.ts";
import { editInstruction, editOperand, type MutationPlace } from "../../../property/mutations.ts";
import { address, machineNamed, productStream, smallProduct } from "./fixtures.ts";

const tiny = machineNamed("tiny");
const control = productStream(smallProduct);
const loadX: MutationPlace = { queue: 0, path: [0, 0, 0, 4] };
const acquireX: MutationPlace = { queue: 1, path: [0, 0, 1, 3] };
const matmul: MutationPlace = { queue: 1, path: [0, 0, 1, 4] };
const evict: MutationPlace = { queue: 2, path: [0, 0, 2] };
const codesOf = (stream: Stream) => checkStream(stream, tiny).diagnostics.map(({ code }) => code);
const withArgs = (place: MutationPlace, args: Instruction["args"]) =>
  editInstruction(control, place, (item) => ({ ...item, args: { ...item.args, ...args } }));

test("a correct stream passes", () => {
  const report = checkStream(control, tiny);
  expect(report).toMatchObject({ ok: true, diagnostics: [], notes: [], executedInstructions: 102 });
});

describe("names and scopes", () => {
  const wrong: readonly (readonly [string, string, Stream])[] = [
    ["a semaphore that does not exist", "E0820", withArgs(acquireX, { sem: { kind: "sem", sem: semId(99) } })],
    ["a tensor that does not exist", "E0820", editOperand(control, loadX, "src", onHbm({ tensor: tensorId(9) }))],
    ["a ring that does not exist", "E0820", editOperand(control, evict, "src", onChip({ address: ringAddress(7) }))],
    ["a loop that does not exist", "E0820", editOperand(control, evict, "src", onChip({ address: loopAddress(9) }))],
    ["an index out of its loop", "E0821", editOperand(control, evict, "src", onChip({ address: loopAddress(2) }))],
    ["a flag of a loop elsewhere", "E0821", withFlagOfOtherLoop()],
    ["a semaphore of another queue", "E0822", withArgs(acquireX, { sem: { kind: "sem", sem: semId(6) } })],
    ["no token", "E0823", withArgs(acquireX, { count: { kind: "value", value: 0 } })],
  ];
  test.each(wrong)("%s", (_name, code, stream) => {
    expect(codesOf(stream)).toContain(code);
  });
});

describe("arguments", () => {
  const renamed = editInstruction(control, evict, (item) => ({ ...item, inst: "transpose" }));
  const wrong: readonly (readonly [string, string, Stream])[] = [
    ["an instruction of another engine", "E0709", renamed],
    ["a missing argument", "E0824", editInstruction(control, matmul, (item) => ({ ...item, args: {} }))],
    ["an unknown argument", "E0824", withArgs(matmul, { extra: { kind: "flag", flag: true } })],
    ["an argument of another kind", "E0824", withArgs(matmul, { accumulate: { kind: "value", value: 1 } })],
    ["a memory that the field does not take", "E0708", editOperand(control, matmul, "dst", onChip({ memory: "sbuf" }))],
    ["a dtype that the field does not take", "E0707", editOperand(control, matmul, "dst", onChip({ dtype: "bf16" }))],
    ["another dtype than the tensor's", "E0824", editOperand(control, loadX, "src", onHbm({ dtype: "f32" }))],
    ["too many dimensions", "E0704", editOperand(control, evict, "src", onChip({ dims: Array(5).fill(twice) }))],
    ["a negative partition", "E0703", editOperand(control, evict, "src", onChip({ startPartition: -2 }))],
  ];
  test.each(wrong)("%s", (_name, code, stream) => {
    expect(codesOf(stream)).toContain(code);
  });
});

describe("the machine", () => {
  test("a stream may not have more semaphores or DMA queues than the machine", () => {
    expect(checkStream(control, { ...tiny, semaphores: 7 }).diagnostics[0]).toMatchObject({ code: "E0826" });
    expect(checkStream(control, { ...tiny, dmaQueues: 1 }).diagnostics[0]).toMatchObject({ code: "E0826" });
  });
  test("a ring has slots, and a queue one program", () => {
    expect(codesOf({ ...control, rings: control.rings.map((ring) => ({ ...ring, slots: 0 })) })).toContain("E0826");
    expect(codesOf({ ...control, queues: [...control.queues, ...control.queues.slice(0, 1)] })).toContain("E0826");
  });
  test("tensors lie inside HBM, those with values apart", () => {
    const moved = (id: number, addressBytes: number): Stream => ({
      ...control,
      tensors: control.tensors.map((tensor, at) => (at === id ? { ...tensor, addressBytes } : tensor)),
    });
    expect(codesOf(moved(2, tiny.hbmBytes - 1))).toEqual(["E0826"]);
    expect(codesOf(moved(1, 2))).toEqual(["E0832"]);
  });
});

test("a broken stream is not executed, and reports all that is wrong", () => {
  const once = withArgs(acquireX, { sem: { kind: "sem", sem: semId(99) } });
  const twiceWrong = editOperand(once, evict, "dst", onChip({ address: ringAddress(7) }));
  const report = checkStream(twiceWrong, tiny);
  expect(report.executedInstructions).toBe(0);
  expect(report.diagnostics.map(({ code }) => code)).toEqual(["E0820", "E0820"]);
});

const twice = { stride: 1, size: extent(2) };

function onChip(change: Partial<Extract<Operand, { memory: "sbuf" | "psum" }>>) {
  return (operand: Operand): Operand => (operand.memory === "hbm" ? operand : { ...operand, ...change });
}
function onHbm(change: Partial<Extract<Operand, { memory: "hbm" }>>) {
  return (operand: Operand): Operand => (operand.memory === "hbm" ? { ...operand, ...change } : operand);
}
function ringAddress(ring: number) {
  return { ...address(0), rings: [{ ring: ringId(ring), scale: 2 }] };
}
function loopAddress(loop: number) {
  return address(0, [[loop, 2]]);
}
/** The product's stream with one loop more, which is around nothing and decides about the accumulation. */
function withFlagOfOtherLoop(): Stream {
  const flag = { notFirst: [loopId(control.loops.length)] };
  const stream = withArgs(matmul, { accumulate: { kind: "flag", flag } });
  return { ...stream, loops: [...stream.loops, "other"] };
}
