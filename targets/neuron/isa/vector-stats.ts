// Instructions of the vector engine (DVE) that say something about each partition's elements: mean and variance, and the
// eight largest. Eight is part of what the instructions are, not a size of the machine.

import { dtypeNames } from "../../../ir-spec/base/dtype.ts";
import type { Problem } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { chipField, elementsOf, operandField, valueField } from "./args.ts";
import { wantAtMost, wantShape, wantShapeOfDst, wantThat } from "./constraints.ts";
import { elements, field, times } from "./cost-terms.ts";
import { onVector } from "./costs.ts";
import { type Block, defineInst, type Has } from "./define.ts";

/** Source: AWS Neuron SDK documentation, nki.isa.max8, nc_find_index8, nc_match_replace8. */
const topCount = 8;

const onChip = ["sbuf", "psum"] as const;
const src = chipField("read", "the tile [p, f]");

/** The elements of a row. */
const rowOf = ({ data, f }: Block, row: number): Float64Array => data.subarray(row * f, (row + 1) * f);

/** Number, mean, and sum of squared distances from the mean; zeros of nothing. Computed in f64. */
function statsOf(x: Float64Array): readonly [count: number, mean: number, squares: number] {
  if (x.length === 0) return [0, 0, 0];
  let sum = 0;
  for (const element of x) sum += element;
  const mean = sum / x.length;
  let squares = 0;
  for (const element of x) squares += (element - mean) ** 2;
  return [x.length, mean, squares];
}

function wantTopElements(args: Has<"src">, machine: Machine): readonly Problem[] {
  const found = elementsOf(args, "src");
  return [
    ...wantAtMost("the number of elements of src", found, machine.dveTopElements),
    ...wantThat(found >= topCount, "the number of elements of src", found, `at least ${topCount}`),
  ];
}

/** Replaces the first element that equals each value in turn; gives where they were, -1 for none. */
function replaceFirst(row: Float64Array, values: Float64Array, replacement: number): readonly number[] {
  return Array.from(values, (value) => {
    const at = row.indexOf(value);
    if (at >= 0) row[at] = replacement;
    return at;
  });
}

