// The executions of a tile program, in the order of its plain meaning.
import { evalAffine, evalExtent, evalFlag } from "../../../ir-spec/affine.ts";
import type { BufferId } from "../../../ir-spec/base/ids.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import { elementCount } from "../../../ir-spec/base/tensor.ts";
import {
  type Access,
  freeElements,
  inStageOrder,
  namedAccesses,
  stageOf,
  type TileBuffer,
  type TileNode,
  type TileProgram,
  type TileStatement,
} from "../../../ir-spec/tile.ts";
import { tileOpDef } from "../../../ir-spec/tile-ops/index.ts";
import { count, countResult, type Executions, givenTag, tagOf, type Visit, writtenTag } from "./tags.ts";

export interface TilePlace {
  readonly node: TileNode;
  readonly kernel: string;
  readonly indices: readonly number[];
}

interface Run {
  readonly visit: Visit<TilePlace> | undefined;
  kernel: string;
  readonly program: TileProgram;
  readonly tags: Int32Array[];
  readonly indices: number[];
  readonly executions: Map<string, number>;
}

export function executionsOfTiles(program: TileProgram, visit?: Visit<TilePlace>): Executions {
  const tags = program.buffers.map((buffer) => {
    const given =
      buffer.role === "input" || buffer.role === "weight" || buffer.role === "state" || buffer.role === "constant";
    const elements = buffer.memory === "hbm" ? elementCount(buffer.shape) : 0;
    return Int32Array.from({ length: elements }, (_none, element) => (given ? givenTag(buffer.name, element) : 0));
  });
  const indices = program.loops.map(() => 0);
  const run: Run = { program, tags, indices, executions: new Map(), visit, kernel: "" };
  for (const { name, body } of program.kernels) {
    run.kernel = name;
    runBody(run, body);
  }
  for (const [index, { name, role }] of program.buffers.entries()) {
    if (role === "output" || role === "state") countResult(run.executions, name, [...(tags[index] ?? [])]);
  }
  return run.executions;
}

function runBody(run: Run, body: readonly TileStatement[]): void {
  for (const statement of inStageOrder(body, stageOf)) {
    if (statement.kind === "alloc") {
      const buffer = bufferOf(run, statement.buffer);
      run.tags[statement.buffer] = new Int32Array((buffer.shape[0] ?? 1) * freeElements(buffer));
    } else if (statement.kind === "op") runNode(run, statement);
    else {
      const trips = evalExtent(statement.trips, run.indices);
      for (let index = 0; index < trips; index++) {
        run.indices[statement.loop] = index;
        runBody(run, statement.body);
      }
      run.indices[statement.loop] = 0;
    }
  }
}

function bufferOf({ program }: Run, id: BufferId): TileBuffer {
  const buffer = program.buffers[id];
  invariant(buffer !== undefined, `there is no buffer ${id}`);
  return buffer;
}

function runNode(run: Run, node: TileNode): void {
  const { indices, executions } = run;
  const accumulate = evalFlag(node.accumulate ?? false, indices);
  const base = node.base === undefined ? 0 : evalAffine(node.base, indices);
  const accesses = namedAccesses(node);
  const operands = tileOpDef(node.op).operands.flatMap(({ name, role }) => {
    const access = accesses[name];
    return access === undefined ? [] : [{ name, role, places: placesOf(run, access), tags: run.tags[access.buffer] }];
  });
  const reads = operands
    .filter(({ role }) => role !== "write" || accumulate)
    .map(({ name, places, tags }): [string, readonly number[]] => [name, places.map((place) => tags?.[place] ?? 0)])
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const attrs = Object.entries(node.attrs).filter(([, value]) => value !== null);
  const values = attrs.map(([name, value]) => `${name}=${value}`).sort();
  const execution = { op: node.op, values: [...values, String(accumulate), String(base)], reads };
  const tag = tagOf(execution);
  count(executions, node.op, tag);
  run.visit?.(execution, { node, kernel: run.kernel, indices });
  for (const { name, role, places, tags } of operands) {
    if (role === "read" || tags === undefined) continue;
    for (const [element, place] of places.entries()) tags[place] = writtenTag(tag, name, element);
  }
}

/** The elements of an access in the tags of its buffer, partition by partition. */
function placesOf(run: Run, { buffer, offset, partition, dims }: Access): readonly number[] {
  const info = bufferOf(run, buffer);
  const start = evalAffine(offset, run.indices);
  const rowElements = info.memory === "hbm" ? partition.stride : freeElements(info);
  const first = info.memory === "hbm" ? start : start + partition.start * rowElements;
  let places = [first];
  for (const { stride, size } of [{ stride: rowElements, size: partition.size }, ...dims]) {
    const steps = Array.from({ length: evalExtent(size, run.indices) }, (_none, step) => step * stride);
    places = places.flatMap((place) => steps.map((step) => place + step));
  }
  return places;
}
