// atan of any number. The scalar engine's table ends at pi / 2, so beyond 1 the angle is what is left of a right one:
//
//     atan(x) = sign(x) atan(|x|),   atan(a) = pi / 2 - atan(1 / a)

import {
  type Destination,
  emitActivation,
  emitAlu,
  emitSelect,
  emitSteps,
  emitUnary,
  inPlaceOf,
  type TileScope,
  type TileValue,
} from "./tile-values.ts";

const inF32 = (name: string): Destination => ({ name, dtype: "f32" });

export function emitArcTangent(scope: TileScope, x: TileValue, to: Destination): TileValue {
  const size = emitActivation(scope, "abs", x, inF32("size"));
  const sign = emitActivation(scope, "sign", x, inF32("sign"));
  const inverse = emitUnary(scope, "reciprocal", size, inF32("inverse"));
  const ratio = emitAlu(scope, "min", size, inverse, inPlaceOf(scope, inverse));
  const angle = emitActivation(scope, "arctan", ratio, inF32("angle"));
  const steps = [
    ["multiply", -1],
    ["add", Math.PI / 2],
  ] as const;
  const rest = emitSteps(scope, angle, steps, inPlaceOf(scope, ratio));
  const isLarge = emitSteps(scope, size, [["is_gt", 1]], inPlaceOf(scope, size));
  const chosen = emitSelect(scope, [isLarge, rest, angle], inF32("chosen"));
  return emitAlu(scope, "multiply", chosen, sign, to);
}