export const vectorStatsInsts = {
  bn_stats: defineInst({
    opcode: 50,
    units: ["dve"],
    summary: "number, mean and spread of the elements at even and at odd places",
    detail:
      "`dst[p] = (n, mean, n * variance)` of `src[p, 0], src[p, 2], ...`, then the same of `src[p, 1], src[p, 3], ...`; of no elements zeros. At most `dveStatsElements` elements. Assumed: computed exactly and rounded to f32 once.",
    ...onVector(elements("src")),
    source: "AWS Neuron SDK documentation, nki.isa.bn_stats",
    fields: { dst: operandField("write", onChip, ["f32"], "the two triples [p, 6]"), src },
    check: (args, _unit, machine) => [
      ...wantShape(args, "dst", args.operands.src.partitions, 6),
      ...wantAtMost("the number of elements of src", elementsOf(args, "src"), machine.dveStatsElements),
    ],
    execute: (blocks) => {
      const { dst, src: tile } = blocks;
      for (let row = 0; row < tile.p; row++) {
        const x = rowOf(tile, row);
        const parts = [0, 1].flatMap((odd) => statsOf(x.filter((_element, f) => f % 2 === odd)));
        rowOf(dst, row).set(parts.map(Math.fround));
      }
    },
    example: "bn_stats dst=sbuf[0x800; 128; 6:1] f32, src=sbuf[0x0; 128; 512:1] f32",
  }),
  bn_aggr: defineInst({
    opcode: 51,
    units: ["dve"],
    summary: "merges statistics of parts into mean and variance",
    detail:
      "src holds triples `(n, mean, n * variance)` as `bn_stats` makes them: with `N` the sum of the n, `dst[p] = (m, v)` where `m = sum(n * mean) / N` and `v = sum(n * variance + n * (mean - m)^2) / N`. Assumed: computed exactly and rounded to f32 once.",
    ...onVector(times(elements("src"), field("dveAggregateFactor"))),
    source: "AWS Neuron SDK documentation, nki.isa.bn_aggr; merging: Chan, Golub and LeVeque 1983",
    fields: {
      dst: operandField("write", onChip, ["f32"], "mean and variance [p, 2]"),
      src: operandField("read", onChip, ["f32"], "triples [p, 3 k]"),
    },
    check: (args) => {
      const found = elementsOf(args, "src");
      return [
        ...wantShape(args, "dst", args.operands.src.partitions, 2),
        ...wantThat(found % 3 === 0, "the number of elements of src", found, "a multiple of 3"),
      ];
    },
    execute: (blocks) => {
      const { dst, src: triples } = blocks;
      for (let row = 0; row < triples.p; row++) {
        const x = rowOf(triples, row);
        let [total, weighted, squares] = [0, 0, 0];
        for (let at = 0; at < x.length; at += 3) {
          total += x[at]!;
          weighted += x[at]! * x[at + 1]!;
        }
        const mean = weighted / total;
        for (let at = 0; at < x.length; at += 3) squares += x[at + 2]! + x[at]! * (x[at + 1]! - mean) ** 2;
        rowOf(dst, row).set([Math.fround(mean), Math.fround(squares / total)]);
      }
    },
    example: "bn_aggr dst=sbuf[0x830; 128; 2:1] f32, src=sbuf[0x800; 128; 12:1] f32",
  }),
  max8: defineInst({
    opcode: 52,
    units: ["dve"],
    summary: "the eight largest of each partition",
    detail:
      "`dst[p]` holds the eight largest elements of `src[p]`, the largest first. From 8 to `dveTopElements` elements, none of them NaN.",
    ...onVector(elements("src")),
    source: "AWS Neuron SDK documentation, nki.isa.max8",
    fields: { dst: chipField("write", "the largest [p, 8]"), src },
    check: (args, _unit, machine) => [
      ...wantShape(args, "dst", args.operands.src.partitions, topCount),
      ...wantTopElements(args, machine),
    ],
    execute: (blocks) => {
      const { dst, src: tile } = blocks;
      for (let row = 0; row < tile.p; row++) {
        const sorted = rowOf(tile, row).slice().sort().reverse();
        rowOf(dst, row).set(sorted.subarray(0, topCount).map(Math.fround));
      }
    },
    example: "max8 dst=sbuf[0x800; 128; 8:1] f32, src=sbuf[0x0; 128; 512:1] f32",
  }),
  find_index8: defineInst({
    opcode: 53,
    units: ["dve"],
    summary: "the places of eight values in each partition",
    detail:
      "`dst[p, i]` is the place of the first element of `src[p]` that equals `values[p, i]`. Assumed: -1 where there is none, which the documentation leaves undefined.",
    ...onVector(elements("src")),
    source: "AWS Neuron SDK documentation, nki.isa.nc_find_index8",
    fields: {
      dst: operandField("write", onChip, ["i32"], "the places [p, 8]"),
      src,
      values: chipField("read", "what is looked for [p, 8]"),
    },
    check: (args, _unit, machine) => [
      ...wantShape(args, "dst", args.operands.src.partitions, topCount),
      ...wantShapeOfDst(args, ["values"]),
      ...wantTopElements(args, machine),
    ],
    execute: (blocks) => {
      const { dst, src: tile, values } = blocks;
      for (let row = 0; row < tile.p; row++) {
        const x = rowOf(tile, row);
        rowOf(dst, row).set(rowOf(values, row).map((value) => x.indexOf(value)));
      }
    },
    example:
      "find_index8 dst=sbuf[0x820; 128; 8:1] i32, src=sbuf[0x0; 128; 512:1] f32, values=sbuf[0x800; 128; 8:1] f32",
  }),
  match_replace8: defineInst({
    opcode: 54,
    units: ["dve"],
    summary: "replaces the first element that equals each of eight values",
    detail:
      "dst is src, but for each `values[p, i]` in turn the first element that still equals it becomes `replacement`. So values that occur twice are found one after the other, and after `max8` the next eight are the largest. `indices[p, i]` says where it was. Assumed: -1 where there is none.",
    ...onVector(elements("src")),
    source: "AWS Neuron SDK documentation, nki.isa.nc_match_replace8",
    fields: {
      dst: chipField("write", "the result [p, f]"),
      indices: { ...operandField("write", onChip, ["i32"], "the places [p, 8]"), optional: true },
      src,
      values: { ...chipField("read", "what is replaced [p, 8]"), dtypes: dtypeNames },
      replacement: valueField({ kind: "float", summary: "what is there afterwards" }),
    },
    check: (args, _unit, machine) => [
      ...wantShapeOfDst(args, ["src"]),
      ...wantShape(args, "values", args.operands.src.partitions, topCount),
      ...wantShape(args, "indices", args.operands.src.partitions, topCount),
      ...wantTopElements(args, machine),
    ],
    execute: (blocks, args) => {
      const { dst, values } = blocks;
      const { replacement } = args.values;
      dst.data.set(blocks.src.data);
      for (let row = 0; row < dst.p; row++) {
        const places = replaceFirst(rowOf(dst, row), rowOf(values, row), replacement);
        if (blocks.indices !== undefined) rowOf(blocks.indices, row).set(places);
      }
    },
    example:
      "match_replace8 dst=sbuf[0x0; 128; 512:1] f32, src=sbuf[0x0; 128; 512:1] f32, values=sbuf[0x800; 128; 8:1] f32, replacement=-1e30",
  }),
} as const;
