// Instructions of the vector engine (DVE) that move elements across partitions.

import { problem } from "../../../ir-spec/base/result.ts";
import { chipField, elementsOf, valueField } from "./args.ts";
import { wantAtMost, wantSameDtype, wantShape, wantShapeOfDst, wantThat } from "./constraints.ts";
import { elements } from "./cost-terms.ts";
import { onVector } from "./costs.ts";
import { defineInst } from "./define.ts";

/** The entry of a shuffle that leaves a partition as it is. Source: AWS Neuron SDK documentation, nki.isa.nc_stream_shuffle. */
export const kept = 255;

export const vectorMoveInsts = {
  stream_shuffle: defineInst({
    opcode: 55,
    units: ["dve"],
    summary: "permutes or repeats the partitions of each group",
    detail:
      "`dst[g * n + i, f] = src[g * n + lanes[i], f]`, bit for bit, for each group `g` of `n` partitions, where `n` is the length of `lanes`, at most `partitionStartMultiple`; p is a multiple of n. An entry may stand several times, which broadcasts a partition. With the entry 255 the partition of dst stays as it is; then all of dst must have been written before.",
    ...onVector(elements("dst")),
    source: "AWS Neuron SDK documentation, nki.isa.nc_stream_shuffle",
    fields: {
      dst: chipField("write", "the result [p, f]"),
      src: chipField("read", "the tile [p, f]"),
      lanes: valueField({ kind: "ints", summary: "for each partition of a group, where it comes from" }),
    },
    keeps: ({ values }) => values.lanes.includes(kept),
    check: (args, _unit, machine) => {
      const { lanes } = args.values;
      const { partitions } = args.operands.dst;
      const odd = lanes.find((lane) => lane !== kept && (lane < 0 || lane >= lanes.length));
      return [
        ...wantShapeOfDst(args, ["src"]),
        ...wantSameDtype(args, "src"),
        ...wantAtMost("the number of lanes", lanes.length, machine.partitionStartMultiple),
        ...wantThat(lanes.length > 0, "the number of lanes", lanes.length, "at least 1"),
        ...wantThat(
          partitions % Math.max(1, lanes.length) === 0,
          "the number of partitions",
          partitions,
          `a multiple of the ${lanes.length} lanes`,
        ),
        ...wantThat(odd === undefined, "a lane", odd ?? 0, `from 0 to ${lanes.length - 1}, or ${kept}`),
      ];
    },
    execute: (blocks, args) => {
      const {
        dst,
        src: { data: x },
      } = blocks;
      const { lanes } = args.values;
      for (let row = 0; row < dst.p; row++) {
        const lane = row % lanes.length;
        const from = row - lane + lanes[lane]!;
        if (lanes[lane] === kept) continue;
        for (let f = 0; f < dst.f; f++) dst.data[row * dst.f + f] = x[from * dst.f + f]!;
      }
    },
    example: "stream_shuffle dst=sbuf[0x0; 32; 512:1] f32, src=sbuf[0x800; 32; 512:1] f32, lanes=[1, 0, 3, 2]",
  }),
  vector_transpose: defineInst({
    opcode: 56,
    units: ["dve"],
    summary: "transposes a small tile",
    detail:
      "`dst[j, i] = src[i, j]`, bit for bit, with dst: [f, p], src: [p, f] of the same dtype, p and f at most `dveTransposeSize`. It needs neither the systolic array nor PSUM.",
    ...onVector(elements("src")),
    source: "AWS Neuron SDK documentation, nki.isa.nc_transpose on the Vector Engine",
    fields: {
      dst: chipField("write", "the transposed tile [f, p]"),
      src: chipField("read", "the tile [p, f]"),
    },
    check: (args, _unit, machine) => {
      const src = args.operands.src;
      const columns = elementsOf(args, "src");
      const { dtype } = args.operands.dst;
      const sameDtype = dtype === src.dtype;
      return [
        ...wantShape(args, "dst", columns, src.partitions),
        ...wantAtMost("the number of rows of src", src.partitions, machine.dveTransposeSize),
        ...wantAtMost("the number of columns of src", columns, machine.dveTransposeSize),
        ...(sameDtype ? [] : [problem("E0707", { operand: "dst", found: dtype, expected: `${src.dtype}, as src` })]),
      ];
    },
    execute: (blocks) => {
      const { dst, src } = blocks;
      for (let i = 0; i < src.p; i++) {
        for (let j = 0; j < src.f; j++) dst.data[j * dst.f + i] = src.data[i * src.f + j]!;
      }
    },
    example: "vector_transpose dst=sbuf[0x0; 32; 16:1] bf16, src=sbuf[0x40; 16; 32:1] bf16",
  }),
} as const;
