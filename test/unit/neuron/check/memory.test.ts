// What the check says of operands and memory: for each rule a stream that keeps it, and one that breaks it.
import { describe, expect, test } from "vitest";
import { checkStream } from "../../../../targets/neuron/check/check.ts";
import type { Argument, ChipOperand, Stream, StreamItem } from "../../../../targets/neuron/stream.ts";
import {
  acquire,
  chip,
  copy,
  dim,
  hbm,
  inst,
  machineNamed,
  makeStream,
  operand,
  queue,
  release,
  semaphore,
  tensor,
  tensorCopy,
} from "./fixtures.ts";

const tiny = machineNamed("tiny");
const codesOf = (stream: Stream) => checkStream(stream, tiny).diagnostics.map(({ code }) => code);
const memset = (dst: ChipOperand) => inst("memset", { dst: operand(dst), value: { kind: "value", value: 0 } });
const onDve = (...body: StreamItem[]) => makeStream({ queues: [queue("dve", body)] });
const from = (startPartition: number, value: ChipOperand): ChipOperand => ({ ...value, startPartition });
const a = chip("sbuf", "f32", 0, 4, 8);
const b = chip("sbuf", "f32", 64, 4, 8);

describe("operands", () => {
  const cases: readonly (readonly [string, ChipOperand, readonly string[]])[] = [
    ["the last bytes", chip("sbuf", "f32", tiny.sbufBytesPerPartition - 32, 8, 8), []],
    ["beyond the last byte", chip("sbuf", "f32", tiny.sbufBytesPerPartition - 28, 8, 8), ["E0703"]],
    ["before the first byte", chip("sbuf", "f32", -4, 8, 8), ["E0703"]],
    ["negative strides in bounds", { ...chip("sbuf", "f32", 28, 8, 8), dims: [dim(-1, 8)] }, []],
    ["negative strides out of bounds", { ...chip("sbuf", "f32", 24, 8, 8), dims: [dim(-1, 8)] }, ["E0703"]],
    ["beyond the last partition", from(4, chip("sbuf", "f32", 0, 5, 8)), ["E0702", "E0703"]],
    ["a group of partitions", from(6, chip("sbuf", "f32", 0, 2, 8)), []],
    ["between two groups", from(3, chip("sbuf", "f32", 0, 1, 8)), ["E0702"]],
    ["two groups from an odd group", from(2, chip("sbuf", "f32", 0, 4, 8)), ["E0702"]],
    ["two groups from an even group", from(4, chip("sbuf", "f32", 0, 4, 8)), []],
    ["misaligned", chip("sbuf", "f32", 2, 8, 8), ["E0713"]],
  ];
  test.each(cases)("%s", (_name, dst, codes) => {
    expect(codesOf(onDve(memset(dst)))).toEqual(codes);
  });

  test("an instruction's own constraints are checked for every execution", () => {
    expect(codesOf(onDve(memset(a), tensorCopy(b, { ...a, dims: [dim(1, 7)] })))).toEqual(["E0701"]);
  });

  test("DMA may start at any partition, and partitions are distinguished", () => {
    const tensors = [tensor("x", "f32", [8, 8], "input", 0)];
    const one = from(3, chip("sbuf", "f32", 0, 1, 8));
    const load = (rows: number) =>
      copy(from(3, chip("sbuf", "f32", 0, rows, 8)), hbm(0, "f32", 0, [dim(8, rows), dim(1, 8)]));
    const store = (start: number) => copy(from(start, chip("sbuf", "f32", 128, 1, 8)), from(start, one));
    const stream = (start: number) => makeStream({ tensors, queues: [queue("dma0", [load(2), store(start)])] });
    expect([2, 3, 4, 5].map((start) => codesOf(stream(start)))).toEqual([["E0829"], [], [], ["E0829"]]);
  });

  test("a tensor's bounds hold in HBM", () => {
    const tensors = [tensor("x", "f32", [8, 8], "input", 0)];
    const load = (at: number) => copy(a, hbm(0, "f32", at, [dim(8, 4), dim(1, 8)]));
    const stream = (at: number) => makeStream({ tensors, queues: [queue("dma0", [load(at)])] });
    expect(codesOf(stream(128))).toEqual([]);
    expect(codesOf(stream(132))).toEqual(["E0825"]);
  });
});

