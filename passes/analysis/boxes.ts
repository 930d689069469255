// Parts of a tensor that are read or written, as boxes of indices, and how many elements several of them have together.

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
