// Which loops get stages, and what they gain, by the simulator.
import { describe, expect, test } from "vitest";
import type { BufferId } from "../../../ir-spec/base/ids.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { printTileProgram } from "../../../ir-spec/print-tile.ts";
import type { TileBuffer, TileProgram } from "../../../ir-spec/tile.ts";
import { verifyTile } from "../../../ir-spec/verify-tile.ts";
import { applyPipeline, planPipeline } from "../../../passes/tile/pipeline.ts";
import { graphToTiles } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { compileTiles } from "../../../targets/neuron/compile/compile.ts";
import { machineByName } from "../../../targets/neuron/machines/index.ts";
import { simulate } from "../../../targets/neuron/sim/simulate.ts";
import { stepCost } from "../../../targets/neuron/step-cost.ts";
import { tileProgram } from "../tile/support.ts";
import { parseGraph, unwrap } from "./support.ts";

const softmax = `program p
hbm x: bf16[4096, 4096] input
hbm y: bf16[4096, 4096] output

kernel y (softmax) {
  for p in 0..32 {
    sbuf t: bf16[128, 4096]
    dma t[0; 128; 4096:1] <- x[128*p, 0; 128:4096; 4096:1]
    sbuf m: bf16[128, 1]
    tensor_reduce m[0; 128; 1:1] <- t[0; 128; 4096:1], op=max, negate=true
    sbuf s: f32[128, 1]
    activation t[0; 128; 4096:1], sum=s[0; 128; 1:1] <- t[0; 128; 4096:1], bias=m[0; 128; 1:1], func=exp
    sbuf r: f32[128, 1]
    reciprocal r[0; 128; 1:1] <- s[0; 128; 1:1]
    tensor_scalar t[0; 128; 4096:1] <- t[0; 128; 4096:1], scalar0=r[0; 128; 1:1], op0=multiply
    dma y[128*p, 0; 128:4096; 4096:1] <- t[0; 128; 4096:1]
  }
}
`;

function machineNamed(name: string): Machine {
  const machine = machineByName(name);
  if (machine === undefined) throw new Error(`no machine ${name}`);
  return machine;
}

const trn2 = machineNamed("trn2");

function pipelined(program: TileProgram, machine: Machine = trn2, maxStages = 1000): TileProgram {
  const buffers = [...program.buffers];
  const bufferInfo = (id: BufferId): TileBuffer => buffers[id] as TileBuffer;
  const kernels = program.kernels.map((kernel) => {
    const plan = planPipeline(kernel.body, { machine, stepCost: stepCost(machine), bufferInfo, maxStages });
    if (plan === undefined) return kernel;
    const resize = (id: BufferId, slots: number): void => {
      buffers[id] = { ...bufferInfo(id), slots };
    };
    return { ...kernel, body: applyPipeline(kernel.body, plan, resize) };
  });
  return { ...program, buffers, kernels };
}

function timeNs(program: TileProgram): number {
  expect(verifyTile(program)).toEqual([]);
  return unwrap(simulate(unwrap(compileTiles(program, trn2)), trn2, undefined)).report.timeNs;
}

describe("a softmax in place", () => {
  test("scales a tile after the maximum of the next one, with slots for all that are under way", () => {
    const staged = pipelined(tileProgram(softmax));
    const text = printTileProgram(staged);
    expect(text).toContain("op0=multiply stage ");
    expect(text).toContain("op=max, negate=true\n");
    expect(timeNs(staged)).toBeLessThan(0.5 * timeNs(tileProgram(softmax)));
    // Within a tenth of what DMA takes for the bytes alone.
    const bytesNs = (2 * 4096 * 4096 * 2 * 1e9) / trn2.hbmBytesPerSecond;
    expect(timeNs(staged) - trn2.programStartNs - trn2.programEndNs).toBeLessThan(1.1 * bytesNs);
  });

  test("has fewer slots, or no stages, where memory is short", () => {
    for (const tiles of [2, 3, 4, 5]) {
      const machine = { ...trn2, sbufBytesPerPartition: tiles * 8192 + 1024 };
      const staged = pipelined(tileProgram(softmax), machine);
      expect(verifyTile(staged)).toEqual([]);
      expect(compileTiles(staged, machine).ok).toBe(true);
    }
  });
});

test("no stages where no queue comes back to a tile", () => {
  const plain = tileProgram(`program p
hbm x: bf16[4096, 4096] input
hbm y: bf16[4096, 4096] output

kernel y (exp) {
  for p in 0..32 {
    sbuf t: bf16[128, 4096] x3
    dma t[0; 128; 4096:1] <- x[128*p, 0; 128:4096; 4096:1]
    activation t[0; 128; 4096:1] <- t[0; 128; 4096:1], func=exp
    tensor_scalar t[0; 128; 4096:1] <- t[0; 128; 4096:1], op0=multiply, imm0=2
    dma y[128*p, 0; 128:4096; 4096:1] <- t[0; 128; 4096:1]
  }
}
`);
  expect(pipelined(plain)).toEqual(plain);
});

describe("the schedule field `stages`", () => {
  const graph = parseGraph("graph g(x: bf16[4096, 8192]) -> (y: bf16[4096, 8192]) { y = softmax(x) }");
  const lowered = (strategy: "naive" | "heuristic", stages?: number): string => {
    const target = unwrap(targetByName("trn2"));
    const schedule = { name: "s", graph: "g", kernels: [{ kernel: "*", fields: { stages: stages ?? 1 } }] };
    const options = { target, strategy, ...(stages === undefined ? {} : { schedule }) };
    return printTileProgram(unwrap(graphToTiles(graph, options)).value);
  };

  test("1 is the plain loop", () => {
    expect(lowered("heuristic")).toContain(" stage ");
    expect(lowered("heuristic", 1)).not.toContain(" stage ");
  });

  test("2 is at most one stage more, for the naive strategy as well", () => {
    expect(lowered("naive")).not.toContain(" stage ");
    expect(lowered("naive", 2)).toContain(" stage 1");
    expect(lowered("heuristic", 2)).not.toContain(" stage 2");
  });
});
