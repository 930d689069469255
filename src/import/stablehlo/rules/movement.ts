// StableHLO's operations that move elements, and its lookup in a table.
// Source: StableHLO specification, "Ops".

import type { ValueId } from "../../../../ir-spec/base/ids.ts";
import type { Shape } from "../../../../ir-spec/base/tensor.ts";
import type { MlirAttr } from "../ast.ts";
import { dtypeOf, emit, failOp, type OpContext, placeholder, refuse, resultType, type Value } from "../context.ts";
import { findAttr, intAttr, integersOf, intsAttr, optionalInts } from "../read-attrs.ts";
import { broadcastInDim, materialise, plain, repeated, reshapeValue, transposeValue } from "../values.ts";
import { type OpRules, rule } from "./rule.ts";

const broadcast = rule(1, (context, given) => {
  const x = given as Value;
  const { shape } = resultType(context);
  const dims = intsAttr(context, "dims", "broadcast_dimensions");
  const fits = dims.every((dim, axis) => dim in shape && (x.shape[axis] === 1 || x.shape[axis] === shape[dim]));
  if (dims.length !== x.shape.length || new Set(dims).size !== dims.length || !fits) {
    refuse(context, `its dims [${dims.join(", ")}] do not take a tensor of shape [${x.shape.join(", ")}] to its type`);
    return x;
  }
  return broadcastInDim(x, dims, shape);
});

const transpose = rule(1, (context, x) => {
  const perm = intsAttr(context, "dims", "permutation");
  const isPerm =
    perm.length === (x as Value).shape.length && perm.toSorted((a, b) => a - b).every((p, axis) => p === axis);
  if (!isPerm) refuse(context, `its dims [${perm.join(", ")}] are no order of the axes`);
  const isSame = perm.every((axis, index) => axis === index);
  return isPerm && !isSame ? transposeValue(context, x as Value, perm) : (x as Value);
});

interface Bounds {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly steps: readonly number[];
}

/** `[0:8:2, 1:3]`, or three attributes in the generic form. */
function boundsOf(context: OpContext): Bounds {
  const [list] = context.op.literals;
  if (list?.kind !== "list") {
    const starts = intsAttr(context, "start_indices");
    return { starts, ends: intsAttr(context, "limit_indices"), steps: intsAttr(context, "strides") };
  }
  const parts = list.items.map((item) => (item.kind === "range" ? item.parts.map(numberOf) : []));
  return {
    starts: parts.map(([start]) => start ?? Number.NaN),
    ends: parts.map(([, end]) => end ?? Number.NaN),
    steps: parts.map(([, , step]) => step ?? 1),
  };
}

function numberOf(attr: MlirAttr): number {
  return attr.kind === "number" ? Number(attr.text) : Number.NaN;
}

/** Takes a part; axes that are taken whole are left out. */
function slicePart(context: OpContext, x: Value, { starts, ends, steps }: Bounds): Value {
  const isRight = [starts, ends, steps].every(
    (list) => list.length === x.shape.length && list.every((bound) => Number.isSafeInteger(bound) && bound >= 0),
  );
  if (!isRight) {
    refuse(context, "its bounds are not one start, limit and stride for each axis");
    return x;
  }
  const axes = x.shape.flatMap((size, axis) =>
    starts[axis] === 0 && ends[axis] === size && steps[axis] === 1 ? [] : [axis],
  );
  if (axes.length === 0) return x;
  const pick = (list: readonly number[]) => axes.map((axis) => list[axis] ?? 0);
  const attrs = { starts: pick(starts), ends: pick(ends), axes, steps: pick(steps) };
  return plain(context, emit(context, "slice", [materialise(context, x)], attrs));
}

const slice = rule(1, (context, x) => slicePart(context, x as Value, boundsOf(context)));

const concatenate = {
  operands: 1,
  isVariadic: true,
  apply: (context: OpContext) => {
    const axis = intAttr(context, "dim", "dimension");
    const parts = context.operands.map((operand) => materialise(context, operand));
    return [plain(context, emit(context, "concat", parts, { axis }))];
  },
} as const;

