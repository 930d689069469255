// Statements go over the elements of a partition in the order in which they lie there, as one run where they are one. Where the rows of a
// partition lie side by side, the order of a value's dimensions is another one.
//
//     y[0; 128; 256:1, 8:256] <- x[0; 128; 256:1, 8:256]     ->     y[0; 128; 2048:1] <- x[0; 128; 2048:1]

import { type Access, type AccessDim, type TileStatement, withAccesses } from "../../../ir-spec/tile.ts";
import { isColumnOperand, tileOpDef } from "../../../ir-spec/tile-ops/index.ts";

/** Orders the dimensions of elementwise statements, in place. */
export function orderDims(body: TileStatement[]): void {
  for (const [index, statement] of body.entries()) {
    if (statement.kind !== "op" || tileOpDef(statement.op).facts?.isElementwise !== true) continue;
    const tiles = Object.entries<Access>(statement.operands).filter(([name]) => !isColumnOperand(statement.op, name));
    const { dst } = statement.operands;
    if (tiles.some(([, { dims }]) => dims.length !== dst.dims.length)) continue;
    const order = orderOfDims(dst);
    const ordered = tiles.map(([, access]) => withDimsIn(access, order).dims);
    const merged = mergedDims(ordered);
    const dimsOf = new Map(tiles.map(([name], at) => [name, merged[at] as readonly AccessDim[]]));
    body[index] = withAccesses(statement, (access, name) => ({ ...access, dims: dimsOf.get(name) ?? access.dims }));
  }
}

/** The dimensions of an access by their strides, the largest first. */
export function orderOfDims({ dims }: Access): readonly number[] {
  return [...dims.keys()].sort((a, b) => (dims[b]?.stride ?? 0) - (dims[a]?.stride ?? 0) || a - b);
}

export function withDimsIn(access: Access, order: readonly number[]): Access {
  return { ...access, dims: order.map((dim) => access.dims[dim] as AccessDim) };
}

/** Neighbouring dimensions that are one run in every tile become one. */
function mergedDims(tiles: readonly (readonly AccessDim[])[]): readonly (readonly AccessDim[])[] {
  const count = tiles[0]?.length ?? 0;
  for (let dim = count - 2; dim >= 0; dim--) {
    const isRun = tiles.every((dims) => {
      const [outer, inner] = [dims[dim] as AccessDim, dims[dim + 1] as AccessDim];
      const isFixed = outer.size.limit === undefined && inner.size.limit === undefined;
      return isFixed && outer.stride === inner.stride * inner.size.max;
    });
    if (isRun) return mergedDims(tiles.map((dims) => dims.toSpliced(dim, 2, oneRun(dims, dim))));
  }
  return tiles;
}

function oneRun(dims: readonly AccessDim[], dim: number): AccessDim {
  const [outer, inner] = [dims[dim] as AccessDim, dims[dim + 1] as AccessDim];
  return { stride: inner.stride, size: { max: outer.size.max * inner.size.max } };
}
