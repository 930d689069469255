// What a statement is said to take, against what the simulator takes for many of them: each engine's ops, and transfers.
import { describe, expect, test } from "vitest";
import type { TileNode, TileProgram } from "../../../ir-spec/tile.ts";
import { compileTiles } from "../../../targets/neuron/compile/compile.ts";
import { machineByName } from "../../../targets/neuron/machines/index.ts";
import { simulate } from "../../../targets/neuron/sim/simulate.ts";
import { stepCost } from "../../../targets/neuron/step-cost.ts";
import { unwrap } from "../passes/support.ts";
import { tileProgram } from "../tile/support.ts";

const statements = [
  "matmul acc[0; 128; 512:1] <- stationary=a[0; 128; 128:1], moving=b[0; 128; 512:1], accumulate=true",
  "matmul acc[0; 128; 128:1] <- stationary=a[0; 128; 128:1], moving=b[0; 128; 128:1], accumulate=true",
  "transpose t[0; 128; 128:1] <- a[0; 128; 128:1]",
  "activation a[0; 128; 2048:1] <- b[0; 128; 2048:1], func=exp",
  "activation b[0; 128; 512:1] <- acc[0; 128; 512:1], func=copy",
  "tensor_copy b[0; 128; 512:1] <- acc[0; 128; 512:1]",
  "tensor_scalar a[0; 128; 2048:1] <- b[0; 128; 2048:1], op0=multiply, imm0=2",
  "tensor_reduce f[0; 128; 1:1] <- b[0; 128; 2048:1], op=max",
  "tensor_scalar_reduce a[0; 128; 2048:1], fold=f[0; 128; 1:1] <- b[0; 128; 2048:1], op0=multiply, imm0=-1, op1=min",
  "tensor_tensor a[0; 128; 2048:1] <- lhs=b[0; 128; 2048:1], rhs=b[0; 128; 2048:1], op=add",
  "tensor_copy a[0; 128; 2048:1] <- b[0; 128; 2048:1] on pool",
  "dma a[0; 128; 2048:1] <- x[0, 0; 128:2048; 2048:1]",
  "dma a[0; 128; 128:1] <- x[0, 0; 128:2048; 128:1]",
  "dma_transpose a[0; 128; 128:1] <- x[0, 0; 128:2048; 128:1]",
  "dma y[0, 0; 128:2048; 2048:1] <- a[0; 128; 2048:1]",
] as const;

function programOf(statement: string, trips: number): TileProgram {
  return tileProgram(`program p
hbm x: bf16[128, 2048] input
hbm y: bf16[128, 2048] output

kernel k (op) {
  sbuf a: bf16[128, 2048]
  sbuf b: bf16[128, 2048]
  sbuf f: f32[128, 1]
  psum acc: f32[128, 512]
  psum t: bf16[128, 128]
  for i in 0..${trips} {
    ${statement}
  }
}
`);
}

function nodeOf({ kernels }: TileProgram): TileNode {
  const [node] = kernels[0]?.body.flatMap((statement) => (statement.kind === "loop" ? statement.body : [])) ?? [];
  if (node?.kind !== "op") throw new Error("no op in the loop");
  return node;
}

describe.each(["trn1", "trn2"])("%s", (name) => {
  const machine = machineByName(name);
  if (machine === undefined) throw new Error(`no machine ${name}`);

  test.each(statements)("%s", (statement) => {
    const timeNs = (trips: number): number => {
      const stream = unwrap(compileTiles(programOf(statement, trips), machine));
      return unwrap(simulate(stream, machine, undefined)).report.timeNs;
    };
    const program = programOf(statement, 1);
    const cost = stepCost(machine)(nodeOf(program), (id) => {
      const buffer = program.buffers[id];
      if (buffer === undefined) throw new Error(`no buffer ${id}`);
      return buffer;
    });
    const measured = (timeNs(300) - timeNs(100)) / 200;
    const said = Math.max(cost.busyNs, cost.issueNs);
    expect(said / measured).toBeGreaterThan(0.95);
    expect(said / measured).toBeLessThan(1.05);
    // One alone, with the program's own start and end, takes no less than it says.
    expect(cost.latencyNs).toBeLessThan(timeNs(1));
    expect(cost.latencyNs).toBeGreaterThanOrEqual(cost.busyNs);
  });
});