describe("unwritten memory", () => {
  test("is not read", () => {
    expect(codesOf(onDve(memset(a), tensorCopy(b, a)))).toEqual([]);
    expect(codesOf(onDve(tensorCopy(b, a)))).toEqual(["E0829"]);
  });
  test("is reported by byte and by partition", () => {
    expect(codesOf(onDve(memset({ ...a, dims: [dim(1, 7)] }), tensorCopy(b, a)))).toEqual(["E0829"]);
    expect(codesOf(onDve(memset(chip("sbuf", "f32", 0, 3, 8)), tensorCopy(b, a)))).toEqual(["E0829"]);
  });
  test("strided writes fill only their elements", () => {
    const every = (at: number): ChipOperand => ({ ...chip("sbuf", "f32", at, 4, 4), dims: [dim(2, 4)] });
    expect(codesOf(onDve(memset(every(0)), tensorCopy(b, a)))).toEqual(["E0829"]);
    expect(codesOf(onDve(memset(every(0)), memset(every(4)), tensorCopy(b, a)))).toEqual([]);
  });
  test("elements of different sizes share bytes", () => {
    const half = chip("sbuf", "bf16", 0, 4, 16);
    expect(codesOf(onDve(memset(half), tensorCopy(b, a)))).toEqual([]);
    expect(codesOf(onDve(memset({ ...half, dims: [dim(1, 15)] }), tensorCopy(b, a)))).toEqual(["E0829"]);
  });
  test("temporaries and outputs have no values at the start; inputs, weights, states and constants do", () => {
    const load = copy(a, hbm(0, "f32", 0, [dim(8, 4), dim(1, 8)]));
    const stream = (role: "input" | "weight" | "state" | "constant" | "temp") =>
      makeStream({ tensors: [tensor("t", "f32", [4, 8], role, 0)], queues: [queue("dma0", [load])] });
    for (const role of ["input", "weight", "state", "constant"] as const) expect(codesOf(stream(role))).toEqual([]);
    expect(codesOf(stream("temp"))).toEqual(["E0829"]);
  });
});

describe("HBM", () => {
  const rows = (id: number, count = 4) => hbm(id, "f32", 0, [dim(8, count), dim(1, 8)]);
  test("outputs are written in full", () => {
    const stream = (count: number) =>
      makeStream({
        tensors: [tensor("x", "f32", [4, 8], "input", 0), tensor("y", "f32", [4, 8], "output", 128)],
        queues: [queue("dma0", [copy(rows(1, count), rows(0, count))])],
      });
    expect(codesOf(stream(4))).toEqual([]);
    const { diagnostics } = checkStream(stream(3), tiny);
    expect(diagnostics).toMatchObject([{ code: "E0831", args: { bytes: "bytes 0x60..0x7f", missing: 8, total: 32 } }]);
  });
  test("tensors that share bytes may live one after the other, and not at once", () => {
    const tensors = [
      tensor("x", "f32", [4, 8], "input", 0),
      tensor("s", "f32", [4, 8], "temp", 128),
      tensor("t", "f32", [4, 8], "temp", 192),
      tensor("y", "f32", [4, 8], "output", 512),
    ];
    const run = (...body: StreamItem[]) => codesOf(makeStream({ tensors, queues: [queue("dma0", body)] }));
    const [fillS, fillT] = [copy(rows(1), rows(0)), copy(rows(2), rows(0))];
    expect(run(fillS, copy(rows(3), rows(1)), fillT, copy(rows(3), rows(2)))).toEqual([]);
    expect(run(fillS, fillT, copy(rows(3), rows(1)))).toEqual(["E0829"]);
  });
});