/** Puts a part of one number before and after an axis; a negative width takes elements away. */
function padAxis(
  context: OpContext,
  x: Value,
  axis: number,
  widths: { low: number; high: number; fill: Value },
): Value {
  const { low, high, fill } = widths;
  const part = (width: number): ValueId[] => {
    if (width <= 0) return [];
    const shape = x.shape.map((size, index) => (index === axis ? width : size));
    return [materialise(context, repeated(fill.base, shape))];
  };
  const parts = [...part(low), materialise(context, x), ...part(high)];
  const padded = parts.length === 1 ? x : plain(context, emit(context, "concat", parts, { axis }));
  if (low >= 0 && high >= 0) return padded;
  const starts = padded.shape.map((_size, index) => (index === axis ? Math.max(0, -low) : 0));
  const ends = padded.shape.map((size, index) => (index === axis ? Math.max(0, size + Math.min(0, high)) : size));
  return slicePart(context, padded, { starts, ends, steps: padded.shape.map(() => 1) });
}

const pad = rule(2, (context, given, fill) => {
  const x = given as Value;
  const low = intsAttr(context, "low", "edge_padding_low");
  const high = intsAttr(context, "high", "edge_padding_high");
  const interior = intsAttr(context, "interior", "interior_padding");
  if ([low, high, interior].some((widths) => widths.length !== x.shape.length)) {
    refuse(context, "it has not one width for each axis");
    return x;
  }
  if (interior.some((width) => width !== 0)) {
    refuse(context, "it pads between elements");
    return x;
  }
  // A width from the file allocates nothing here: the shape that it makes is checked by the op.
  const isPadded = (axis: number) => low[axis] !== 0 || high[axis] !== 0;
  const axes = x.shape.flatMap((_size, axis) => (isPadded(axis) ? [axis] : []));
  return axes.reduce(
    (value, axis) => padAxis(context, value, axis, { low: low[axis] ?? 0, high: high[axis] ?? 0, fill: fill as Value }),
    x,
  );
});

/** Integers that are known: each operand from the given one on is a constant number. */
function constantStarts(context: OpContext, first: number): readonly number[] | undefined {
  const starts = context.operands.slice(first).map(({ base }) => context.importer.splats.get(base));
  return starts.every((start) => start !== undefined) ? starts : undefined;
}

/** Starts are clamped, so that the part lies within. */
function clampStarts(starts: readonly number[], sizes: readonly number[], shape: Shape): readonly number[] {
  return starts.map((start, axis) => Math.max(0, Math.min(start, (shape[axis] ?? 0) - (sizes[axis] ?? 0))));
}

const dynamicSlice = {
  operands: 1,
  isVariadic: true,
  apply: (context: OpContext) => {
    const x = context.operands[0] as Value;
    const sizes = intsAttr(context, "sizes", "slice_sizes");
    const given = constantStarts(context, 1);
    if (given === undefined || given.length !== sizes.length) {
      refuse(context, "where it begins is computed in the program; graphs know it when they are compiled");
      return [x];
    }
    const starts = clampStarts(given, sizes, x.shape);
    const ends = starts.map((start, axis) => start + (sizes[axis] ?? 0));
    return [slicePart(context, x, { starts, ends, steps: starts.map(() => 1) })];
  },
} as const;

const dynamicUpdateSlice = {
  operands: 2,
  isVariadic: true,
  apply: (context: OpContext) => {
    const [x, update] = context.operands as readonly [Value, Value];
    const given = constantStarts(context, 2);
    if (given === undefined || given.length !== x.shape.length) {
      refuse(context, "where it begins is computed in the program; graphs know it when they are compiled");
      return [x];
    }
    const starts = clampStarts(given, update.shape, x.shape);
    const operands = [materialise(context, x), materialise(context, update)];
    return [plain(context, emit(context, "update_slice", operands, { starts }))];
  },
} as const;

/** The other way round along some axes: each is looked up from its end. */
const reverse = rule(1, (context, given) => {
  const x = given as Value;
  const axes = intsAttr(context, "dims", "dimensions");
  if (axes.some((axis) => x.shape[axis] === undefined) || new Set(axes).size !== axes.length) {
    refuse(context, `its dims [${axes.join(", ")}] are no axes of its operand`);
    return x;
  }
  let turned = materialise(context, x);
  for (const axis of axes) {
    const size = x.shape[axis] ?? 0;
    const places = emit(context, "iota", [], { shape: [size], axis: 0, dtype: "i32" });
    const last = emit(context, "full", [], { value: size - 1, shape: [], dtype: "i32" });
    turned = emit(context, "gather", [turned, emit(context, "sub", [last, places], {})], { axis });
  }
  return plain(context, turned);
});

