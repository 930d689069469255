// Instructions of the general engine (POOL) that look for elements: the largest of a group of partitions, those that are
// not 0, the ends of runs. Each of its processors works on the `poolCorePartitions` partitions that it owns.

import type { Problem } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { elementsOf, operandField, valueField } from "./args.ts";
import { wantAtMost, wantShape, wantThat } from "./constraints.ts";
import { elements, field, immediate, plus, times } from "./cost-terms.ts";
import { onPool } from "./costs.ts";
import { type Block, defineInst, type HasValues } from "./define.ts";

const inSbuf = ["sbuf"] as const;
const words = ["f32", "i32"] as const;

/** Source: AWS Neuron SDK documentation, nki.isa.topk. */
const minTopElements = 8;

const group = valueField({ kind: "int", min: 1, summary: "partitions of a group" });

/** A group has the partitions of a processor. */
function wantGroup({ values }: HasValues<"group", number>, machine: Machine): readonly Problem[] {
  const wanted = `${machine.poolCorePartitions}, the partitions of a processor`;
  return wantThat(values.group === machine.poolCorePartitions, "group", values.group, wanted);
}

/** Puts the places 0 .. n - 1 of a group's elements in the order of their sizes; of equal ones the last comes first. */
function placesBySize(src: Block, firstRow: number, { n, size }: { readonly n: number; readonly size: number }) {
  const elementAt = (i: number): number => src.data[(firstRow + (i % size)) * src.f + Math.floor(i / size)]!;
  const places = Array.from({ length: n }, (_x, i) => i);
  return places.sort((i, j) => elementAt(i) - elementAt(j) || j - i);
}

/** Start and end of the run that each element belongs to. */
function runBounds(ids: Float64Array): { readonly starts: Float64Array; readonly ends: Float64Array } {
  const n = ids.length;
  const starts = new Float64Array(n).fill(n);
  const ends = new Float64Array(n).fill(-1);
  for (let i = 0; i < n; i++) if (ids[i] !== 0) starts[i] = i > 0 && ids[i] === ids[i - 1] ? starts[i - 1]! : i;
  for (let i = n - 1; i >= 0; i--) {
    if (ids[i] !== 0) ends[i] = i + 1 < n && ids[i] === ids[i + 1] ? ends[i + 1]! : i + 1;
  }
  return { starts, ends };
}

