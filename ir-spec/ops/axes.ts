// Attributes that name axes (kinds `axis`, `axes` and `perm`). Where they are written, negative ones count from the end; the
// builder counts them from 0 once, when a node is made, so that no reader of a graph ever meets a negative one.

import type { AttrKind, AttrSpecs, AttrValue } from "../base/attr.ts";
import type { Problem } from "../base/result.ts";
import { printShape, type TensorType } from "../base/tensor.ts";
import { misfit } from "./shape-rules.ts";

type Attrs = Readonly<Record<string, AttrValue>>;

/** How many axes there are to choose from; undefined for attributes that name none. */
function rankFor(kind: AttrKind, value: AttrValue, types: readonly TensorType[], attrs: Attrs): number | undefined {
  const ofOperand = types[0]?.shape.length ?? 0;
  switch (kind.kind) {
    case "axis":
      return kind.of === "shape" ? lengthOf(attrs.shape) : ofOperand;
    case "axes":
      return kind.of === "result" ? ofOperand + lengthOf(value) : ofOperand;
    case "perm":
      return ofOperand;
    default:
      return undefined;
  }
}

function lengthOf(value: AttrValue | undefined): number {
  return Array.isArray(value) ? value.length : 0;
}

/** The attributes with all axes counted from 0; those out of range stay as they are. */
export function countAxesFromZero(kinds: AttrSpecs, types: readonly TensorType[], attrs: Attrs): Attrs {
  const counted: Record<string, AttrValue> = { ...attrs };
  for (const [name, kind] of Object.entries(kinds)) {
    const value = attrs[name] ?? null;
    const rank = rankFor(kind, value, types, attrs);
    if (rank === undefined) continue;
    // Adding 0 makes 0 of -0.
    const count = (axis: number): number => (axis < 0 && axis >= -rank ? axis + rank : axis + 0);
    if (typeof value === "number") counted[name] = count(value);
    else if (isNumbers(value)) counted[name] = value.map(count);
  }
  return counted;
}

function isNumbers(value: AttrValue): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => typeof item === "number");
}

/** Checks that axes are in range, that none is given twice, and that a permutation names all; the kinds are checked before. */
export function checkAxes(kinds: AttrSpecs, types: readonly TensorType[], attrs: Attrs): Problem | undefined {
  const counted = countAxesFromZero(kinds, types, attrs);
  for (const [name, kind] of Object.entries(kinds)) {
    const value = counted[name] ?? null;
    const rank = rankFor(kind, value, types, attrs);
    if (rank === undefined || value === null) continue;
    const axes = typeof value === "number" ? [value] : (value as readonly number[]);
    const isPartial = kind.kind === "perm" && axes.length > 0 && axes.length !== rank;
    const wrong = isPartial ? wrongCount(name, axes, rank) : checkAxisList(name, axes, rank);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function wrongCount(attr: string, axes: readonly number[], rank: number): Problem {
  const wanted = `${rank} ${rank === 1 ? "entry" : "entries"}`;
  return misfit("E0306", { attr, found: printShape(axes), expected: wanted });
}

function checkAxisList(attr: string, axes: readonly number[], rank: number): Problem | undefined {
  const seen = new Set<number>();
  for (const axis of axes) {
    if (axis < 0 || axis >= rank) return misfit("E0305", { axis, rank });
    if (seen.has(axis)) return misfit("E0311", { attr, axis });
    seen.add(axis);
  }
  return undefined;
}
