// What a row of the instruction table writes of its own arguments is held against its fields by the type checker. Each `@ts-expect-error` is an
// error of `npm run types` if the line after it compiles.

import { expect, test } from "vitest";
import { chipField, optionalColumn, valueField } from "../../../targets/neuron/isa/args.ts";
import { wantColumns, wantOneInPsum, wantShapeOfDst } from "../../../targets/neuron/isa/constraints.ts";
import { elements, field, over, whereGiven } from "../../../targets/neuron/isa/cost-terms.ts";
import { onVector } from "../../../targets/neuron/isa/costs.ts";
import { defineInst } from "../../../targets/neuron/isa/define.ts";
import { wantOperators } from "../../../targets/neuron/isa/operator-rules.ts";
import { wantOneOf, wantScalar } from "../../../targets/neuron/isa/scalars.ts";
import { noCycles } from "../../../targets/neuron/isa/timing.ts";

const facts = { opcode: 0, units: ["dve"], summary: "", detail: "", source: "", example: "" } as const;
const fields = {
  dst: chipField("write", "the result"),
  src: chipField("read", "the tile"),
  bias: optionalColumn("the bias"),
  accumulate: { kind: "flag", summary: "add to dst" },
  base: { kind: "affine", summary: "the first number" },
  how: valueField({ kind: "choice", choices: ["up", "down"], default: "up", summary: "the direction" }),
  limit: valueField({ kind: "float", optional: true, summary: "the limit" }),
} as const;
const timeless = { ...facts, cost: "", cycles: noCycles, fields } as const;

test("a row has its arguments by the names of its fields", () => {
  const row = defineInst({
    ...timeless,
    check: ({ operands: { dst, src, bias }, values: { accumulate, base, how, limit } }) => {
      const numbers: readonly number[] = [dst.partitions, src.partitions, bias?.partitions ?? 0, base, limit ?? 0];
      // @ts-expect-error: the limit may be left out
      const first: number = limit;
      // @ts-expect-error: so may the bias
      const second = bias.partitions;
      // @ts-expect-error: no such direction
      const third = how === "left";
      // @ts-expect-error: a flag is no number
      const fourth: number = accumulate;
      return numbers.length === 0 && first && second && third && fourth ? [] : [];
    },
    execute: (blocks, args) => {
      // @ts-expect-error: no such operand
      blocks.dest?.data.fill(0);
      // @ts-expect-error: it has no state of generators
      blocks.state?.data.fill(0);
      // @ts-expect-error: no such value
      expect(args.values.lmit).toBeUndefined();
    },
  });
  expect(Object.keys(row.fields)).toEqual(Object.keys(fields));
});

test("constraints take names of the row's fields alone", () => {
  const row = defineInst({
    ...timeless,
    check: (args, unit, machine) => [
      ...wantShapeOfDst(args, ["src"]),
      ...wantColumns(args, ["bias"]),
      // @ts-expect-error: no such operand
      ...wantShapeOfDst(args, ["scr"]),
      // @ts-expect-error: no such operand
      ...wantColumns(args, ["base"]),
      // @ts-expect-error: no such operand
      ...wantOneInPsum(args, "src", "rhs"),
      // @ts-expect-error: how is no number
      ...wantOneOf(args, "the bias", "bias", "how"),
      // @ts-expect-error: it has no scalar
      ...wantScalar(args, 0),
      // @ts-expect-error: how names no operator
      ...wantOperators({ inst: "none", args, unit, machine }, ["how"]),
    ],
    execute: () => {},
  });
  expect(row.fields.dst.role).toBe("write");
});

test("a cost reads what the row has", () => {
  const right = onVector(over(elements("dst"), field("dveRate16")), whereGiven("bias", field("dveAccumulatorCycles")));
  const typo = onVector(elements("dest"));
  const optional = onVector(elements("bias"));
  const given = onVector(elements("dst"), whereGiven("bais", field("dveAccumulatorCycles")));
  const rest = { ...facts, fields, check: () => [], execute: () => {} } as const;
  const rows = [
    defineInst({ ...rest, ...right }),
    // @ts-expect-error: no such operand
    defineInst({ ...rest, ...typo }),
    // @ts-expect-error: the bias may be left out
    defineInst({ ...rest, ...optional }),
    // @ts-expect-error: no such operand
    defineInst({ ...rest, ...given }),
  ];
  expect(rows).toHaveLength(4);
});

test("accumulators are read out to an operand of the row, and there where the row says so", () => {
  const folding = { ...timeless, check: () => [], accumulator: { column: "bias" } } as const;
  const row = defineInst({ ...folding, execute: ({ accumulator, bias }) => bias?.data.set(accumulator.data) });
  expect(row.accumulator.column).toBe("bias");
  // @ts-expect-error: no such operand
  expect(defineInst({ ...folding, accumulator: { column: "sum" }, execute: () => {} }).opcode).toBe(0);
});
