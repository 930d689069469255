// What the shape and dtype rules of ops share. A check gives the problem it found or undefined, so that checks chain
// with `??`. Problems made here do not name their op; `inferOp` in index.ts, through which all inference goes, adds it.

import { type Dtype, dtypes } from "../base/dtype.ts";
import type { ErrorArgs, ErrorCode } from "../base/errors/index.ts";
import { fail, ok, type Problem, type Result } from "../base/result.ts";
import { printShape, type Shape, shapesEqual, type TensorType } from "../base/tensor.ts";

export type Inferred = Result<readonly TensorType[], Problem>;

/** Makes a problem whose `{op}` is filled in later; the other holes are checked. */
export function misfit<C extends ErrorCode>(code: C, args: Omit<ErrorArgs<C>, "op">): Problem {
  return { code, args: args as Problem["args"] };
}

export const floatDtypes: readonly Dtype[] = ["f32", "bf16", "f16"];
export const numberDtypes: readonly Dtype[] = [...floatDtypes, "i32"];
export const allDtypes: readonly Dtype[] = Object.keys(dtypes) as readonly Dtype[];

/** `a, b or c` */
export function listChoices(choices: readonly string[]): string {
  const last = choices.at(-1) ?? "";
  return choices.length < 2 ? last : `${choices.slice(0, -1).join(", ")} or ${last}`;
}

export function checkDtype(operand: string, type: TensorType, wanted: readonly Dtype[]): Problem | undefined {
  if (wanted.includes(type.dtype)) return undefined;
  return misfit("E0303", { operand, found: type.dtype, expected: listChoices(wanted) });
}

export function checkSameDtype(left: TensorType, right: TensorType): Problem | undefined {
  return left.dtype === right.dtype ? undefined : misfit("E0308", { left: left.dtype, right: right.dtype });
}

export function checkMinRank(operand: string, type: TensorType, minRank: number): Problem | undefined {
  if (type.shape.length >= minRank) return undefined;
  return misfit("E0304", { operand, found: type.shape.length, expected: `at least ${minRank}` });
}

export function checkShape(operand: string, found: Shape, wanted: Shape): Problem | undefined {
  if (shapesEqual(found, wanted)) return undefined;
  return misfit("E0307", { operand, found: printShape(found), expected: printShape(wanted) });
}

/** Checks that a list of dimensions given as an attribute holds integers of at least 1. */
export function checkDimensions(attr: string, shape: Shape): Problem | undefined {
  if (shape.every((size) => size >= 1)) return undefined;
  return misfit("E0306", { attr, found: printShape(shape), expected: "dimensions of at least 1" });
}

/** The shape that both operands broadcast to (NumPy rules), or the first axis, from the right, where they do not. */
export function broadcastShapes(left: Shape, right: Shape): Result<Shape, Problem> {
  const rank = Math.max(left.length, right.length);
  const shape: number[] = [];
  for (let fromRight = 1; fromRight <= rank; fromRight++) {
    const leftSize = left[left.length - fromRight] ?? 1;
    const rightSize = right[right.length - fromRight] ?? 1;
    if (leftSize !== rightSize && leftSize !== 1 && rightSize !== 1) {
      const axis = rank - fromRight;
      return fail(misfit("E0301", { left: printShape(left), right: printShape(right), axis, leftSize, rightSize }));
    }
    shape.unshift(Math.max(leftSize, rightSize));
  }
  return ok(shape);
}

/** Checks that `found` broadcasts to exactly `wanted`. */
export function checkBroadcastsTo(operand: string, found: Shape, wanted: Shape): Problem | undefined {
  const both = broadcastShapes(found, wanted);
  if (both.ok && shapesEqual(both.value, wanted)) return undefined;
  return misfit("E0307", {
    operand,
    found: printShape(found),
    expected: `one that broadcasts to ${printShape(wanted)}`,
  });
}

/** Checks that an attribute has one entry per axis. */
export function checkCount(attr: string, found: readonly number[], wanted: number): Problem | undefined {
  if (found.length === wanted) return undefined;
  return misfit("E0306", {
    attr,
    found: printShape(found),
    expected: `${wanted} ${wanted === 1 ? "entry" : "entries"}`,
  });
}
