// Rows of ONNX ops on the bits of integers.

import type { OpName } from "../../../../ir-spec/ops/index.ts";
import { elementRow } from "../elements.ts";
import { checkFits } from "../maker.ts";
import { refuse } from "../refuse.ts";
import { cast, op, operand, twoOperands, type Use } from "../use.ts";
import { dtypeOf, isKnown, type Value } from "../values.ts";
import { defineOnnxOps, type OnnxOp } from "./define.ts";
import { narrow } from "./integers.ts";
import { elementAttr } from "./shapes.ts";

/** An op of the table on bits; what is narrower than its dtype stays so. */
function onBits(name: OpName, of: (use: Use) => readonly Value[]): (use: Use) => readonly Value[] {
  return (use) => {
    const operands = of(use);
    for (const value of operands) if (isKnown(value)) checkFits(value, value.known());
    return [narrow(use, op(use, name, operands), operands[0]!.element)];
  };
}

const bitwise = (name: "bitwise_and" | "bitwise_or" | "bitwise_xor"): OnnxOp => ({
  way: "op",
  as: `\`${name}\``,
  make: onBits(name, twoOperands),
});

function shift(use: Use): readonly Value[] {
  const isLeft = use.attrs.text("direction") === "LEFT";
  return onBits(isLeft ? "shift_left" : "shift_right_logical", twoOperands)(use);
}

/** The same bits under another type; of integers alone, as no op reads the bits of a float. */
function bitCast(use: Use): Value {
  const x = operand(use, 0);
  const to = elementAttr(use, "to");
  const [from, row] = [elementRow(x.element), elementRow(to)];
  if (from.bits !== row.bits) return refuse(`it has ${from.bits} bits, expected ${row.bits}`);
  if (from.kind === "float" || row.kind === "float") return refuse("no op of the language reads the bits of a float");
  return { ...cast(use, x, dtypeOf(to)), element: to };
}

export const bitOps = defineOnnxOps({
  BitwiseAnd: bitwise("bitwise_and"),
  BitwiseOr: bitwise("bitwise_or"),
  BitwiseXor: bitwise("bitwise_xor"),
  BitwiseNot: { way: "op", as: "`bitwise_not`", make: onBits("bitwise_not", (use) => [operand(use, 0)]) },
  BitShift: { way: "op", as: "`shift_left` or `shift_right_logical`", make: shift },
  BitCast: { way: "rewrite", as: "`cast` of integers", limits: "no floats", make: (use) => [bitCast(use)] },
});
