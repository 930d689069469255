// Names in the normal form of a tile program: loops by their depth, buffers on chip after what fills them, tensors that pass
// between kernels after the kernel that writes them. The printer adds numbers where a name would mean two things.

import type { BufferId, LoopId } from "../../../ir-spec/base/ids.ts";
import { takeName } from "../../../ir-spec/base/names.ts";
import { makeScope } from "../../../ir-spec/base/scoped.ts";
import {
  namedAccesses,
  type TileBuffer,
  type TileNode,
  type TileProgram,
  type TileStatement,
} from "../../../ir-spec/tile.ts";
import { operandsOf } from "./tile-touches.ts";

export function nameTileParts(program: TileProgram): TileProgram {
  const tensors = nameTensors(program);
  const fillers = findFillers(program);
  const buffers = program.buffers.map((buffer, index): TileBuffer => {
    const name = tensors.get(index as BufferId) ?? chipName(program, tensors, fillers.get(index as BufferId));
    return { ...buffer, name };
  });
  return { ...program, buffers, loops: nameLoops(program) };
}

function nameLoops({ loops, kernels }: TileProgram): readonly string[] {
  const names = [...loops];
  const visit = (statement: TileStatement, depth: number): void => {
    if (statement.kind !== "loop") return;
    names[statement.loop as LoopId] = `i${depth}`;
    for (const child of statement.body) visit(child, depth + 1);
  };
  for (const { body } of kernels) for (const statement of body) visit(statement, 0);
  return names;
}

/** All ops of a program, in its order, each with its kernel. */
function* nodesOf({ kernels }: TileProgram): Generator<{ readonly kernel: string; readonly node: TileNode }> {
  function* inBody(body: readonly TileStatement[]): Generator<TileNode> {
    for (const statement of body) {
      if (statement.kind === "op") yield statement;
      if (statement.kind === "loop") yield* inBody(statement.body);
    }
  }
  for (const { name, body } of kernels) for (const node of inBody(body)) yield { kernel: name, node };
}

function nameTensors(program: TileProgram): ReadonlyMap<BufferId, string> {
  const names = new Map<BufferId, string>();
  const taken = makeScope<string, number>();
  const inHbm = program.buffers.flatMap((buffer, index) => (buffer.memory === "hbm" ? [[index, buffer] as const] : []));
  for (const [index, { name, role }] of inHbm) {
    if (role !== "temp" && role !== "constant") names.set(index as BufferId, takeName(taken, name));
  }
  for (const { kernel, node } of nodesOf(program)) {
    for (const { role, access } of operandsOf(node)) {
      const tensor = program.buffers[access.buffer];
      if (tensor?.memory !== "hbm" || names.has(access.buffer)) continue;
      const isConstant = tensor.role === "constant";
      if (isConstant) names.set(access.buffer, takeName(taken, "constant"));
      else if (role !== "read") names.set(access.buffer, takeName(taken, `${kernel}_temp`));
    }
  }
  for (const [index, { role }] of inHbm) {
    const id = index as BufferId;
    if (!names.has(id)) names.set(id, takeName(taken, role ?? "tensor"));
  }
  return names;
}

/** For each buffer on chip the op that writes it first. */
function findFillers(program: TileProgram): ReadonlyMap<BufferId, TileNode> {
  const fillers = new Map<BufferId, TileNode>();
  for (const { node } of nodesOf(program)) {
    for (const { role, access } of operandsOf(node)) {
      if (role !== "read" && !fillers.has(access.buffer)) fillers.set(access.buffer, node);
    }
  }
  return fillers;
}

/** `x_tile` for what is loaded from the tensor x, else the op that makes it. */
function chipName(program: TileProgram, tensors: ReadonlyMap<BufferId, string>, filler: TileNode | undefined): string {
  if (filler === undefined) return "unused";
  const { src, table } = namedAccesses(filler);
  const source = src?.buffer ?? table?.buffer;
  const isLoad = source !== undefined && program.buffers[source]?.memory === "hbm";
  return isLoad ? `${tensors.get(source)}_tile` : filler.op;
}
