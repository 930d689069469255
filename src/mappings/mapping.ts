// A mapping of a product, as other tools say it: which loops run over pieces of each tensor's tile in each memory. Both tools' readers make
// this, counts and schedules are made of it.

import type { Span } from "../../ir-spec/base/span.ts";

export const mappingTools = ["timeloop", "zigzag"] as const;
export type MappingTool = (typeof mappingTools)[number];

/** A dimension of out[m, n] = sum over k of lhs[m, k] * rhs[k, n]; several dimensions of a problem may be one of them. */
export type ProductDim = "m" | "n" | "k";

export interface MappingLoop {
  /** As the problem calls the dimension. */
  readonly dim: string;
  readonly trips: number;
  /** At once, in units side by side. */
  readonly isSpatial: boolean;
}

/** A memory that holds a tile of a tensor. */
export interface HeldLevel {
  readonly memory: string;
  /** What runs over pieces of the tile, outermost first: down to the next memory that holds the tensor, or to the units that multiply. */
  readonly loops: readonly MappingLoop[];
}

export interface MappedTensor {
  readonly name: string;
  readonly dims: ReadonlySet<string>;
  /** Outermost first. */
  readonly levels: readonly HeldLevel[];
}

export interface Mapping {
  readonly tool: MappingTool;
  /** The dimensions of the problem that are larger than 1, with their sizes. */
  readonly sizes: ReadonlyMap<string, number>;
  readonly dims: ReadonlyMap<string, ProductDim>;
  readonly lhs: MappedTensor;
  readonly rhs: MappedTensor;
  readonly out: MappedTensor;
  /** Whether a tile of one element that the units use again at once is read again. */
  readonly rereadsAtUnits: boolean;
  readonly span: Span;
}

export const tensorsOf = ({ lhs, rhs, out }: Mapping): readonly MappedTensor[] => [lhs, rhs, out];

/** The elements of m, n and k. */
export function productSizes({ sizes, dims }: Pick<Mapping, "sizes" | "dims">): Readonly<Record<ProductDim, number>> {
  const found = { m: 1, n: 1, k: 1 };
  for (const [dim, size] of sizes) found[dims.get(dim) ?? "k"] *= size;
  return found;
}

export const tripsOf = (loops: readonly MappingLoop[]): number => loops.reduce((all, { trips }) => all * trips, 1);

export const isOver =
  ({ dims }: MappedTensor) =>
  (loop: MappingLoop): boolean =>
    dims.has(loop.dim);
