// What a model asks for: its inputs, and the symbolic dimensions in their types.

import { dimName } from "./import-model.ts";
import type { Message } from "./proto/schema.ts";

/** The inputs that a run gives, without those that are weights, in order. */
export function modelInputs({ graph }: Message<"Model">): readonly string[] {
  const weights = new Set(graph?.initializer.map(({ name }) => name));
  return (graph?.input ?? []).flatMap(({ name }) => (weights.has(name) ? [] : [name ?? ""]));
}

/** The names of the dimensions that have no size. */
export function modelDims({ graph }: Message<"Model">): readonly string[] {
  const names = (graph?.input ?? []).flatMap(({ name, type }) =>
    (type?.tensorType?.shape?.dim ?? []).flatMap(({ value, param }, axis) =>
      value !== undefined && param === undefined ? [] : [dimName(param, name, axis)],
    ),
  );
  return [...new Set(names)];
}
