// Loops of the ops that most elements of most programs go through: the meaning of their rows, bit for bit, with the operation
// itself within the loop. A row's own loop calls its function for each element, which costs several times as much.
// test/unit/ref/loops.test.ts holds the two against each other.

import { isFloat } from "../../ir-spec/base/dtype.ts";
import type { Tensor } from "../../ir-spec/base/tensor.ts";
import { spread } from "../../ir-spec/ops/elementwise-makers.ts";
import type { OpName } from "../../ir-spec/ops/index.ts";

type Loop = (z: Float64Array, x: Float64Array, y: Float64Array) => void;

type LoopTable = Readonly<Partial<Record<OpName, Loop>>>;

/** Of rows that treat i32 as they treat floats. */
const numberLoops: LoopTable = {
  add: (z, x, y) => {
    for (let index = 0; index < z.length; index++) z[index] = x[index]! + y[index]!;
  },
  sub: (z, x, y) => {
    for (let index = 0; index < z.length; index++) z[index] = x[index]! - y[index]!;
  },
  div: (z, x, y) => {
    for (let index = 0; index < z.length; index++) z[index] = x[index]! / y[index]!;
  },
  max: (z, x, y) => {
    for (let index = 0; index < z.length; index++) z[index] = Math.max(x[index]!, y[index]!);
  },
  min: (z, x, y) => {
    for (let index = 0; index < z.length; index++) z[index] = Math.min(x[index]!, y[index]!);
  },
};

/** A product of i32 is another one than that of floats. */
const floatLoops: LoopTable = {
  mul: (z, x, y) => {
    for (let index = 0; index < z.length; index++) z[index] = x[index]! * y[index]!;
  },
  exp: (z, x) => {
    for (let index = 0; index < z.length; index++) z[index] = Math.exp(x[index]!);
  },
  cast: (z, x) => z.set(x),
};

/** Fills `result` with a loop of its own, where there is one. */
export function runLoop(op: OpName, operands: readonly Tensor[], result: Tensor): boolean {
  const isNumber = Object.hasOwn(numberLoops, op);
  const loop = (isNumber ? numberLoops : floatLoops)[op];
  const [x, y = x] = operands;
  if (loop === undefined || x === undefined || y === undefined) return false;
  if (!isFloat(x.dtype) && !isNumber) return false;
  loop(result.data, spread(x, result), spread(y, result));
  return true;
}
