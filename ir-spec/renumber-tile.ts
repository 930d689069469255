// The normal form of a tile program: what its text can say. Tensors in HBM first, then the buffers on chip in the order
// of their `alloc`s; loops in the order of their headers; names that differ wherever both could be meant; every
// attribute filled in. The printer prints the normal form, and the parser gives it back.

import type { Affine, Extent, Flag } from "./affine.ts";
import { type BufferId, bufferId, type LoopId, loopId } from "./base/ids.ts";
import { takeName } from "./base/names.ts";
import { makeScope, type Scoped } from "./base/scoped.ts";
import {
  type Access,
  stageOf,
  type TileBuffer,
  type TileLoop,
  type TileNode,
  type TileProgram,
  type TileStatement,
  withAccesses,
} from "./tile.ts";
import { withAllAttrs } from "./tile-ops/attrs.ts";

interface State {
  readonly program: TileProgram;
  readonly buffers: TileBuffer[];
  readonly loops: string[];
  readonly newBuffers: Map<BufferId, BufferId>;
  readonly newLoops: Map<LoopId, LoopId>;
}

/** Names that can be meant at a place: those of the enclosing bodies. */
interface Scope {
  readonly buffers: Scoped<string, number>;
  readonly loops: Scoped<string, number>;
}

/** Brings a program into the normal form; a normal program comes back equal. */
export function renumberTileProgram(program: TileProgram): TileProgram {
  const state: State = { program, buffers: [], loops: [], newBuffers: new Map(), newLoops: new Map() };
  const scope: Scope = { buffers: makeScope(), loops: makeScope() };
  for (const [index, buffer] of program.buffers.entries()) {
    if (buffer.memory === "hbm") addBuffer(state, scope, bufferId(index));
  }
  const kernels = program.kernels.map((kernel) => ({ ...kernel, body: renumberBody(state, scope, kernel.body) }));
  return { name: program.name, buffers: state.buffers, loops: state.loops, kernels };
}

function addBuffer(state: State, scope: Scope, old: BufferId): BufferId {
  const buffer = state.program.buffers[old];
  const id = bufferId(state.buffers.length);
  state.newBuffers.set(old, id);
  if (buffer === undefined) return id;
  state.buffers.push({ ...buffer, name: takeName(scope.buffers, buffer.name) });
  return id;
}

function renumberBody(state: State, outer: Scope, body: readonly TileStatement[]): TileStatement[] {
  const scope: Scope = { buffers: makeScope(outer.buffers), loops: outer.loops };
  return body.map((statement) => {
    if (statement.kind === "loop") return renumberLoop(state, scope, statement);
    if (statement.kind === "alloc") return { kind: "alloc", buffer: addBuffer(state, scope, statement.buffer) };
    return renumberNode(state, statement);
  });
}

function renumberLoop(state: State, scope: Scope, statement: TileLoop): TileLoop {
  const { loop, trips, body } = statement;
  const inner: Scope = { buffers: scope.buffers, loops: makeScope(scope.loops) };
  const id = loopId(state.loops.length);
  const newTrips = renumberExtent(state, trips);
  state.loops.push(takeName(inner.loops, state.program.loops[loop] ?? "i"));
  state.newLoops.set(loop, id);
  return { kind: "loop", loop: id, trips: newTrips, ...keepStage(statement), body: renumberBody(state, inner, body) };
}

function keepStage(statement: TileLoop | TileNode): { readonly stage?: number } {
  const stage = stageOf(statement);
  return stage === 0 ? {} : { stage };
}

function renumberNode(state: State, node: TileNode): TileNode {
  const { accumulate: _accumulate, base: _base, engine: _engine, stage: _stage, origin: _origin, ...call } = node;
  return {
    ...withAllAttrs(withAccesses(call, (access) => renumberAccess(state, access))),
    ...(node.accumulate === undefined ? {} : { accumulate: renumberFlag(state, node.accumulate) }),
    ...(node.base === undefined ? {} : { base: renumberAffine(state, node.base) }),
    ...(node.engine === undefined ? {} : { engine: node.engine }),
    ...keepStage(node),
  };
}

function renumberAccess(state: State, access: Access): Access {
  const { start, stride, size } = access.partition;
  return {
    buffer: state.newBuffers.get(access.buffer) ?? bufferId(state.program.buffers.length + access.buffer),
    offset: renumberAffine(state, access.offset),
    partition: { start, stride, size: renumberExtent(state, size) },
    dims: access.dims.map((dim) => ({ stride: dim.stride, size: renumberExtent(state, dim.size) })),
  };
}

function newLoop(state: State, loop: LoopId): LoopId {
  return state.newLoops.get(loop) ?? loopId(state.program.loops.length + loop);
}

function renumberAffine(state: State, affine: Affine): Affine {
  const terms = affine.terms.map(({ loop, scale }) => ({ loop: newLoop(state, loop), scale }));
  return { constant: affine.constant, terms: terms.sort((a, b) => a.loop - b.loop) };
}

function renumberExtent(state: State, { max, limit }: Extent): Extent {
  return limit === undefined ? { max } : { max, limit: renumberAffine(state, limit) };
}

function renumberFlag(state: State, flag: Flag): Flag {
  return typeof flag === "boolean" ? flag : { notFirst: flag.notFirst.map((loop) => newLoop(state, loop)) };
}
