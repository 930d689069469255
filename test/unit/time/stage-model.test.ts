// The model of time that stages are chosen by, against the simulator.
import { describe, expect, test } from "vitest";
import type { BufferId } from "../../../ir-spec/base/ids.ts";
import type { TileBuffer } from "../../../ir-spec/tile.ts";
import { stagedNs } from "../../../passes/time/staged-time.ts";
import { timeGraph } from "../../../src/driver/profile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { stepCost } from "../../../targets/neuron/step-cost.ts";
import { parseGraph, unwrap } from "../passes/support.ts";

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
    const ns = stagedNs({ body: kernel?.body ?? [], machine, stepCost: stepCost(machine), bufferInfo }) ?? 0;
    const share = ns / (profile.kernels[0]?.timeNs ?? 0);
    expect(share).toBeGreaterThan(0.7);
    expect(share).toBeLessThan(1.05);
  });
});
