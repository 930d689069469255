// What the check says of the order between queues: races, deadlocks, tokens left over and tokens not needed.
import { describe, expect, test } from "vitest";
import { errorMessage } from "../../../../ir-spec/base/errors/index.ts";
import { checkStream } from "../../../../targets/neuron/check/check.ts";
import type { ChipOperand, Semaphore, Stream, StreamItem } from "../../../../targets/neuron/stream.ts";
import {
  acquire,
  chip,
  inst,
  loop,
  machineNamed,
  makeStream,
  operand,
  productStream,
  queue,
  release,
  semaphore,
  smallProduct,
  tensorCopy,
} from "./fixtures.ts";

const tiny = machineNamed("tiny");
const codesOf = (stream: Stream) => checkStream(stream, tiny).diagnostics.map(({ code }) => code);
const memset = (dst: ChipOperand) => inst("memset", { dst: operand(dst), value: { kind: "value", value: 0 } });
const [a, b, c] = [0, 64, 128].map((at) => chip("sbuf", "f32", at, 4, 8)) as [ChipOperand, ChipOperand, ChipOperand];
const actCopy = (dst: ChipOperand, src: ChipOperand) => tensorCopy(dst, src);
const semaphores = [
  semaphore("full", "dve", "act"),
  semaphore("free", "act", "dve"),
  semaphore("more", "dve", "pool"),
  semaphore("last", "pool", "act"),
];

/** A stream of programs for dve, act and pool. */
function run(dve: readonly StreamItem[], act: readonly StreamItem[], pool: readonly StreamItem[] = []): Stream {
  const queues = [queue("dve", dve), queue("act", act), queue("pool", pool)];
  return makeStream({ semaphores, loops: ["i"], queues });
}

describe("races", () => {
  test("a read after a write needs a token", () => {
    expect(codesOf(run([memset(a), release(0)], [acquire(0), actCopy(b, a)]))).toEqual([]);
    expect(codesOf(run([memset(a)], [actCopy(b, a)]))).toEqual(["E0828"]);
  });
  test("a token covers only what was done before its release", () => {
    expect(codesOf(run([release(0), memset(a)], [acquire(0), actCopy(b, a)]))).toEqual(["E0828"]);
  });
  test("a write after a read needs a token, and so does a write after a write", () => {
    const reader = [acquire(0), actCopy(b, a)];
    expect(codesOf(run([memset(a), release(0), acquire(1), memset(a)], [...reader, release(1)]))).toEqual([]);
    expect(codesOf(run([memset(a), release(0), memset(a)], reader))).toEqual(["E0828"]);
    expect(codesOf(run([memset(a)], [], [memset(a)]))).toEqual(["E0828"]);
  });
  test("two readers need no order between them, and the writer needs both", () => {
    const act = [acquire(0), actCopy(b, a), release(1)];
    const pool = [acquire(2), tensorCopy(c, a)];
    const write = [memset(a), release(0), release(2)];
    expect(codesOf(run(write, act, pool))).toEqual([]);
    expect(codesOf(run([...write, acquire(1), memset(a)], act, pool))).toEqual(["E0828"]);
  });
  test("order passes through a third queue", () => {
    const pool = [acquire(2), release(3)];
    expect(codesOf(run([memset(a), release(2)], [acquire(3), actCopy(b, a)], pool))).toEqual([]);
  });
  test("tokens of the start order nothing", () => {
    const started: Semaphore[] = semaphores.map((sem) => ({ ...sem, initial: 1 }));
    const stream = { ...run([memset(a), release(0)], [acquire(0), actCopy(b, a)]), semaphores: started };
    expect(codesOf(stream)).toEqual(["E0828"]);
  });
  test("neighbouring bytes and neighbouring partitions do not race", () => {
    const right: ChipOperand = { ...a, startPartition: 4 };
    expect(codesOf(run([memset(a)], [], [memset(right)]))).toEqual([]);
    expect(codesOf(run([memset(a)], [], [memset(chip("sbuf", "f32", 32, 4, 8))]))).toEqual([]);
    expect(codesOf(run([memset(a)], [], [memset(chip("sbuf", "f32", 28, 4, 8))]))).toEqual(["E0828"]);
  });
  test("the message names both sides, the bytes and the semaphores that could help", () => {
    const dve = [loop(0, 2, [memset(a), release(0)])];
    const [found] = checkStream(run(dve, [loop(0, 2, [acquire(0), actCopy(b, a)])]), tiny).diagnostics;
    expect(found && errorMessage(found.code, found.args)).toBe(
      "race on sbuf bytes 0x0..0x1f of partitions 0..3: act reads (tensor_copy at act:0.1 of kernel kernel, i=0) " +
        "while dve may still write (memset at dve:0.0 of kernel kernel, i=1)",
    );
    expect(found?.notes).toEqual([{ text: 'semaphores from dve to act: s0 "full"' }]);
  });
});

