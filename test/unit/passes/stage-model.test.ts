// The model of time that stages are chosen by, against the simulator.
import { describe, expect, test } from "vitest";
import type { BufferId } from "../../../ir-spec/base/ids.ts";
import type { TileBuffer } from "../../../ir-spec/tile.ts";
import { makeSharedTime } from "../../../passes/tile/shared-time.ts";
import { stagedNs } from "../../../passes/tile/staged-time.ts";
import { timeGraph } from "../../../src/driver/profile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { stepCost } from "../../../targets/neuron/step-cost.ts";
import { parseGraph, unwrap } from "./support.ts";

describe("time that queues share", () => {
  test("goes to those who ask first", () => {
    const time = makeSharedTime(100);
    expect(time.take(0, 250)).toBe(250);
    expect(time.take(50, 100)).toBe(350);
    expect(time.take(1000, 10)).toBe(1010);
  });
  test("is filled where others left some, though they asked before", () => {
    const time = makeSharedTime(100);
    expect(time.take(500, 200)).toBe(700);
    expect(time.take(100, 100)).toBe(200);
    expect(time.take(400, 200)).toBe(800);
  });
  test("takes nothing for nothing", () => {
    expect(makeSharedTime(100).take(42, 0)).toBe(42);
  });
});

const causal = `graph g(q: bf16[4, 1024, 64], k: bf16[4, 1024, 64], v: bf16[4, 1024, 64]) -> (y: bf16[4, 1024, 64]) {
  y = attention(q, k, v, is_causal=true)
}`;

describe("rows that see more and more keys", () => {
  test.each(["trn1", "trn2", "trn3"])("take about what the model says on %s", (name) => {
    const target = unwrap(targetByName(name));
    const { tiles, profile } = unwrap(timeGraph(parseGraph(causal), { target, strategy: "heuristic" }));
    const bufferInfo = (id: BufferId): TileBuffer => tiles.buffers[id] as TileBuffer;
    const { machine } = target;
    const [kernel] = tiles.kernels;
    const ns = stagedNs(kernel?.body ?? [], { machine, stepCost: stepCost(machine), bufferInfo }) ?? 0;
    const share = ns / (profile.kernels[0]?.timeNs ?? 0);
    expect(share).toBeGreaterThan(0.7);
    expect(share).toBeLessThan(1.05);
  });
});
