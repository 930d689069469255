// Checks the invariants of a `TileProgram` (see tile.ts); runs after lowering and after every pass on tile programs.

import type { Affine, Extent } from "./affine.ts";
import type { BufferId, LoopId } from "./base/ids.ts";
import { appendAll } from "./base/lists.ts";
import { at, type Diagnostic, type Problem, problem } from "./base/result.ts";
import { findIn, makeScope, type Scoped } from "./base/scoped.ts";
import { noSpans } from "./base/span.ts";
import { elementCount, printShape } from "./base/tensor.ts";
import { maxMistakes } from "./limits.ts";
import { printTileNode } from "./print-tile.ts";
import type { TileBuffer, TileLoop, TileNode, TileProgram, TileStatement } from "./tile.ts";
import { findUnboundedTile } from "./tile-bounds.ts";
import type { Domain } from "./tile-domain.ts";
import type { TileSpans } from "./tile-parts.ts";
import { verifyBounds, verifyShapes } from "./verify-tile-access.ts";
import { verifyAttrs, verifyOperands } from "./verify-tile-node.ts";
import { verifyData, verifyNodeNumbers, verifyTrips } from "./verify-tile-numbers.ts";
import { verifyStages } from "./verify-tile-stages.ts";

/** What is known at a place of a kernel. */
interface Scope {
  readonly program: TileProgram;
  readonly spanOf: TileSpans;
  readonly kernel: string;
  readonly domain: Domain;
  readonly buffers: Scoped<BufferId, true>;
}

/** Lists everything that is wrong with the program, at its places in a text; an empty list means that all invariants hold. */
export function verifyTile(program: TileProgram, spanOf: TileSpans = noSpans): readonly Diagnostic[] {
  const unbounded = findUnboundedTile(program);
  if (unbounded.length > 0) return unbounded.map(({ found, part }) => at(found, spanOf(part)));
  const found = program.buffers.flatMap((buffer) => verifyBuffer(buffer).map((wrong) => at(wrong, spanOf(buffer))));
  const allocated = new Set<BufferId>();
  const tensors = makeScope<BufferId, true>();
  for (const [index, { memory }] of program.buffers.entries()) {
    if (memory === "hbm") tensors.own.set(index as BufferId, true);
  }
  for (const { name, body } of program.kernels) {
    appendAll(found, verifyBody({ program, spanOf, kernel: name, domain: [], buffers: tensors }, body, allocated));
  }
  return found.slice(0, maxMistakes);
}

function verifyBuffer(buffer: TileBuffer): readonly Problem[] {
  const { name, memory, shape, slots, role, data } = buffer;
  const where = `buffer \`${name}\``;
  const wrong = (found: string, wanted: string): Problem => problem("E0636", { where, found, expected: wanted });
  const problems: Problem[] = [];
  const isPositiveInteger = (size: number): boolean => Number.isSafeInteger(size) && size >= 1;
  const isHbm = memory === "hbm";
  if (!shape.every(isPositiveInteger))
    problems.push(wrong(`shape ${printShape(shape)}`, "sizes that are whole and at least 1"));
  if (!isHbm && shape.length === 0) problems.push(wrong("no dimensions", "the partitions at least"));
  if (!isPositiveInteger(slots) || (isHbm && slots !== 1))
    problems.push(wrong(`${slots} slots`, isHbm ? "1" : "1 or more"));
  if (isHbm !== (role !== undefined)) problems.push(wrong(role ?? "no role", isHbm ? "a role" : "none on chip"));
  const isConstant = role === "constant";
  if (isConstant !== (data !== undefined)) problems.push(wrong(isConstant ? "no data" : "data", "data of constants"));
  const count = elementCount(shape);
  if (data !== undefined && data.length !== 1 && data.length !== count) {
    problems.push(wrong(`${data.length} numbers`, `1 or ${count}`));
  }
  return [...problems, ...verifyData(where, buffer)];
}

function verifyBody(outer: Scope, body: readonly TileStatement[], allocated: Set<BufferId>): Diagnostic[] {
  const scope: Scope = { ...outer, buffers: makeScope(outer.buffers) };
  const found = body.flatMap((statement) => {
    if (statement.kind === "op") return verifyNode(scope, statement);
    if (statement.kind === "loop") return verifyLoop(scope, statement, allocated);
    return verifyAlloc(scope, statement.buffer, allocated).map((wrong) => at(wrong, scope.spanOf(statement)));
  });
  const stages = verifyStages(scope.program, scope.kernel, body, scope.domain.length > 0);
  return [...found, ...stages.map((wrong) => at(wrong.found, scope.spanOf(wrong.statement)))];
}

