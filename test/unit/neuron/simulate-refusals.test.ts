// What the simulator refuses to run, and what it says of a stream that deadlocks.
import { describe, expect, test } from "vitest";
import { term } from "../../../ir-spec/affine.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import type { Tensor } from "../../../ir-spec/base/tensor.ts";
import { simulate } from "../../../targets/neuron/sim/simulate.ts";
import type { Stream } from "../../../targets/neuron/stream.ts";
import { counting, productInputs, productStream, tiny } from "./simulate-fixtures.ts";
import { acquire, flag, inst, loop, psum, release, sbuf, streamBuilder, value } from "./stream-fixtures.ts";

describe("refusals", () => {
  const codesOf = (stream: Stream, inputs?: ReadonlyMap<string, Tensor>, machine = tiny) => {
    const result = simulate(stream, machine, inputs);
    return result.ok ? [] : result.error.map(({ code }) => code);
  };

  test("two queues that wait for each other are both named", () => {
    const b = streamBuilder();
    const there = b.sem("there", "act", "dve");
    const back = b.sem("back", "dve", "act");
    b.queue("act", [acquire(back), release(there)]);
    b.queue("dve", [acquire(there, 2), release(back)]);
    const result = simulate(b.build(), tiny, undefined);
    invariant(!result.ok, "it deadlocks");
    const [found] = result.error;
    expect(found?.code).toBe("E1001");
    expect(found?.notes.map(({ text }) => text)).toEqual([
      "act waits at `acquire sem=s1, count=1` in kernel kernel for back, released by dve; 0 there",
      "dve waits at `acquire sem=s0, count=2` in kernel kernel for there, released by act; 0 there",
    ]);
  });

  test("missing and mistyped inputs", () => {
    expect(codesOf(productStream(), new Map())).toEqual(["E1002", "E1002"]);
    const mistyped = new Map([...productInputs, ["x", counting("f32", [8, 16])] as const]);
    expect(codesOf(productStream(), mistyped)).toEqual(["E1003"]);
  });

  test("another machine's stream, and another queue's semaphore", () => {
    expect(codesOf(streamBuilder("trn2").build())).toEqual(["E1006"]);
    const b = streamBuilder();
    const sem = b.sem("s", "act", "dve");
    b.queue("pe", [release(sem)]);
    expect(codesOf(b.build())).toEqual(["E1007"]);
  });

  test("an address that leaves the memory in a late iteration", () => {
    const b = streamBuilder();
    const i = b.loop("i");
    const dst = sbuf("f32", { at: term(i, tiny.sbufBytesPerPartition / 4), p: 8, f: 1 });
    b.queue("dve", [loop(i, 5, [inst("memset", { dst, value: value(0) })])]);
    expect(codesOf(b.build(), new Map())).toEqual(["E1004"]);
  });

  test("more releases that nobody takes than there is memory for", () => {
    const b = streamBuilder();
    const i = b.loop("i");
    const sem = b.sem("s", "act", "dve");
    b.queue("act", [loop(i, 2 ** 22, [release(sem)])]);
    expect(codesOf(b.build())).toEqual(["E0835"]);
  });

  test("a matmul without weights", () => {
    const b = streamBuilder();
    const moving = sbuf("bf16", { at: 0, p: 8, f: 8 });
    b.queue("pe", [inst("matmul", { dst: psum("f32", { at: 0, p: 8, f: 8 }), moving, accumulate: flag(false) })]);
    expect(codesOf(b.build(), new Map())).toEqual(["E0712"]);
  });

  test("an illegal instruction", () => {
    const b = streamBuilder();
    b.queue("pool", [inst("memset", { dst: psum("f32", { at: 0, p: 8, f: 8 }), value: value(0) })]);
    expect(codesOf(b.build())).toEqual(["E0708"]);
  });
});
