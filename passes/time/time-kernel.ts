// How long a lowered kernel takes, without running it: the slowest unit's work, what comes before that unit can start and after
// it has ended, and what rings of few slots make it wait (work.ts). An estimate: it compares candidates and decides nothing about
// meaning.
//
//     for v { load x; matmul x -> acc; copy acc -> y; store y }
//
// Before the array starts there is the first load; after its last matmul a copy and a store.

import type { StepTime } from "../../ir-spec/cost.ts";
import type { TileNode, TileStatement } from "../../ir-spec/tile.ts";
import { isTransfer } from "../../ir-spec/tile-ops/index.ts";
import type { KernelSource } from "./kernel-source.ts";
import { type Costs, makeCosts, sumOf, workOf } from "./work.ts";

export interface KernelTime {
  readonly timeNs: number;
  /** The time that the unit with the most to do is busy. */
  readonly busiestNs: number;
  /** The time that all units are busy, added up. */
  readonly workNs: number;
  /** The time where units never wait for each other but at the beginning and at the end. */
  readonly spanNs: number;
}

export function timeKernel(source: KernelSource): KernelTime {
  const { body } = source;
  const costs = makeCosts(source);
  const { busy, leastNs } = workOf(costs, body, 1);
  const headNs = timeBefore(costs, body, isCompute).ns;
  const spanOf = (unit: StepTime["unit"]): number => {
    if (busy[unit] === 0) return 0;
    if (unit === "dma") return busy.dma + timeAfter(costs, body, (node) => isLoad(costs, node)).ns;
    return headNs + busy[unit] + timeAfter(costs, body, (node) => costs.costOf(node).unit === unit).ns;
  };
  const spans = [spanOf("pe"), spanOf("act"), spanOf("dve"), spanOf("pool"), spanOf("dma")];
  const busiestNs = Math.max(busy.pe, busy.act, busy.dve, busy.pool, busy.dma);
  const spanNs = Math.max(...spans);
  return { timeNs: Math.max(headNs + leastNs, spanNs), busiestNs, workNs: sumOf(busy), spanNs };
}

const isCompute = ({ op }: TileNode): boolean => !isTransfer(op);

function isLoad({ bufferInfo }: Costs, { op, operands: { dst } }: TileNode): boolean {
  return isTransfer(op) && dst !== undefined && bufferInfo(dst.buffer).memory !== "hbm";
}

interface Span {
  readonly ns: number;
  readonly isFound: boolean;
}

type Asked = (node: TileNode) => boolean;

/** The time of what comes before the first op that is asked for, in order of the text. */
const timeBefore = (costs: Costs, body: readonly TileStatement[], isAsked: Asked): Span =>
  timeUpTo(costs, body, isAsked, (statements) => statements);

/** The time of what comes after the last op that is asked for. */
const timeAfter = (costs: Costs, body: readonly TileStatement[], isAsked: Asked): Span =>
  timeUpTo(costs, body, isAsked, (statements) => statements.toReversed());

function timeUpTo(
  costs: Costs,
  body: readonly TileStatement[],
  isAsked: Asked,
  inOrder: (body: readonly TileStatement[]) => readonly TileStatement[],
): Span {
  let ns = 0;
  for (const statement of inOrder(body)) {
    if (statement.kind === "alloc") continue;
    if (statement.kind === "op") {
      if (isAsked(statement)) return { ns, isFound: true };
      ns += costs.costOf(statement).busyNs;
      continue;
    }
    const inside = timeUpTo(costs, statement.body, isAsked, inOrder);
    if (inside.isFound) return { ns: ns + inside.ns, isFound: true };
    ns += inside.ns * statement.trips.max;
  }
  return { ns, isFound: false };
}
