// The normal form of a tile program (stage 4): statements in their structural order, kernels too, each alloc before the first use of
// its buffer; loops are named by their depth, buffers after what fills them, kernels after what they write. Schedules, which
// are reports, are left out. Programs that differ in nothing but names, numbers and the order of what is independent have the
// same normal form, and a change of one kernel changes its own lines.

import { type BufferId, bufferId, type LoopId } from "../../../ir-spec/base/ids.ts";
import { takeName } from "../../../ir-spec/base/names.ts";
import { makeScope } from "../../../ir-spec/base/scoped.ts";
import {
  stageOf,
  type TileBuffer,
  type TileKernel,
  type TileProgram,
  type TileStatement,
  withAccesses,
} from "../../../ir-spec/tile.ts";
import { kernelNameOf } from "./kernel-name.ts";
import { compareTexts, findLast, maxOrderedStatements, type Ordered, orderByRoots, structuralOrder } from "./order.ts";
import { colorTileProgram, type TileColors } from "./tile-colors.ts";
import { nameTileParts } from "./tile-names.ts";
import { needsOfAll, type TileTouch, touchesOf } from "./tile-touches.ts";

/** Brings a tile program into the normal form; its printer then prints the text of the normal form. */
export function normalTileProgram(program: TileProgram): TileProgram {
  const colors = colorTileProgram(program);
  const ordered = program.kernels.map((kernel) => ({ ...kernel, body: orderBody(program, colors, kernel.body, []) }));
  const kernels = nameKernels(program, orderKernels(program, colors, ordered));
  return sortTensors(nameTileParts({ ...program, name: "main", kernels }));
}

/** The statements of a body in their structural order, those of inner loops first. */
function orderBody(
  program: TileProgram,
  colors: TileColors,
  body: readonly TileStatement[],
  around: readonly LoopId[],
): readonly TileStatement[] {
  const inner = body.map((statement) =>
    statement.kind === "loop"
      ? { ...statement, body: orderBody(program, colors, statement.body, [...around, statement.loop]) }
      : statement,
  );
  const working = inner.filter(({ kind }) => kind !== "alloc");
  const touches = working.map((statement) => touchesOf(program, [statement]));
  const keys = working.map((statement) => colors.statement(statement, around));
  const isLong = working.length > maxOrderedStatements;
  const order = isLong ? [...working.keys()] : structuralOrder(withNeeds(working, touches, keys));
  const allocs = inner.flatMap((statement) => (statement.kind === "alloc" ? [statement.buffer] : []));
  return placeAllocs(
    new Set(allocs),
    order.map((index) => ({ statement: working[index] as TileStatement, touches: touches[index] ?? [] })),
  );
}

/**
 * Dependences in the order of the text. Statements of different stages that touch one buffer also keep theirs, as a queue runs
 * them in that order.
 */
function withNeeds(
  statements: readonly TileStatement[],
  touches: readonly (readonly TileTouch[])[],
  keys: readonly string[],
): readonly Ordered[] {
  const dependences = needsOfAll(touches, keys);
  return statements.map((statement, index): Ordered => {
    const needs = dependences[index] ?? [];
    const staged = statements.flatMap((other, before) =>
      before < index && stageOf(other) !== stageOf(statement) && shareBuffer(touches[before], touches[index])
        ? [before]
        : [],
    );
    return { key: keys[index] ?? "", needs: [...new Set([...needs, ...staged])] };
  });
}

function shareBuffer(a: readonly TileTouch[] = [], b: readonly TileTouch[] = []): boolean {
  const buffers = new Set(a.map(({ buffer }) => buffer));
  return b.some(({ buffer }) => buffers.has(buffer));
}

interface TouchingStatement {
  readonly statement: TileStatement;
  readonly touches: readonly TileTouch[];
}

/** Puts each alloc before the first statement that touches its buffer; those of buffers that nothing touches at the end. */
function placeAllocs(allocs: ReadonlySet<BufferId>, statements: readonly TouchingStatement[]): TileStatement[] {
  const open = new Set(allocs);
  const placed = statements.flatMap(({ statement, touches }): TileStatement[] => {
    const first = [...new Set(touches.map(({ buffer }) => buffer))].filter((buffer) => open.delete(buffer));
    return [...first.map((buffer): TileStatement => ({ kind: "alloc", buffer })), statement];
  });
  return [...placed, ...[...open].map((buffer): TileStatement => ({ kind: "alloc", buffer }))];
}

