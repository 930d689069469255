// Names of kernels, as schedules and reports use them: the user's name of what the kernel makes, else its main op and a
// number. They depend on the kernel alone and on the equally named ones before it, so that they stay when others change.

import { takeName } from "../../../ir-spec/base/names.ts";
import { makeScope, type Scoped } from "../../../ir-spec/base/scoped.ts";
import type { Node } from "../../../ir-spec/graph.ts";
import { isKind, type OpName } from "../../../ir-spec/ops/index.ts";
import { nameValues } from "../../../ir-spec/print-graph.ts";
import type { Partition, Unit } from "./partition.ts";

/** Gives each unit that it is asked for a name that no other kernel has. */
export function makeKernelNamer(partition: Partition): (unit: Unit) => string {
  const names = nameValues(partition.graph);
  const taken = makeScope<string, number>();
  for (const { name } of partition.graph.kernels) taken.own.set(name, 1);
  const counts = new Map<string, number>();
  return (unit) => {
    const given = givenName(partition, unit, names);
    return given === undefined ? numberedName(mainOp(partition, unit), taken, counts) : takeName(taken, given);
  };
}

/** `matmul_0`, `matmul_1`, ...; `counts` has the number that each op has come to. */
function numberedName(op: string, taken: Scoped<string, number>, counts: Map<string, number>): string {
  let count = counts.get(op) ?? 0;
  while (taken.own.has(`${op}_${count}`)) count++;
  counts.set(op, count);
  return takeName(taken, `${op}_${count}`);
}

/** The user's name of the last value that leaves the kernel. */
function givenName(partition: Partition, unit: Unit, names: readonly string[]): string | undefined {
  const members = partition.members(unit);
  const leaving = members
    .flatMap((index) => (partition.graph.nodes[index] as Node).results)
    .filter((value) => {
      const readers = partition.readersOf(value);
      return partition.isOutput(value) || readers.some((reader) => partition.unitOf(reader) !== unit);
    });
  const name = names[leaving.at(-1) ?? -1];
  return name === undefined || name.startsWith("%") ? undefined : name;
}

/** What the kernel is mostly for: its matmul, its softmax or normalization, its first fold, or else its last op. */
function mainOp(partition: Partition, unit: Unit): string {
  const found = partition.members(unit).map((index) => (partition.graph.nodes[index] as Node).op);
  const has = (...wanted: readonly OpName[]): boolean => wanted.every((op) => found.includes(op));
  if (has("matmul")) return "matmul";
  if (has("conv")) return "conv";
  if (has("reduce_max", "exp", "reduce_sum")) return "softmax";
  if (has("reduce_mean", "rsqrt")) return "normalization";
  return found.find((op) => isKind(op, "reduce")) ?? found.at(-1) ?? "kernel";
}
