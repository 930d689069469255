// Finds the statement of a tile program at which values part from those of the graph. Without any rounding, what a statement writes is made of
// values of the graph's nodes, wherever it lies; what is not is either on the way to such a value, as partial sums are, or wrong. A wrong
// value that reaches HBM comes from the first statement on its way that wrote none of the graph's values.

import type { BufferId, NodeId } from "../../../ir-spec/base/ids.ts";
import type { Tensor } from "../../../ir-spec/base/tensor.ts";
import type { Graph } from "../../../ir-spec/graph.ts";
import { printTileNode } from "../../../ir-spec/print-tile.ts";
import { type Access, namedAccesses, type TileProgram } from "../../../ir-spec/tile.ts";
import { tileOpDef } from "../../../ir-spec/tile-ops/index.ts";
import { resolveAccess } from "../../../targets/ref/access.ts";
import { runTile, type TileWritten } from "../../../targets/ref/tile.ts";
import type { Tensors } from "../judge.ts";

export interface FoundStatement {
  readonly kernel: string;
  readonly text: string;
  readonly origin: readonly NodeId[];
}

/** Which numbers are values of a graph, up to the rounding of another order of sums. */
export interface KnownValues {
  readonly sorted: Float64Array;
}

/** The values, and what kernels make of them on the way: negated, inverted, and sums in place of means. */
export function knownValues(graph: Graph, values: readonly Tensor[]): KnownValues {
  const datas = values.map(({ data }) => data);
  const sums = graph.nodes.flatMap((node) => {
    const [result, operand] = [values[node.results[0]], values[node.operands[0] ?? -1]];
    if (node.op !== "reduce_mean" || result === undefined || operand === undefined) return [];
    const count = operand.data.length / result.data.length;
    return [result.data.map((x) => x * count)];
  });
  const changed = datas.flatMap((data) => [data.map((x) => -x), data.map((x) => 1 / x)]);
  const parts = [...datas, ...changed, ...sums];
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return { sorted: all.sort() };
}

/** Sums in another order differ by less, in f64; values that have nothing to do with each other by more. */
const tolerance = 1e-9;

function isKnown({ sorted }: KnownValues, x: number): boolean {
  if (Number.isNaN(x)) return Number.isNaN(sorted.at(-1) ?? 0);
  const slack = Math.abs(x) * tolerance;
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const y = sorted[middle] as number;
    if (y < x - slack) low = middle + 1;
    else high = middle;
  }
  const found = sorted[low];
  return found !== undefined && (found === x || Math.abs(found - x) <= slack);
}

/** Elements that are looked at of what one execution writes: as many as tell. */
const maxLooked = 256;

/** Whether all elements are known; undefined where they are all the same, as constants are. */
export function areKnown(known: KnownValues, data: Float64Array): boolean | undefined {
  const [first] = data;
  if (data.every((x) => Object.is(x, first)) && !Number.isNaN(first)) return undefined;
  const step = Math.max(1, Math.floor(data.length / maxLooked));
  for (let at = 0; at < data.length; at += step) if (!isKnown(known, data[at] as number)) return false;
  return true;
}

type Cause = FoundStatement | undefined;

/** The statement that a wrong value in HBM comes from; undefined where what is written is all known, though not where it should be. */
export function findStatement(program: TileProgram, inputs: Tensors, known: KnownValues): Cause {
  const causes = new Map<BufferId, Cause>();
  const writers = new Map<BufferId, LastWrite>();
  const hasNan = Number.isNaN(known.sorted.at(-1) ?? 0);
  let found: Cause;
  const onWrite = (written: TileWritten): void => {
    if (found !== undefined) return;
    const { buffer, data, region } = written;
    const reads = readsOf(written).filter((access) => access.buffer !== buffer || causes.has(buffer));
    const inherited = reads.map((read) => causes.get(read.buffer)).find((cause) => cause !== undefined);
    const isUnwritten = !hasNan && data.some(Number.isNaN);
    const own = () => (isUnwritten ? shortWrite(program, written, writers) : undefined) ?? describe(program, written);
    const cause = areKnown(known, data) === false ? (inherited ?? own()) : undefined;
    causes.set(buffer, cause);
    writers.set(buffer, { statement: describe(program, written), elements: region.p * region.f });
    if (cause !== undefined && program.buffers[buffer]?.memory === "hbm") found = cause;
  };
  runTile(program, inputs, { rounding: false, onWrite });
  return found;
}

interface LastWrite {
  readonly statement: FoundStatement;
  readonly elements: number;
}

function readsOf({ node, buffer }: TileWritten): readonly Access[] {
  return tileOpDef(node.op).operands.flatMap(({ name, role }) => {
    const access = namedAccesses(node)[name];
    return access !== undefined && (role === "read" || access.buffer === buffer) ? [access] : [];
  });
}

/** What wrote less of a buffer than is read of it. */
function shortWrite(program: TileProgram, written: TileWritten, writers: ReadonlyMap<BufferId, LastWrite>): Cause {
  for (const access of readsOf(written)) {
    const buffer = program.buffers[access.buffer];
    const last = writers.get(access.buffer);
    if (buffer === undefined || last === undefined) continue;
    const { p, f } = resolveAccess(access, buffer, written.indices);
    if (p * f > last.elements) return last.statement;
  }
  return undefined;
}

function describe(program: TileProgram, { node, kernel, indices }: TileWritten): FoundStatement {
  return {
    kernel,
    text: `${printTileNode(program, node)}${printIndices(program.loops, indices)}`,
    origin: node.origin ?? [],
  };
}

/** ` at i=0, j=3`: the loops that are in an iteration other than the first. */
export function printIndices(loops: readonly string[], indices: readonly number[]): string {
  const set = indices.flatMap((index, loop) => (index === 0 ? [] : [`${loops[loop]}=${index}`]));
  return set.length === 0 ? "" : ` at ${set.join(", ")}`;
}
