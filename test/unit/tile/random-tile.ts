// Random tile programs over the tile-op table: names and attributes are right, bounds and shapes are anything.
import type { AttrValue } from "../../../ir-spec/base/attr.ts";
import { dtypeNames } from "../../../ir-spec/base/dtype.ts";
import { type BufferId, bufferId, type LoopId, loopId } from "../../../ir-spec/base/ids.ts";
import type { Memory } from "../../../ir-spec/base/memory.ts";
import type { Access, TileBuffer, TileNode, TileProgram, TileStatement } from "../../../ir-spec/tile.ts";
import { tileOpDef, tileOpNames } from "../../../ir-spec/tile-ops/index.ts";
import { type Choices, makeChoices } from "../random.ts";
import { awkwardNames, randomAffine, randomAttrValue, randomExtent, randomFlag } from "../random-index.ts";

interface Builder {
  readonly choices: Choices;
  readonly buffers: TileBuffer[];
  readonly loops: string[];
}

interface Scope {
  readonly buffers: readonly BufferId[];
  readonly loops: readonly LoopId[];
}

/** A program from a seed; the same seed gives the same program. */
export function randomTileProgram(seed: number): TileProgram {
  const choices = makeChoices(seed);
  const builder: Builder = { choices, buffers: [], loops: [] };
  const hbm = [addBuffer(builder, "hbm"), ...choices.list(3, () => addBuffer(builder, "hbm"))];
  const kernels = choices.list(3, () => ({
    name: choices.pick(awkwardNames),
    ops: choices.list(3, () => choices.pick(["matmul", "add", "a b"])),
    schedule: choices.pick(["", "tile_m=128 tile_n=512"]),
    body: randomBody(builder, { buffers: hbm, loops: [] }, 0),
  }));
  return { name: choices.pick(awkwardNames), buffers: builder.buffers, loops: builder.loops, kernels };
}

function addBuffer({ choices, buffers }: Builder, memory: Memory): BufferId {
  const shape = choices.list(3, () => choices.pick([1, 6, 128, 768]));
  const isHbm = memory === "hbm";
  const role = choices.pick(["input", "weight", "state", "output", "temp", "constant"] as const);
  buffers.push({
    name: choices.pick(awkwardNames),
    memory,
    dtype: choices.pick(dtypeNames),
    shape: isHbm ? shape : [128, ...shape],
    slots: isHbm ? 1 : 1 + choices.below(3),
    ...(isHbm && choices.oneIn(2) ? { role } : {}),
    ...(isHbm && choices.oneIn(4) ? { data: choices.list(40, () => choices.pick([0.1, -0, 1e-30, 7])) } : {}),
  });
  return bufferId(buffers.length - 1);
}

function randomBody(builder: Builder, scope: Scope, depth: number): TileStatement[] {
  const { choices } = builder;
  let buffers = scope.buffers;
  return choices.list(4, (): TileStatement => {
    const kind = choices.below(depth < 3 ? 5 : 3);
    if (kind === 0) {
      const buffer = addBuffer(builder, choices.pick(["sbuf", "psum"]));
      buffers = [...buffers, buffer];
      return { kind: "alloc", buffer };
    }
    if (kind < 3) return randomNode(builder, { buffers, loops: scope.loops });
    const trips = randomExtent(choices, scope.loops);
    const loop = loopId(builder.loops.length);
    builder.loops.push(choices.pick(awkwardNames));
    const body = randomBody(builder, { buffers, loops: [...scope.loops, loop] }, depth + 1);
    return { kind: "loop", loop, trips, ...randomStage(choices), body };
  });
}

function randomNode({ choices }: Builder, scope: Scope): TileNode {
  const op = choices.pick(tileOpNames);
  const row = tileOpDef(op);
  const operands: Record<string, Access> = {};
  for (const { name, optional } of row.operands) {
    if (optional !== true || choices.oneIn(2)) operands[name] = randomAccess(choices, scope);
  }
  const attrs: Record<string, AttrValue> = {};
  for (const [name, kind] of Object.entries(row.attrs)) {
    const isNeeded = kind.optional !== true && kind.default === undefined;
    if (isNeeded || choices.oneIn(2)) attrs[name] = randomAttrValue(choices, kind);
  }
  const node = {
    kind: "op",
    op,
    operands,
    attrs,
    ...(choices.oneIn(4) ? { accumulate: randomFlag(choices, scope.loops) } : {}),
    ...(choices.oneIn(4) ? { base: randomAffine(choices, scope.loops) } : {}),
    ...(choices.oneIn(4) ? { engine: choices.pick(["act", "dve", "pool"] as const) } : {}),
    ...randomStage(choices),
  };
  return node as unknown as TileNode;
}

function randomStage(choices: Choices): { readonly stage?: number } {
  return choices.oneIn(3) ? { stage: choices.below(4) } : {};
}

function randomAccess(choices: Choices, scope: Scope): Access {
  const { loops } = scope;
  return {
    buffer: choices.pick(scope.buffers),
    offset: randomAffine(choices, loops),
    partition: {
      start: choices.pick([0, 0, 32]),
      stride: choices.pick([1, 1, 0, 768]),
      size: randomExtent(choices, loops),
    },
    dims: choices.list(3, () => ({ stride: choices.pick([1, 0, 128, -1]), size: randomExtent(choices, loops) })),
  };
}
