// Arithmetic on the narrow integers of ONNX: the ops of the op table take i32, and results wrap as the element type does.

import { elementRow } from "../elements.ts";
import { cast, op, scalar, type Use } from "../use.ts";
import type { Value } from "../values.ts";
import { dtypeOf } from "../values.ts";

/** The value with a dtype that arithmetic takes. */
export function widen(use: Use, value: Value): Value {
  const { dtype } = value;
  if (dtype === "i8" || dtype === "u8" || dtype === "bool") return { ...cast(use, value, "i32"), element: "INT32" };
  return dtype === "f8e5m2" ? cast(use, value, "f32") : value;
}

/** A result of arithmetic as the element type of its operands, modulo its width. */
export function narrow(use: Use, value: Value, element: Value["element"]): Value {
  const { kind, bits } = elementRow(element);
  const wrapped = kind === "int" && bits === 16 && value.dtype === "i32" ? wrap16(use, value, element) : value;
  return { ...cast(use, wrapped, dtypeOf(element)), element };
}

/** x - floor((x - least) / 2^16) * 2^16, in integers. */
function wrap16(use: Use, value: Value, element: Value["element"]): Value {
  const [least] = elementRow(element).range as readonly [number, number];
  const from = { ...value, element: "INT32" } as const;
  const lifted = op(use, "sub", [from, scalar(least, from)]);
  return op(use, "add", [op(use, "mod", [lifted, scalar(2 ** 16, from)]), scalar(least, from)]);
}

/** Applies an op of the op table to operands that may be narrow, and narrows its result. */
export function arithmetic(use: Use, name: Parameters<typeof op>[1], operands: readonly Value[]): Value {
  const [first] = operands as readonly [Value];
  const result = op(
    use,
    name,
    operands.map((value) => widen(use, value)),
  );
  return narrow(use, result, first.element);
}