describe("the systolic array", () => {
  const w = chip("sbuf", "bf16", 0, 4, 8);
  const x = chip("sbuf", "bf16", 64, 4, 16);
  const sum = chip("psum", "f32", 0, 8, 16);
  const out = chip("sbuf", "f32", 128, 8, 16);
  const load = inst("load_weights", { src: operand(w) });
  const multiply = (accumulate: boolean, dst = sum) =>
    inst("matmul", { dst: operand(dst), moving: operand(x), accumulate: { kind: "flag", flag: accumulate } });
  const transpose = inst("transpose", { dst: operand(chip("psum", "bf16", 256, 8, 4)), src: operand(w) });
  const semaphores = [semaphore("ready", "dve", "pe"), semaphore("done", "pe", "dve"), semaphore("again", "dve", "pe")];
  const run = (pe: readonly StreamItem[], dve: readonly StreamItem[] = []) =>
    codesOf(
      makeStream({
        semaphores,
        queues: [queue("pe", [acquire(0), ...pe]), queue("dve", [memset(w), memset(x), release(0), ...dve])],
      }),
    );

  test("multiplies with what it holds", () => {
    expect(run([load, multiply(false)])).toEqual([]);
    expect(run([multiply(false)])).toEqual(["E0712"]);
    expect(run([load, transpose, multiply(false)])).toEqual(["E0712"]);
    expect(run([load, transpose, load, multiply(false)])).toEqual([]);
  });
  test("multiplies with weights of the right shape", () => {
    const narrow = inst("load_weights", { src: operand(chip("sbuf", "bf16", 0, 4, 7)) });
    const short = inst("load_weights", { src: operand(chip("sbuf", "bf16", 0, 3, 8)) });
    expect(run([narrow, multiply(false)])).toEqual(["E0701"]);
    expect(run([short, multiply(false)])).toEqual(["E0701"]);
  });
  test("writes into one bank", () => {
    const bank = tiny.psumBankBytesPerPartition;
    expect(run([load, multiply(false, chip("psum", "f32", bank, 8, 16))])).toEqual([]);
    expect(run([load, multiply(false, chip("psum", "f32", bank / 2, 8, 16))])).toEqual(["E0706"]);
  });
  test("adds only to what it has started", () => {
    expect(run([load, multiply(false), multiply(true)])).toEqual([]);
    expect(run([load, multiply(true)])).toEqual(["E0830"]);
    expect(run([load, multiply(false, chip("psum", "f32", 0, 8, 8)), multiply(true)])).toContain("E0830");
  });
  test("adds to nothing that another instruction has written", () => {
    const pe = (accumulate: boolean) => [load, multiply(false), release(1), acquire(2), multiply(accumulate)];
    const dve = [acquire(1), tensorCopy(out, sum), memset(sum), release(2)];
    expect(run(pe(false), dve)).toEqual([]);
    expect(run(pe(true), dve)).toEqual(["E0830"]);
  });
  test("begins a sum again when it was read, and not before", () => {
    const pe = (accumulate: boolean) => [load, multiply(false), release(1), acquire(2), multiply(accumulate)];
    const reading = [acquire(1), tensorCopy(out, sum), release(2)];
    expect(run(pe(false), reading)).toEqual([]);
    expect(run(pe(true), reading)).toEqual(["E0834"]);
    expect(run([load, multiply(false), multiply(true)])).toEqual([]);
    expect(run([load, multiply(false), multiply(false)])).toEqual(["E0833"]);
    expect(run([load, multiply(false), multiply(true), multiply(false)])).toEqual(["E0833"]);
  });
  test("keeps sums apart by byte and by partition", () => {
    const parts = (partitions: number, columns: number) => chip("psum", "f32", 0, partitions, columns);
    const pe = (accumulate: boolean, dst: ChipOperand) => {
      const [weights, moving] = [chip("sbuf", "bf16", 0, 4, Number(dst.partitions.max)), { ...x, dims: dst.dims }];
      return [
        inst("load_weights", { src: operand(weights) }),
        inst("matmul", { dst: operand(dst), moving: operand(moving), accumulate: { kind: "flag", flag: accumulate } }),
      ];
    };
    const codesOfNext = (read: ChipOperand, accumulate: boolean, dst: ChipOperand) => {
      const copied = { ...out, partitions: read.partitions, dims: read.dims };
      const dve = [acquire(1), tensorCopy(copied, read), release(2)];
      return run([...pe(false, sum), release(1), acquire(2), ...pe(accumulate, dst)], dve);
    };
    const [left, top] = [parts(8, 10), parts(5, 16)];
    for (const part of [left, top]) {
      expect(codesOfNext(part, false, part)).toEqual([]);
      expect(codesOfNext(part, true, part)).toEqual(["E0834"]);
      expect(codesOfNext(part, false, sum)).toEqual(["E0833"]);
      expect(codesOfNext(part, true, sum)).toEqual(["E0834"]);
    }
    const right = { ...parts(8, 6), address: { base: { constant: 40, terms: [] }, rings: [] } };
    expect(codesOfNext(left, true, right)).toEqual([]);
    expect(codesOfNext(left, false, right)).toEqual(["E0833"]);
  });
  test("is judged only where nothing else is wrong", () => {
    const pe = [load, multiply(false), release(1), multiply(false)];
    expect(run(pe, [acquire(1), tensorCopy(out, sum)])).toEqual(["E0828"]);
  });
});

describe("what nothing reads", () => {
  const notesOf = (...body: StreamItem[]) => checkStream(onDve(...body), tiny).notes.map(({ text }) => text);
  const unread = (at: number) =>
    `nothing reads what memset at dve:${at} of kernel kernel writes to sbuf bytes 0x0..0x1f of partitions 0..3`;
  test("is noted at the end", () => {
    expect(notesOf(memset(a))).toEqual([unread(0)]);
    expect(notesOf(memset(a), tensorCopy(b, a), tensorCopy(a, b))).toHaveLength(1);
  });
  test("is noted when it is overwritten", () => {
    expect(notesOf(memset(a), memset(a))).toEqual([unread(0), unread(1)]);
  });
  test("is not noted of one result of several", () => {
    const activation = (sums: Readonly<Record<string, Argument>>) =>
      inst("activation", { dst: operand(b), src: operand(a), func: { kind: "value", value: "copy" }, ...sums });
    const onAct = (...body: StreamItem[]) => {
      const semaphores = [semaphore("ready", "dve", "act")];
      const queues = [queue("dve", [memset(a), release(0)]), queue("act", [acquire(0), ...body])];
      const { ok, notes } = checkStream(makeStream({ semaphores, queues }), tiny);
      return { ok, notes: notes.length };
    };
    const sum = operand(chip("sbuf", "f32", 128, 4, 1));
    expect(onAct(activation({}))).toEqual({ ok: true, notes: 1 });
    expect(onAct(activation({ sum }), activation({ sum }))).toEqual({ ok: true, notes: 0 });
  });
});
