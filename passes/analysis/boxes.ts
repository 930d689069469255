// Parts of a tensor that are read or written, as boxes of indices: how many elements several of them have together, and where they are in
// other tensors with the same elements.

/** Along each axis the indices from `first` up to `end` (exclusive). */
export type Box = readonly { readonly first: number; readonly end: number }[];

export function wholeBox(shape: readonly number[]): Box {
  return shape.map((size) => ({ first: 0, end: size }));
}

/** Elements that lie in at least one of the boxes, which have the same rank. */
export function countUnion(boxes: readonly Box[]): number {
  const [some] = boxes;
  if (some === undefined) return 0;
  if (some.length === 0) return 1;
  const cuts = [...new Set(boxes.flatMap(([axis]) => (axis === undefined ? [] : [axis.first, axis.end])))];
  cuts.sort((a, b) => a - b);
  let count = 0;
  for (const [index, first] of cuts.entries()) {
    const end = cuts[index + 1];
    if (end === undefined) break;
    const inside = boxes.filter(([axis]) => axis !== undefined && axis.first <= first && end <= axis.end);
    count += (end - first) * countUnion(inside.map((box) => box.slice(1)));
  }
  return count;
}

/** The box at a distance along each axis. */
export function movedBox(box: Box, by: readonly number[]): Box {
  return box.map(({ first, end }, axis) => ({ first: first + (by[axis] ?? 0), end: end + (by[axis] ?? 0) }));
}

/** What two boxes share; undefined where that is nothing. */
export function sharedBox(one: Box, other: Box): Box | undefined {
  const shared = one.map(({ first, end }, axis) => {
    const { first: otherFirst, end: otherEnd } = other[axis] as Box[number];
    return { first: Math.max(first, otherFirst), end: Math.min(end, otherEnd) };
  });
  return shared.every(({ first, end }) => first < end) ? shared : undefined;
}

/** The box without the hole, as boxes that do not overlap. */
export function withoutBox(box: Box, hole: Box): readonly Box[] {
  const cut = sharedBox(box, hole);
  if (cut === undefined) return [box];
  const rest: Box[] = [];
  let inner = box;
  for (const [axis, { first: cutFirst, end: cutEnd }] of cut.entries()) {
    const { first, end } = inner[axis] as Box[number];
    if (first < cutFirst) rest.push(inner.with(axis, { first, end: cutFirst }));
    if (cutEnd < end) rest.push(inner.with(axis, { first: cutEnd, end }));
    inner = inner.with(axis, { first: cutFirst, end: cutEnd });
  }
  return rest;
}

/** The box in another shape with the same elements in row-major order; undefined where it is no box there. */
export function reshapedBox(box: Box, from: readonly number[], to: readonly number[]): Box | undefined {
  const reshaped: Box[number][] = [];
  let at = 0;
  for (let axis = 0; axis < from.length || reshaped.length < to.length; ) {
    const [axes, sizes] = [[from[axis] ?? 1], [to[at] ?? 1]];
    while (product(axes) !== product(sizes)) {
      if (product(axes) < product(sizes)) axes.push(from[axis + axes.length] as number);
      else sizes.push(to[at + sizes.length] as number);
    }
    const run = runOf(box.slice(axis, axis + axes.length), axes);
    const part = run && boxOfRun(run, sizes);
    if (part === undefined) return undefined;
    reshaped.push(...part);
    axis += axes.length;
    at += sizes.length;
  }
  return reshaped.slice(0, to.length);
}

const product = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1);

/** The box as a run of neighbouring elements in row-major order; undefined where it is none. */
function runOf(box: Box, shape: readonly number[]): Box[number] | undefined {
  const partial = box.findIndex(({ first, end }) => end - first !== 1);
  const inner = partial < 0 ? [] : shape.slice(partial + 1);
  const isRun = inner.every((size, index) => {
    const { first, end } = box[partial + 1 + index] as Box[number];
    return first === 0 && end === size;
  });
  if (!isRun) return undefined;
  const start = box.reduce((sum, { first }, axis) => sum * (shape[axis] as number) + first, 0);
  return { first: start, end: start + countUnion([box]) };
}

/** A run of elements as a box; undefined where it is none. */
function boxOfRun(run: Box[number], shape: readonly number[]): Box | undefined {
  const box: Box[number][] = [];
  let { first, end } = run;
  for (const axis of shape.keys()) {
    const inner = product(shape.slice(axis + 1));
    const index = Math.floor(first / inner);
    if (index === Math.floor((end - 1) / inner)) {
      box.push({ first: index, end: index + 1 });
      [first, end] = [first - index * inner, end - index * inner];
      continue;
    }
    if (first % inner !== 0 || end % inner !== 0) return undefined;
    return [...box, { first: index, end: end / inner }, ...wholeBox(shape.slice(axis + 1))];
  }
  return box;
}
