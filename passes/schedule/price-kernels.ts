// What kernels take, one after the other, once the best schedule of each is chosen: the price of a fusion is what it takes with
// one kernel and with several.

import type { BufferId } from "../../ir-spec/base/ids.ts";
import type { StepCost } from "../../ir-spec/cost.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import type { TileBuffer, TileKernel, TileNode, TileStatement } from "../../ir-spec/tile.ts";
import { isTransfer } from "../../ir-spec/tile-ops/index.ts";
import { lowerGraph } from "../lower/lower.ts";
import type { CostEnv, PassEnv } from "../pass.ts";
import { pipelineLoops } from "../tile/pipeline-loops.ts";
import { stagedNs } from "../time/staged-time.ts";
import { timeKernel } from "../time/time-kernel.ts";
import { fits, measureRoom } from "./measure.ts";

/** The time of a graph's kernels in ns; undefined where one cannot be lowered or does not fit. */
export function priceKernels(graph: Graph, env: PassEnv): number | undefined {
  const lowered = lowerGraph(graph, { strategy: "heuristic" }, env);
  if (!lowered.ok) return undefined;
  const staged = pipelineLoops.run(lowered.value.program, { max_stages: null }, env);
  if (!staged.ok) return undefined;
  const { kernels, buffers } = staged.value.ir;
  const bufferInfo = (buffer: BufferId): TileBuffer => buffers[buffer] as TileBuffer;
  let sum = 0;
  for (const kernel of kernels) {
    const ns = kernelNs(kernel, bufferInfo, env);
    if (ns === undefined) return undefined;
    sum += ns;
  }
  return sum;
}

function kernelNs(
  { body }: TileKernel,
  bufferInfo: (buffer: BufferId) => TileBuffer,
  env: CostEnv,
): number | undefined {
  const { machine, stepCost } = env;
  if (!fits(measureRoom(body, bufferInfo, machine), machine)) return undefined;
  const source = { ...env, body, bufferInfo };
  const { timeNs, spanNs } = timeKernel(source);
  const staged = stagedNs(source);
  const ownNs = staged === undefined ? timeNs : Math.min(timeNs, Math.max(staged, spanNs));
  return ownNs + 2 * transferDelayNs(body, stepCost, bufferInfo);
}

/** What a transfer takes beyond its bytes: before a kernel's first statement, and after its last one, nothing else is there to do. */
function transferDelayNs(
  body: readonly TileStatement[],
  stepCost: StepCost,
  bufferInfo: (buffer: BufferId) => TileBuffer,
): number {
  const transfer = firstTransfer(body);
  if (transfer === undefined) return 0;
  const { latencyNs, busyNs } = stepCost(transfer, bufferInfo);
  return latencyNs - busyNs;
}

function firstTransfer(body: readonly TileStatement[]): TileNode | undefined {
  for (const statement of body) {
    if (statement.kind === "op" && isTransfer(statement.op)) return statement;
    const inside = statement.kind === "loop" ? firstTransfer(statement.body) : undefined;
    if (inside !== undefined) return inside;
  }
  return undefined;
}