/** Makes the buffer known from here on. */
function verifyAlloc(scope: Scope, id: BufferId, allocated: Set<BufferId>): readonly Problem[] {
  const buffer = scope.program.buffers[id];
  const where = `${scope.kernel}: alloc`;
  if (buffer === undefined) return [problem("E0630", { where, what: "buffer", id })];
  const isAgain = allocated.has(id);
  scope.buffers.own.set(id, true);
  allocated.add(id);
  const found = `\`${buffer.name}\` ${isAgain ? "a second time" : "in HBM"}`;
  if (isAgain || buffer.memory === "hbm")
    return [problem("E0636", { where, found, expected: "a buffer on chip, once" })];
  return [];
}

function verifyLoop(scope: Scope, statement: TileLoop, allocated: Set<BufferId>): Diagnostic[] {
  const { loop, trips, body } = statement;
  const name = scope.program.loops[loop];
  const where = `${scope.kernel}: loop ${name ?? loop}`;
  const problems: Problem[] = verifyLoopIds(scope, where, loopsOf(undefined, [trips]));
  if (name === undefined) problems.push(problem("E0630", { where, what: "loop", id: loop }));
  if (scope.domain.some((entry) => entry.loop === loop)) {
    problems.push(problem("E0636", { where, found: "the same loop inside itself", expected: "another loop" }));
  }
  if (!isSize(trips.max))
    problems.push(problem("E0636", { where, found: `${trips.max} trips`, expected: "an integer" }));
  problems.push(...verifyTrips(where, trips));
  // Without sound loops nothing can be said of their bodies.
  if (problems.length > 0) return problems.map((wrong) => at(wrong, scope.spanOf(statement)));
  return verifyBody({ ...scope, domain: [...scope.domain, { loop, trips }] }, body, allocated);
}

function isSize(count: number): boolean {
  return Number.isSafeInteger(count) && count >= 0;
}

function verifyNode(scope: Scope, node: TileNode): Diagnostic[] {
  const { program, kernel, domain } = scope;
  const where = `${kernel}: ${node.op}`;
  const problems = [
    ...verifyNodeIds(scope, where, node),
    ...verifyNodeNumbers(where, node),
    ...verifyAttrs(where, node),
  ];
  if (problems.length === 0) {
    problems.push(...verifyOperands(program, where, node));
    problems.push(...verifyBounds(program, domain, where, node));
    problems.push(...verifyShapes(domain, where, node));
  }
  if (problems.length === 0) return [];
  const span = scope.spanOf(node);
  // A statement that is shown at its place is not printed again.
  const notes = span === undefined ? [{ text: printTileNode(program, node) }] : [];
  return problems.map((wrong) => at(wrong, span, notes));
}

function verifyNodeIds(scope: Scope, where: string, node: TileNode): Problem[] {
  const problems: Problem[] = [];
  const notFirst = typeof node.accumulate === "object" ? node.accumulate.notFirst : [];
  for (const { buffer, offset, partition, dims } of Object.values(node.operands)) {
    if (findIn(scope.buffers, buffer) === undefined)
      problems.push(problem("E0630", { where, what: "buffer", id: buffer }));
    const sizes = [partition.size, ...dims.map(({ size }) => size)];
    problems.push(...verifyLoopIds(scope, where, loopsOf(offset, sizes)));
    for (const { max } of sizes) {
      if (!isSize(max)) problems.push(problem("E0636", { where, found: `a size of ${max}`, expected: "an integer" }));
    }
  }
  return [...problems, ...verifyLoopIds(scope, where, [...loopsOf(node.base, []), ...notFirst])];
}

function loopsOf(affine: Affine | undefined, sizes: readonly Extent[]): LoopId[] {
  const all = [affine, ...sizes.map(({ limit }) => limit)];
  return all.flatMap((part) => part?.terms.map(({ loop }) => loop) ?? []);
}

/** Loops are known in their own bodies. */
function verifyLoopIds(scope: Scope, where: string, loops: readonly LoopId[]): Problem[] {
  const unknown = loops.filter((loop) => !scope.domain.some((entry) => entry.loop === loop));
  return [...new Set(unknown)].map((id) => problem("E0630", { where, what: "loop", id }));
}
