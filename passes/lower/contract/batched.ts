// Products of one tile each, several batches at once: their operands are loaded together, their results share PSUM banks, leave them
// together and are stored together. One after the other they would wait for transfers of a few rows and for an engine's fixed costs.
//
//     for groups of batches {
//         dma operands of all batches
//         for banks of results { for batches { matmul into the bank }  evict: epilogue }
//         dma out }

import { type Affine, addAffine, constant, type Extent, scaleAffine } from "../../../ir-spec/affine.ts";
import type { BufferId, ValueId } from "../../../ir-spec/base/ids.ts";
import { typeOf } from "../../../ir-spec/graph.ts";
import { psumBankColumns } from "../../../ir-spec/machine.ts";
import { type Parts, partsOf } from "../parts.ts";
import { type Body, chipAccess, emitAlloc, emitLoop, emitOp, hbmAccess, run } from "../program-builder.ts";
import { type BatchGroup, emitBatchLoad, type LoadedBatches, scaledExtent } from "./batched-load.ts";
import { emitColumns, emitTile } from "./epilogue.ts";
import { startOfNest, tileElements } from "./nest.ts";
import { type StridedTensor, stridedOffset, type TiledContract } from "./tiled.ts";

export function emitBatched(tiled: TiledContract, body: Body, outer: readonly Affine[]): void {
  const size = tiled.batch.at(-1) ?? 1;
  const groups = partsOf({ max: size }, tiled.batches);
  const shared = emitReads({ tiled, body, batch: [...outer, constant(0)], count: { max: groups.size } }, "shared");
  const columns = emitColumns(tiled, body, [...outer, constant(0)]);
  emitLoop(tiled.context.builder, body, { name: "bg", trips: groups.trips }, (inner, index) => {
    const batch = [...outer, scaleAffine(index, groups.size)];
    const group: BatchGroup = { tiled, body: inner, batch, count: groups.at(index) };
    const operands = { s: emitBatchLoad(group, "s"), v: emitBatchLoad(group, "v") };
    const wides = new Map([...shared, ...emitReads(group, "own")]);
    emitResults(group, operands, { wides, columns });
  });
}

interface EpilogueOperands {
  readonly wides: ReadonlyMap<ValueId, BufferId>;
  readonly columns: ReadonlyMap<ValueId, BufferId>;
}

interface Operands {
  readonly s: LoadedBatches;
  readonly v: LoadedBatches;
}

/** The group's results: [s, batches of v elements], bank by bank, and to HBM. */
function emitResults(group: BatchGroup, operands: Operands, epilogue: EpilogueOperands): void {
  const { tiled, body, batch, count } = group;
  const { context, nest, schedule } = tiled;
  const { builder, machine } = context;
  const { s, v } = nest.dims;
  const store = tiled.others.get(tiled.epilogue.output) as StridedTensor;
  const name = builder.bufferInfo(store.buffer).name;
  const { dtype } = typeOf(context.graph, tiled.epilogue.output);
  const shape = [s.size, count.max * v.size];
  const out = emitAlloc(builder, body, { name, memory: "sbuf", dtype, shape, slots: schedule.slots_out });
  const banks = partsOf(count, Math.max(1, Math.floor(psumBankColumns(machine) / v.size)));
  emitLoop(builder, body, { name: "bank", trips: banks.trips }, (inner, index) => {
    const first = scaleAffine(index, banks.size);
    const inBank = banks.at(index);
    const acc = emitProducts(group, inner, operands, { banks, first, count: inBank });
    const columns = scaledExtent(inBank, v.size);
    const rows = { max: s.size };
    const position = { body: inner, depth: 0, index: startOfNest, batch, columns: epilogue.columns, groupLoops: [] };
    emitTile(
      tiled,
      { position, rows, columns, sTile: constant(0), v: first, wides: epilogue.wides },
      chipAccess(acc, rows, [run(columns)]),
      { name, dtype, access: chipAccess(out, rows, [run(columns)], scaleAffine(first, v.size)) },
      "psum",
    );
  });
  emitOp(body, "dma", {
    dst: hbmOf(group, store),
    src: chipAccess(out, { max: s.size }, batchDims(count, v.size, { batch: v.size, v: 1 })),
  });
}