describe("deadlocks", () => {
  test("queues that wait for each other are named in a ring", () => {
    const stream = run([acquire(1), release(0)], [acquire(0), release(1)]);
    const [found] = checkStream(stream, tiny).diagnostics;
    expect(found).toMatchObject({
      code: "E0827",
      args: { count: 2, queues: 3, cycle: "dve waits for act waits for dve" },
    });
    expect(found?.notes[0]?.text).toBe(
      'dve waits for 1 token of s1 "free" (0 there, act releases them), acquire at dve:0 of kernel kernel',
    );
  });
  test("a queue may wait for one that has ended", () => {
    const [found] = checkStream(run([acquire(1, 2)], [release(1)]), tiny).diagnostics;
    expect(found).toMatchObject({ code: "E0827" });
    expect(found?.args.cycle).toBe("dve waits for act, which has ended without a token for dve");
  });
  test("several tokens may be taken at once", () => {
    expect(codesOf(run([release(0), release(0)], [acquire(0, 2)]))).toEqual([]);
  });
});

describe("tokens", () => {
  test("left over are noted, and no mistake", () => {
    const report = checkStream(run([release(0, 2)], [acquire(0)]), tiny);
    expect(report.ok).toBe(true);
    expect(report.notes.map(({ text }) => text)).toEqual([
      'semaphore s0 "full" ends with 1 tokens and started with 0: act does not take all of them',
    ]);
  });
  test("that nobody takes are kept up to a bound", () => {
    expect(codesOf(run([loop(0, 2 ** 22, [release(0)])], []))).toEqual(["E0835"]);
  });
  const redundant = (stream: Stream) =>
    checkStream(stream, tiny, { redundant: true }).redundantTokens.map(
      ({ sem, queue: name, path, kind, executions, isJoint }) =>
        `${kind} s${sem} at ${name}:${path.join(".")}, ${executions} times${isJoint ? "" : ", alone"}`,
    );
  test("that order what nothing else orders are needed", () => {
    expect(redundant(run([memset(a), release(0)], [acquire(0), actCopy(b, a)]))).toEqual([]);
    expect(redundant(productStream(smallProduct))).toEqual([]);
  });
  test("that order nothing are redundant", () => {
    const stream = run([memset(a), release(0), acquire(1)], [acquire(0), actCopy(b, a), release(1)]);
    expect(redundant(stream)).toEqual(["release s1 at act:2, 1 times", "acquire s1 at dve:2, 1 times"]);
  });
  test("of a semaphore are judged by part, where tokens released and acquired are equally many", () => {
    const [first, second] = [
      [memset(a), release(0)],
      [memset(c), release(0)],
    ];
    const stream = (...act: readonly StreamItem[]) => run([...first, ...second], act);
    // The second token orders what the first one orders, but only the first comes before the copy.
    expect(redundant(stream(acquire(0), actCopy(b, a), acquire(0)))).toEqual([
      "release s0 at dve:3, 1 times",
      "acquire s0 at act:2, 1 times",
    ]);
    expect(redundant(stream(acquire(0), actCopy(b, a), acquire(0), actCopy(b, c)))).toEqual([]);
  });
  test("of one loop go with the acquire that takes their tokens, and those of semaphores that start with tokens belong together", () => {
    const loops = (body: readonly StreamItem[]) => [loop(0, 2, body)];
    expect(redundant(run(loops([memset(a), release(0), release(0)]), loops([acquire(0), acquire(0)])))).toEqual([
      "release s0 at dve:0.1, 2 times",
      "acquire s0 at act:0.0, 2 times",
      "release s0 at dve:0.2, 2 times",
      "acquire s0 at act:0.1, 2 times",
    ]);
    // A slot is used in two loops: the second loop waits for what the first one has left.
    const semaphoresWithFree = semaphores.map((sem) => (sem.name === "free" ? { ...sem, initial: 1 } : sem));
    const write = [acquire(1), memset(a), release(0)];
    const read = [acquire(0), actCopy(b, a), release(1)];
    const twice = run([...loops(write), ...loops(write)], [...loops(read), ...loops(read)]);
    expect(redundant({ ...twice, semaphores: semaphoresWithFree })).toEqual([]);
  });
  test("are counted in all iterations", () => {
    const stream = run([loop(0, 3, [release(0)])], [loop(0, 3, [acquire(0)])]);
    expect(redundant(stream)).toEqual(["release s0 at dve:0.0, 3 times", "acquire s0 at act:0.0, 3 times"]);
  });
  test("of which one of two does are left out one at a time", () => {
    const pool = [acquire(2), release(3)];
    const stream = run([memset(a), release(0), release(2)], [acquire(0), acquire(3), actCopy(b, a)], pool);
    expect(redundant(stream)).toEqual([
      "release s0 at dve:1, 1 times",
      "acquire s0 at act:0, 1 times",
      "release s2 at dve:2, 1 times, alone",
      "acquire s2 at pool:0, 1 times, alone",
      "release s3 at pool:1, 1 times, alone",
      "acquire s3 at act:1, 1 times, alone",
    ]);
  });
});