export const poolSearchInsts = {
  topk: defineInst({
    opcode: 80,
    units: ["pool"],
    summary: "the k largest elements of each group of partitions, and where they were",
    detail:
      "The `n` elements of a group of `group` partitions, which is `poolCorePartitions`, lie in a snake: the i-th is element `i / group` of the group's partition `i % group`; what lies after them does not count. `values` has the k largest, the smallest of them first, in a snake of the same form, and `indices` the place i of each. n is from 8 to `poolTopElements`, k at most n and half of `poolTopElements`; none is NaN. Assumed: of equal elements the earlier counts as the larger; what is left of the last column is NaN and -1.",
    ...onPool(plus(times(field("poolTopFactor"), immediate("n")), immediate("k"))),
    source:
      "AWS Neuron SDK documentation, nki.isa.topk, whose outputs have k columns of which only the first ceil(k / 16) are written; here they are all there are. Assumed: the start of any other instruction of the engine on top of the published cost",
    needs: "poolTopElements",
    fields: {
      values: operandField("write", inSbuf, ["bf16"], "the largest [p, ceil(k / group)]"),
      indices: operandField("write", inSbuf, ["i32"], "their places [p, ceil(k / group)]"),
      src: operandField("read", inSbuf, ["bf16"], "the elements [p, f]"),
      n: valueField({ kind: "int", min: 1, summary: "elements of each group" }),
      k: valueField({ kind: "int", min: 1, summary: "how many of them are wanted" }),
      group,
    },
    check: (args, _unit, machine) => {
      const { n, k, group } = args.values;
      const { partitions } = args.operands.src;
      const columns = Math.ceil(k / Math.max(1, group));
      const room = elementsOf(args, "src") * group;
      const wantedRows = `a multiple of ${group}`;
      return [
        ...wantGroup(args, machine),
        ...wantThat(partitions % Math.max(1, group) === 0, "the number of partitions", partitions, wantedRows),
        ...wantThat(n >= minTopElements, "n", n, `at least ${minTopElements}`),
        ...wantAtMost("n", n, machine.poolTopElements),
        ...wantThat(n <= room, "n", n, `at most the ${room} elements that a group has in src`),
        ...wantThat(k <= n, "k", k, `at most the ${n} of n`),
        ...wantAtMost("k", k, Math.floor(machine.poolTopElements / 2)),
        ...wantShape(args, "values", partitions, columns),
        ...wantShape(args, "indices", partitions, columns),
      ];
    },
    execute: (blocks, args) => {
      const { values, indices, src } = blocks;
      const { n, k, group: size } = args.values;
      values.data.fill(Number.NaN);
      indices.data.fill(-1);
      for (let firstRow = 0; firstRow < src.p; firstRow += size) {
        const places = placesBySize(src, firstRow, { n, size }).slice(n - k);
        for (const [j, i] of places.entries()) {
          const at = (firstRow + (j % size)) * values.f + Math.floor(j / size);
          values.data[at] = src.data[(firstRow + (i % size)) * src.f + Math.floor(i / size)]!;
          indices.data[at] = i;
        }
      }
    },
    example:
      "topk values=sbuf[0x0; 128; 4:1] bf16, indices=sbuf[0x10; 128; 4:1] i32, src=sbuf[0x400; 128; 256:1] bf16, n=4096, k=64, group=16",
  }),
  nonzero_with_count: defineInst({
    opcode: 81,
    units: ["pool"],
    summary: "the places of the elements that are not 0, and how many there are",
    detail:
      "Of each group of `group` partitions, which is `poolCorePartitions`, only the first one, `p`, is looked at: `dst[p]` holds `index_offset + f` for each f with `src[p, f] /= 0`, in order, then `padding` up to the last element, and that is their number. The other partitions of dst stay as they are, so all of dst must have been written before.",
    ...onPool(elements("src")),
    source:
      "AWS Neuron SDK documentation, nki.isa.nonzero_with_count: from NeuronCore-v3 on. Assumed: one element per cycle, as the cost is not published",
    needs: "poolNonzero",
    fields: {
      dst: operandField("modify", inSbuf, ["i32"], "the places and their number [p, f + 1]"),
      src: operandField("read", inSbuf, words, "the elements [p, f]"),
      group,
      index_offset: { kind: "affine", summary: "the place of the first element" },
      padding: valueField({ kind: "int", default: -1, summary: "what follows the places" }),
    },
    check: (args, _unit, machine) => [
      ...wantGroup(args, machine),
      ...wantShape(args, "dst", args.operands.src.partitions, elementsOf(args, "src") + 1),
    ],
    execute: (blocks, args) => {
      const { dst, src } = blocks;
      const { group, index_offset: offset, padding } = args.values;
      for (let row = 0; row < src.p; row += group) {
        const out = dst.data.subarray(row * dst.f, (row + 1) * dst.f).fill(padding);
        let count = 0;
        for (let f = 0; f < src.f; f++) if (src.data[row * src.f + f] !== 0) out[count++] = offset + f;
        out[src.f] = count;
      }
    },
    example:
      "nonzero_with_count dst=sbuf[0x0; 128; 513:1] i32, src=sbuf[0x1000; 128; 512:1] f32, group=16, index_offset=512*i0, padding=-1",
  }),
  sequence_bounds: defineInst({
    opcode: 82,
    units: ["pool"],
    summary: "where the run of equal numbers begins and ends that each element belongs to",
    detail:
      "`dst[0, i]` is the first place of the run of neighbouring elements of `segments` that are equal to the i-th, and `dst[0, n + i]` the place after its last. An element that is 0 is padding: it has n and -1. Segments are integers of at least 0.",
    ...onPool(times(field("poolTwoInputFactor"), elements("segments"))),
    source:
      "AWS Neuron SDK documentation, nki.isa.sequence_bounds. Assumed: the cost of an operation on two tiles, one for each direction, as it is not published",
    fields: {
      dst: operandField("write", inSbuf, words, "the bounds [1, 2 n]"),
      segments: operandField("read", inSbuf, words, "the numbers of the segments [1, n]"),
    },
    check: (args) => [
      ...wantShape(args, "segments", 1, elementsOf(args, "segments")),
      ...wantShape(args, "dst", 1, 2 * elementsOf(args, "segments")),
    ],
    execute: (blocks) => {
      const { starts, ends } = runBounds(blocks.segments.data);
      const {
        dst: { data: out },
      } = blocks;
      out.set(starts);
      out.set(ends, starts.length);
    },
    example: "sequence_bounds dst=sbuf[0x0; 1; 1024:1] i32, segments=sbuf[0x1000; 1; 512:1] i32",
  }),
} as const;