/** Kernels after what they need, from those that no other one needs, by the outputs that these write. */
function orderKernels(
  program: TileProgram,
  colors: TileColors,
  kernels: readonly TileKernel[],
): readonly RootedKernel[] {
  if (kernels.length > maxOrderedStatements) return kernels.map((kernel) => ({ kernel, root: kernel }));
  const touches = kernels.map(({ body }) =>
    touchesOf(program, body).filter(({ buffer }) => program.buffers[buffer]?.memory === "hbm"),
  );
  const keys = kernels.map(({ body }) => {
    const signatures = body.map((statement) => colors.statement(statement, []));
    return [writtenOutputs(program, body).join(), ...signatures].join("\n");
  });
  const statements = needsOfAll(touches, keys).map((needs, index): Ordered => ({ key: keys[index] ?? "", needs }));
  return orderByRoots(statements, findLast(statements)).map(({ index, root }) => ({
    kernel: kernels[index] as TileKernel,
    root: kernels[root] as TileKernel,
  }));
}

/** Names of the outputs and states that statements write. */
function writtenOutputs(program: TileProgram, body: readonly TileStatement[]): readonly string[] {
  const written = touchesOf(program, body).flatMap(({ buffer, isWritten }) => {
    const tensor = program.buffers[buffer];
    const isOutput = tensor?.role === "output" || tensor?.role === "state";
    return isWritten && tensor !== undefined && isOutput ? [tensor.name] : [];
  });
  return [...new Set(written)].sort(compareTexts);
}

/** A kernel, and the one for which it is there. */
interface RootedKernel {
  readonly kernel: TileKernel;
  readonly root: TileKernel;
}

function nameKernels(program: TileProgram, kernels: readonly RootedKernel[]): readonly TileKernel[] {
  const taken = makeScope<string, number>();
  return kernels.map(({ kernel: { ops, body }, root }): TileKernel => {
    const sorted = [...new Set(ops)].sort(compareTexts);
    const outputs = writtenOutputs(program, body);
    const rootOutputs = writtenOutputs(program, root.body);
    const name = takeName(taken, kernelNameOf({ outputs, ops: sorted, rootOutputs }));
    return { name, ops: sorted, schedule: "", body };
  });
}

/** By role and name; what has no name of its own in the order in which kernels meet it. */
function sortTensors(program: TileProgram): TileProgram {
  const met = new Map<BufferId, number>();
  for (const { buffer } of program.kernels.flatMap(({ body }) => touchesOf(program, body))) {
    if (!met.has(buffer)) met.set(buffer, met.size);
  }
  const rankOf = ({ role }: TileBuffer): number =>
    role === undefined ? tensorRoles.length : tensorRoles.indexOf(role);
  const order = program.buffers
    .map((buffer, index) => ({ buffer, old: bufferId(index) }))
    .filter(({ buffer, old }) => isInterface(buffer) || met.has(old))
    .toSorted((a, b) => {
      const byRank = rankOf(a.buffer) - rankOf(b.buffer);
      if (byRank !== 0) return byRank;
      if (isInterface(a.buffer)) return compareTexts(a.buffer.name, b.buffer.name);
      return (met.get(a.old) ?? 0) - (met.get(b.old) ?? 0);
    });
  return reorderBuffers(program, order);
}

const tensorRoles: readonly TileBuffer["role"][] = ["input", "weight", "state", "output", "constant", "temp"];

function isInterface({ role }: TileBuffer): boolean {
  return role !== undefined && role !== "temp" && role !== "constant";
}

interface Moved {
  readonly buffer: TileBuffer;
  readonly old: BufferId;
}

function reorderBuffers(program: TileProgram, order: readonly Moved[]): TileProgram {
  const newIds = new Map(order.map(({ old }, index) => [old, bufferId(index)]));
  const idOf = (old: BufferId): BufferId => newIds.get(old) ?? old;
  const move = (statement: TileStatement): TileStatement => {
    if (statement.kind === "alloc") return { kind: "alloc", buffer: idOf(statement.buffer) };
    if (statement.kind === "loop") return { ...statement, body: statement.body.map(move) };
    return withAccesses(statement, (access) => ({ ...access, buffer: idOf(access.buffer) }));
  };
  const kernels = program.kernels.map((kernel) => ({ ...kernel, body: kernel.body.map(move) }));
  return { ...program, buffers: order.map(({ buffer }) => buffer), kernels };
}
