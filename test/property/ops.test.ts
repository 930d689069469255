// Random calls of every op: inference never throws, and what it lets through runs, filling each element of results of
// the inferred types; composites also run by their expansion, with the same result types.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AttrKind, AttrValue } from "../../ir-spec/base/attr.ts";
import { type Dtype, dtypeNames } from "../../ir-spec/base/dtype.ts";
import { printType, type TensorType } from "../../ir-spec/base/tensor.ts";
import { nodeAttrs } from "../../ir-spec/graph-builder.ts";
import { inferOp, opDef, operandRange, opNames } from "../../ir-spec/ops/index.ts";
import { makeRandomTensor } from "../../ir-spec/random-tensor.ts";
import { verifyGraph } from "../../ir-spec/verify-graph.ts";
import { expansion, runExpansion, runOp } from "../unit/ops/run-op.ts";

const dtype = fc.constantFrom<Dtype>(...dtypeNames);
const size = fc.constantFrom(1, 2, 4);
const shape = fc.oneof(fc.array(size, { maxLength: 4 }), fc.constantFrom([2, 4], [4, 4], [2, 4, 4], [4, 2]));

function anyAttr(kind: AttrKind): fc.Arbitrary<AttrValue> {
  const small = fc.integer({ min: -3, max: 4 });
  switch (kind.kind) {
    case "int":
    case "axis":
      return small;
    case "float":
      return fc.double({ min: -2, max: 2, noNaN: true });
    case "bool":
      return fc.boolean();
    case "ints":
    case "axes":
    case "perm":
    case "floats":
      return fc.oneof(fc.array(small, { maxLength: 4 }), fc.constantFrom([0], [0, 0], [0, 0, 0], [0, 1], [1, 2]));
    case "dtype":
      return dtype;
    case "choice":
      return fc.constantFrom(...kind.choices);
    case "names":
      return fc.subarray([...kind.choices]);
    default:
      return kind satisfies never;
  }
}

function anyAttrs(kinds: Readonly<Record<string, AttrKind>>): fc.Arbitrary<Readonly<Record<string, AttrValue>>> {
  const given = Object.fromEntries(Object.entries(kinds).map(([name, kind]) => [name, anyAttr(kind)]));
  return fc
    .tuple(fc.record(given), fc.subarray(Object.keys(kinds)))
    .map(([all, kept]) => Object.fromEntries(Object.entries(all).filter(([name]) => kept.includes(name))));
}

/** Operands that often fit: mostly of one dtype, and often of one shape. */
function anyTypes(min: number, max: number): fc.Arbitrary<readonly TensorType[]> {
  const lengths = { minLength: Math.max(0, min - (min > 1 ? 1 : 0)), maxLength: Math.min(max, 4) };
  const alike = fc
    .tuple(fc.record({ dtype, shape }), fc.integer({ min: lengths.minLength, max: lengths.maxLength }))
    .map(([type, count]) => new Array<TensorType>(count).fill(type));
  const sameDtype = fc
    .tuple(dtype, fc.array(shape, lengths))
    .map(([one, shapes]) => shapes.map((each) => ({ dtype: one, shape: each })));
  return fc.oneof(alike, sameDtype, fc.array(fc.record({ dtype, shape }), lengths));
}

describe.each(opNames)("%s", (op) => {
  const row = opDef(op);
  const { min, max } = operandRange(op);
  const calls = fc.tuple(anyTypes(min, max), anyAttrs(row.attrs as Readonly<Record<string, AttrKind>>));

  test("what infers, runs", () => {
    let fitting = 0;
    fc.assert(
      fc.property(calls, ([types, attrs]) => {
        const inferred = inferOp(op, types, nodeAttrs(op, types, attrs));
        if (!inferred.ok) {
          expect(inferred.error.args).toMatchObject({ op });
          return;
        }
        fitting++;
        const inputs = types.map((type, index) => makeRandomTensor(type, 1, `x${index}`));
        const results = runOp(op, inputs, attrs);
        expect(results.map(printType)).toEqual(inferred.value.map(printType));
        expect(row.flops(types, inferred.value, nodeAttrs(op, types, attrs))).toBeGreaterThanOrEqual(0);
        if (row.expand === undefined) return;
        expect(verifyGraph(expansion(op, inputs, attrs))).toEqual([]);
        expect(runExpansion(op, inputs, attrs).map(printType)).toEqual(results.map(printType));
      }),
      { seed: 1, numRuns: 600 },
    );
    // Three operands that fit are too rare.
    if (min <= 2) expect(fitting).toBeGreaterThan(0);
  });
});
