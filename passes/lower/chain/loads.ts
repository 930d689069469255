// What a chain loads, each tensor in the innermost loop that it depends on.

import { type Affine, addAffine, constant, type Extent, scaleAffine } from "../../../ir-spec/affine.ts";
import { emitFrom } from "../origin.ts";
import { type Body, emitOp } from "../program-builder.ts";
import type { Strides } from "../space.ts";
import { freshColumn, freshTile, type TileValue } from "../tile-values.ts";
import { type ContractedOperand, loadContracted } from "./contracted.ts";
import { type Chain, type ChainLevel, offsetAt, rowsInHbm, scopeOf } from "./level.ts";
import type { ChainProduct, PlannedSegment, RowTensor } from "./plan.ts";

/** Loads what depends on the loops so far and on no others. */
export function loadAt(chain: Chain, segment: PlannedSegment, level: ChainLevel): void {
  const { schedule, values, operands, blocks } = chain;
  const isInBlocks = blocks?.segment === segment.at;
  const from = <T>({ result }: ChainProduct, emit: () => T): T => emitFrom(chain.context, level.body, [result], emit);
  for (const read of segment.reads) {
    if (isInBlocks && read.columns !== 0) continue;
    if (depthOf(read.rows) === level.depth && !values.has(read.value))
      values.set(read.value, loadRows(chain, segment, read, level));
  }
  for (const product of segment.products) {
    const { lhs, rhs } = product;
    if (schedule.load_rhs_per === "batch" && depthOf(rhs.rows) === level.depth)
      operands.set(
        rhs,
        from(product, () => loadRight(chain, product, segment, { body: level.body, level })),
      );
    const isHere = lhs.kind === "tensor" && level.depth === chain.plan.batch.length + 1;
    if (isHere && !operands.has(lhs.tensor.value))
      operands.set(
        lhs.tensor.value,
        from(product, () => loadLeft(chain, product, lhs.tensor, level)),
      );
  }
}

/** Loads the columns of a block. */
export function loadBlock(chain: Chain, segment: PlannedSegment, level: ChainLevel): void {
  for (const read of segment.reads)
    if (read.columns !== 0) chain.values.set(read.value, loadRows(chain, segment, read, level));
  if (chain.schedule.load_rhs_per === "batch") return;
  const place = { body: level.body, level, first: level.column, columns: { max: segment.columns } };
  for (const product of segment.products) chain.operands.set(product.rhs, loadRight(chain, product, segment, place));
}

/** The number of loops that a load is in: up to the innermost one that its strides depend on. */
function depthOf(strides: Strides): number {
  return strides.findLastIndex((stride) => stride !== 0) + 1;
}

function loadRows(chain: Chain, { columns }: PlannedSegment, read: RowTensor, level: ChainLevel): TileValue {
  const { name, dtype } = chain.context.builder.bufferInfo(read.buffer);
  const slots = level.depth === 0 ? 1 : chain.schedule.slots_lhs;
  const scope = scopeOf(chain, level, { max: columns });
  const isColumn = read.columns === 0;
  const access = (isColumn ? freshColumn : freshTile)(scope, name, dtype, slots);
  emitOp(level.body, "dma", { dst: access, src: rowsInHbm(read, level, { max: isColumn ? 1 : columns }) });
  return { kind: isColumn ? "column" : "tile", access };
}

function loadLeft(chain: Chain, product: ChainProduct, tensor: RowTensor, level: ChainLevel): ContractedOperand {
  const { context, schedule } = chain;
  return loadContracted(
    { context, schedule, body: level.body, slots: schedule.slots_lhs },
    {
      buffer: tensor.buffer,
      offset: offsetAt(tensor, level),
      k: tensor.columns,
      free: tensor.rows.at(-1) as number,
      sizes: { k: product.contracted, free: level.rows },
    },
  );
}

interface RightPlace {
  readonly body: Body;
  readonly level: ChainLevel;
  /** The first column, and the first contracted element. */
  readonly first?: Affine;
  readonly contracted?: Affine;
  readonly columns?: Extent;
}

/** Columns of a right operand, from `first` on. */
export function loadRight(
  chain: Chain,
  product: ChainProduct,
  segment: PlannedSegment,
  place: RightPlace,
): ContractedOperand {
  const { context, schedule } = chain;
  const { rhs, contracted } = product;
  const first = place.first ?? constant(0);
  const isOnce = place.first === undefined && depthOf(rhs.rows) === 0;
  return loadContracted(
    { context, schedule, body: place.body, slots: isOnce ? 1 : schedule.slots_rhs },
    {
      buffer: rhs.buffer,
      offset: addAffine(
        offsetAt(rhs, place.level),
        scaleAffine(first, rhs.n),
        scaleAffine(place.contracted ?? constant(0), rhs.k),
      ),
      k: rhs.k,
      free: rhs.n,
      sizes: { k: contracted, free: place.columns ?? { max: segment.columns } },
      dealt: { k: chain.dealt.contracted.get(rhs) ?? 1, free: chain.dealt.columns.get(rhs) ?? 1 },
    },
  );
}
