// Contraction kernels: a matmul or convolution takes the elementwise nodes after it, as long as each value on the way has one reader.
// The result tile is then finished while it is still on chip, and no intermediate goes to HBM.

import { printShape, shapesEqual } from "../../../ir-spec/base/tensor.ts";
import { type Node, typeOf } from "../../../ir-spec/graph.ts";
import { isKind } from "../../../ir-spec/ops/index.ts";
import { isProduct } from "../../lower/region.ts";
import { makeRemark, type Remark } from "../../pass.ts";
import type { Partition, Unit } from "./partition.ts";

type Next = { readonly node: number } | { readonly why: string | undefined };

/** Where an epilogue ended. */
export interface EpilogueEnd {
  readonly matmul: number;
  readonly last: number;
  readonly why: string;
}

/** Lets every matmul, in order, take its epilogue; gives what stopped each. */
export function growEpilogues(partition: Partition, names: readonly string[]): readonly EpilogueEnd[] {
  return partition.roles.flatMap((role, matmul) =>
    role === "contraction" || role === "convolution" ? growEpilogue(partition, matmul, names) : [],
  );
}

/** What stopped epilogues, but for those whose readers are in the same kernel all the same. */
export function remarkEpilogues(partition: Partition, ends: readonly EpilogueEnd[]): readonly Remark[] {
  const { graph } = partition;
  return ends.flatMap(({ matmul, last, why }) => {
    const { results } = graph.nodes[last] as Node;
    const readers = results.flatMap((value) => partition.readersOf(value));
    if (readers.every((reader) => partition.unitOf(reader) === partition.unitOf(last))) return [];
    return [makeRemark("missed", "fuse", `not fused: ${why}`, graph.nodes[matmul]?.span)];
  });
}

/** Merges one node after the other; gives the reason why it stopped, where that is worth a remark. */
function growEpilogue(partition: Partition, matmul: number, names: readonly string[]): readonly EpilogueEnd[] {
  const unit = partition.unitOf(matmul);
  let last = matmul;
  for (;;) {
    const next = findNext(partition, last, names);
    if (!("node" in next)) {
      absorbCasts(partition, unit);
      return next.why === undefined ? [] : [{ matmul, last, why: next.why }];
    }
    partition.merge(unit, partition.unitOf(next.node));
    last = next.node;
  }
}

/** Merges casts that only the kernel reads: its transfers and functions convert for nothing. */
function absorbCasts(partition: Partition, unit: Unit): void {
  const { graph, roles } = partition;
  for (const index of partition.members(unit)) {
    for (const operand of (graph.nodes[index] as Node).operands) {
      const cast = partition.definingNode(operand);
      if (cast === undefined || roles[cast] !== "rows" || (graph.nodes[cast] as Node).op !== "cast") continue;
      const isAlone = partition.sizeOf(partition.unitOf(cast)) === 1 && !partition.isOutput(operand);
      const isRead = partition.readersOf(operand).every((reader) => partition.unitOf(reader) === unit);
      if (isAlone && isRead && !isProduct(graph.nodes[index] as Node)) partition.merge(unit, cast);
    }
  }
}

/** The node that can follow `last` in its epilogue, or why there is none. */
function findNext(partition: Partition, last: number, names: readonly string[]): Next {
  const { graph, roles } = partition;
  const [value] = (graph.nodes[last] as Node).results;
  if (value === undefined) return { why: undefined };
  const [reader, ...others] = partition.readersOf(value);
  if (reader === undefined || roles[reader] === "view" || roles[reader] === "user") return { why: undefined };
  const name = `"${names[value]}"`;
  if (partition.isOutput(value)) return { why: `${name} is a result of the graph and is read as well` };
  if (others.length > 0) return { why: `${name} has ${others.length + 1} readers` };
  const next = graph.nodes[reader] as Node;
  if (isKind(next.op, "reduce")) return { why: `${name} is read by ${next.op}, which reduces an axis` };
  if (!isKind(next.op, "elementwise")) return { why: undefined };
  if (partition.sizeOf(partition.unitOf(reader)) > 1) {
    return { why: `${name} is read by ${next.op}, which belongs to the kernel of another matmul` };
  }
  const { shape } = typeOf(graph, value);
  const wider = next.results.find((result) => !shapesEqual(typeOf(graph, result).shape, shape));
  if (wider !== undefined) {
    return {
      why: `${next.op} makes ${printShape(typeOf(graph, wider).shape)} of ${name}, which is ${printShape(shape)}`,
    };
  }
  const index = next.operands.find((operand) => isIndex(partition, operand));
  if (index !== undefined)
    return { why: `${next.op} reads "${names[index]}", which a kernel over rows can count by itself` };
  return { node: reader };
}

/** Whether a value is computed from indices, such as a causal mask: a rows kernel computes it itself. */
export function isIndex(partition: Partition, value: Node["operands"][number]): boolean {
  const definition = partition.definingNode(value);
  return (
    definition !== undefined &&
    partition.roles[definition] === "rematerialisable" &&
    partition.graph.nodes[definition]?.op !== "full"
  );
}