interface Bank {
  readonly banks: Parts;
  /** Of the group. */
  readonly first: Affine;
  readonly count: Extent;
}

/** The products of a bank: partial sums [s, batches of v elements]. */
function emitProducts({ tiled }: BatchGroup, body: Body, { s, v }: Operands, { banks, first, count }: Bank): BufferId {
  const { nest, context, schedule } = tiled;
  const { builder } = context;
  const { dims } = nest;
  const acc = emitAlloc(builder, body, {
    name: "acc",
    memory: "psum",
    dtype: "f32",
    shape: [dims.s.size, banks.size * dims.v.size],
    slots: schedule.slots_psum,
  });
  emitLoop(builder, body, { name: "b", trips: count }, (inner, b) => {
    const batch = addAffine(first, b);
    emitLoop(builder, inner, { name: "k", trips: { max: dims.k.tiles } }, (kBody, k) => {
      const rows = tileElements(nest, "k", k);
      const accumulate = dims.k.tiles === 1 ? false : { notFirst: k.terms.map(({ loop }) => loop) };
      const operands = {
        dst: chipAccess(acc, { max: dims.s.size }, [run({ max: dims.v.size })], scaleAffine(b, dims.v.size)),
        stationary: s.at(batch, k, rows),
        moving: v.at(batch, k, rows),
      };
      emitOp(kBody, "matmul", operands, {}, { accumulate });
    });
  });
  return acc;
}

/**
 * Loads what the epilogue reads as [s, batches of v elements]: what each batch has for itself (`own`), or what is the same in all
 * (`shared`). What is the same in all columns as well is loaded as a column.
 */
function emitReads(group: BatchGroup, which: "own" | "shared"): ReadonlyMap<ValueId, BufferId> {
  const { tiled, body, count } = group;
  const { nest, context, schedule } = tiled;
  const { s, v } = nest.dims;
  const wides = new Map<ValueId, BufferId>();
  for (const value of tiled.epilogue.reads) {
    const tensor = tiled.others.get(value) as StridedTensor;
    const isShared = tensor.batch.at(-1) === 0;
    if ((isShared && tensor.v === 0) || isShared !== (which === "shared")) continue;
    const { name, dtype } = context.builder.bufferInfo(tensor.buffer);
    const shape = [s.size, count.max * v.size];
    const slots = isShared ? 1 : schedule.slots_rhs;
    const buffer = emitAlloc(context.builder, body, { name, memory: "sbuf", dtype, shape, slots });
    const dst = chipAccess(buffer, { max: s.size }, batchDims(count, v.size, { batch: v.size, v: 1 }));
    emitOp(body, "dma", { dst, src: hbmOf(group, tensor) });
    wides.set(value, buffer);
  }
  return wides;
}

/** All of a tensor [s, v] of the group's batches. */
function hbmOf({ tiled, batch, count }: BatchGroup, tensor: StridedTensor) {
  const { s, v } = tiled.nest.dims;
  const zero = constant(0);
  const offset = stridedOffset(tensor, batch, { s: zero, v: zero, k: zero });
  const strides = { batch: tensor.batch.at(-1) as number, v: tensor.v };
  return hbmAccess(
    tensor.buffer,
    offset,
    { stride: tensor.s, size: { max: s.size } },
    batchDims(count, v.size, strides),
  );
}

function batchDims(count: Extent, columns: number, strides: { readonly batch: number; readonly v: number }) {
  return [
    { stride: strides.batch, size: count },
    { stride: strides.v, size: { max: columns } },
  ];
}
