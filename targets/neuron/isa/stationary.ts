// What the systolic array holds between its load and its use, by the names under which the use has it.

import type { Problem } from "../../../ir-spec/base/result.ts";
import { operandOf } from "./args.ts";
import { wantShape, wantThat } from "./constraints.ts";
import type { AnyArgs, MayHave, ResolvedOperand } from "./define.ts";
import { pickedOperand } from "./indirect.ts";

export const stationaryNames = ["stationary", "stationary_scales", "stationary_index"] as const;

export interface StationaryOperands extends Readonly<Record<string, ResolvedOperand>> {
  readonly stationary: ResolvedOperand;
}

/**
 * The stationary operands after a load: its source, or what its indices picked of it, and its scales and indices where it has some.
 * Copies: they outlive the load's arguments.
 */
export function stationaryOf(args: AnyArgs): StationaryOperands {
  const { scales, src_index: indices } = args.operands;
  const src = operandOf(args, "src");
  return {
    stationary: indices === undefined ? { ...src } : pickedOperand(src, indices),
    ...(scales === undefined ? {} : { stationary_scales: { ...scales } }),
    ...(indices === undefined ? {} : { stationary_index: { ...indices } }),
  };
}

/** Arguments with what the array holds. */
export type StationaryArgs = MayHave<(typeof stationaryNames)[number]>;

/** What is held must have been loaded as stored. Source: AWS Neuron SDK documentation, NKI guide for Trainium3, indirect access. */
export function wantStationaryDirectly({ operands }: StationaryArgs): readonly Problem[] {
  const isDirect = operands.stationary_index === undefined;
  return wantThat(isDirect, "the stationary operand", "picked by indices", "a tile as it lies, for tiles of the array");
}

/** What is held must have been loaded by the instruction that goes with the product, and have the shape for it. */
export function wantStationary(
  args: StationaryArgs,
  load: "load_weights" | "load_weights_mx",
  partitions: number,
  elements: number,
): readonly Problem[] {
  const { stationary, stationary_scales } = args.operands;
  const found = stationary_scales === undefined ? "load_weights" : "load_weights_mx";
  if (stationary !== undefined && found !== load)
    return wantThat(false, "what loaded the stationary operand", found, load);
  return wantShape(args, "stationary", partitions, elements);
}
