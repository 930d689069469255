// What redundant tokens cost, of streams whose redundant tokens are known.
import { expect, test } from "vitest";
import { tokenCosts } from "../../../src/driver/token-costs.ts";
import { simulate } from "../../../targets/neuron/sim/simulate.ts";
import type { ChipOperand, Stream, StreamItem } from "../../../targets/neuron/stream.ts";
import {
  acquire,
  chip,
  inst,
  machineNamed,
  makeStream,
  operand,
  productStream,
  queue,
  release,
  semaphore,
  smallProduct,
  tensorCopy,
} from "../neuron/check/fixtures.ts";

const tiny = machineNamed("tiny");
const [a, b, c] = [0, 1024, 2048].map((at) => chip("sbuf", "f32", at, 4, 256)) as [
  ChipOperand,
  ChipOperand,
  ChipOperand,
];
const memset = (dst: ChipOperand) => inst("memset", { dst: operand(dst), value: { kind: "value", value: 0 } });

const semaphores = [
  semaphore("full", "dve", "act"),
  semaphore("free", "act", "dve"),
  semaphore("also full", "dve", "act"),
];
const run = (dve: readonly StreamItem[], act: readonly StreamItem[]): Stream =>
  makeStream({ semaphores, queues: [queue("dve", dve), queue("act", act)] });

function costsOf(stream: Stream) {
  const costs = tokenCosts(stream, tiny);
  if (!costs.ok) throw new Error(JSON.stringify(costs.error));
  return costs.value;
}

function timeNs(stream: Stream): number {
  const ran = simulate(stream, tiny, undefined);
  if (!ran.ok) throw new Error(JSON.stringify(ran.error));
  return ran.value.report.timeNs;
}

test("a token that makes a queue wait for nothing saves the time of the stream without it", () => {
  const stream = (waits: boolean) =>
    run(
      [memset(a), release(0), ...(waits ? [acquire(1)] : []), memset(c)],
      [acquire(0), tensorCopy(b, a), ...(waits ? [release(1)] : [])],
    );
  const savesNs = timeNs(stream(true)) - timeNs(stream(false));
  expect(savesNs).toBeGreaterThan(0);
  const place = { kernel: "kernel", executions: 1 };
  expect(costsOf(stream(true))).toEqual({
    executions: 4,
    redundant: [
      {
        ...{ semaphore: 1, name: "free", producer: "act", consumer: "dve", isJoint: true, savesNs },
        releases: [{ ...place, queue: "act", path: [2] }],
        acquires: [{ ...place, queue: "dve", path: [2] }],
      },
    ],
    savesNs,
  });
  expect(costsOf(stream(false))).toEqual({ executions: 2, redundant: [], savesNs: 0 });
});

test("more executions than given are refused, in the search and in the runs that give the prices", () => {
  const stream = run([memset(a), release(0), acquire(1), memset(c)], [acquire(0), tensorCopy(b, a), release(1)]);
  const refusedAt = (most: number) => {
    const costs = tokenCosts(stream, tiny, most);
    return costs.ok ? undefined : costs.error.map(({ code, args }) => `${code} ${args.place}`);
  };
  expect(refusedAt(14)).toEqual(["E0835 the search for redundant tokens"]);
  expect(refusedAt(20)).toEqual(["E0835 the prices of redundant tokens"]);
  expect(refusedAt(21)).toBeUndefined();
});

test("of two that stand in for each other only one goes with the others", () => {
  const stream = run([memset(a), release(0), release(2)], [acquire(0), acquire(2), tensorCopy(b, a)]);
  const { redundant, savesNs } = costsOf(stream);
  expect(redundant.map(({ name, isJoint }) => [name, isJoint])).toEqual([
    ["full", true],
    ["also full", false],
  ]);
  expect(savesNs).toBe(redundant[0]?.savesNs);
});

test("a stream that needs all of its tokens has none", () => {
  expect(costsOf(productStream(smallProduct)).redundant).toEqual([]);
});

test("a stream with mistakes is refused", () => {
  const costs = tokenCosts(run([memset(a)], [tensorCopy(b, a)]), tiny);
  expect(costs.ok ? [] : costs.error.map(({ code }) => code)).toEqual(["E0828"]);
});