/** Source: CHLO's top_k: along the last axis, with the indices. */
const topK = {
  operands: 1,
  apply: (context: OpContext) => {
    const [x] = context.operands as readonly [Value];
    const { builder } = context.importer;
    const info = { span: context.op.span, names: context.op.results.map(({ name }) => name.slice(1)) };
    const made = builder.tryAdd("top_k", [materialise(context, x)], { k: intAttr(context, "k") }, info);
    if (made.ok) return made.value.map((value) => plain(context, value));
    failOp(context, made.error);
    return context.types.map((type) => plain(context, placeholder(context.importer, type)));
  },
} as const;

interface Lookup {
  readonly axis: number;
  readonly offsetDims: readonly number[];
  readonly indexVectorDim: number;
}

/** The axis of a gather that picks whole rows by one index each, as an embedding does; none of others. */
function readLookup(context: OpContext, table: Value): Lookup | undefined {
  const attr = findAttr(context, "dimension_numbers", "dim_numbers");
  const fields = attr?.kind === "record" ? attr.fields : new Map<string, MlirAttr>();
  const list = (name: string) => integersOf(fields.get(name)) ?? [];
  const [axis, ...more] = list("start_index_map");
  const collapsed = list("collapsed_slice_dims");
  const sizes = optionalInts(context, "slice_sizes");
  const isWhole =
    sizes.length === table.shape.length && sizes.every((size, i) => size === (i === axis ? 1 : table.shape[i]));
  const isBatched = list("operand_batching_dims").length > 0;
  const isLookup = axis !== undefined && more.length === 0 && collapsed.length === 1 && collapsed[0] === axis;
  if (!isLookup || !isWhole || isBatched) return undefined;
  return { axis, offsetDims: list("offset_dims"), indexVectorDim: list("index_vector_dim")[0] ?? 0 };
}

/** Indices as `gather` wants them: i32, without the axis of the index itself, and within the table, to which StableHLO clamps them. */
function lookupIndices(context: OpContext, indices: Value, lookup: Lookup, rows: number): ValueId {
  const { indexVectorDim } = lookup;
  const shape = indices.shape.filter((_size, axis) => axis !== indexVectorDim);
  const flat = materialise(context, reshapeValue(context, indices, shape));
  const wide = dtypeOf(context, indices) === "i32" ? flat : emit(context, "cast", [flat], { to: "i32" });
  const known = context.importer.constants.get(indices.base);
  if (known?.every((index) => index >= 0 && index < rows)) return wide;
  const [low, high] = [0, rows - 1].map((value) => emit(context, "full", [], { value, shape: [], dtype: "i32" }));
  return emit(context, "min", [emit(context, "max", [wide, low as ValueId], {}), high as ValueId], {});
}

const gather = rule(2, (context, table, indices) => {
  const x = table as Value;
  const lookup = readLookup(context, x);
  if (lookup === undefined) {
    refuse(context, "it is no lookup of whole rows by one index each");
    return x;
  }
  const { axis, offsetDims } = lookup;
  const picked = lookupIndices(context, indices as Value, lookup, x.shape[axis] ?? 0);
  const found = plain(context, emit(context, "gather", [materialise(context, x), picked], { axis }));
  const batchRank = found.shape.length - x.shape.length + 1;
  // The result of `gather` has the axes of the indices at `axis`, that of StableHLO has those of the rows at `offset_dims`.
  const rowAxes = found.shape.flatMap((_size, at) => (at < axis || at >= axis + batchRank ? [at] : []));
  let batch = axis;
  const perm = found.shape.map((_size, at) => {
    const row = offsetDims.indexOf(at);
    return row < 0 ? batch++ : (rowAxes[row] ?? 0);
  });
  return perm.every((from, at) => from === at) ? found : transposeValue(context, found, perm);
});

export const movementRules: OpRules = {
  broadcast_in_dim: broadcast,
  concatenate,
  dynamic_slice: dynamicSlice,
  dynamic_update_slice: dynamicUpdateSlice,
  gather,
  pad,
  reshape: rule(1, (context, x) => reshapeValue(context, x as Value, resultType(context).shape)),
  reverse,
  slice,
  top_k: topK,
  transpose,
};
