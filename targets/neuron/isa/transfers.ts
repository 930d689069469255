// Instructions of the DMA queues that do more than copy: scatter, add, transpose. Their time comes from the DMA model.

import { dtypeBytes, dtypeNames } from "../../../ir-spec/base/dtype.ts";
import { problem } from "../../../ir-spec/base/result.ts";
import { blockOf, operandField, operandOf } from "./args.ts";
import { wantShape, wantShapeOfDst } from "./constraints.ts";
import { defineInst, freeSize } from "./define.ts";
import { noCycles } from "./timing.ts";

const anywhere = ["hbm", "sbuf"] as const;

/** Dtypes of 2 bytes. */
const halfWords = dtypeNames.filter((name) => dtypeBytes(name) === 2);

export const transferInsts = {
  dma_scatter: defineInst({
    opcode: 34,
    units: ["dma"],
    summary: "stores rows into a tensor in HBM where an index column says",
    detail:
      "`table[index[p], f] = src[p, f]`: row `r` of the table starts `r` times the table's row stride behind its address; the table's first dimension says how many rows there are. The other rows stay as they are, so the table must have been written before. An index outside of them ends the run with an error. Assumed: of equal indices the last row stays.",
    cost: "as `dma_copy`, each row a descriptor of its own",
    source: "AWS Neuron SDK documentation, nki.isa.dma_copy, vector-indirect destination",
    fields: {
      table: operandField("modify", ["hbm"], dtypeNames, "the table [rows, f]"),
      src: operandField("read", ["sbuf"], dtypeNames, "the rows [p, f]"),
      index: operandField("read", ["sbuf"], ["i32"], "the row for each partition, [p, 1]"),
    },
    transfer: (args) => {
      const src = operandOf(args, "src");
      return { src, dst: { ...operandOf(args, "table"), partitions: src.partitions }, isByRow: true };
    },
    check: (args) => {
      const src = operandOf(args, "src");
      const table = operandOf(args, "table");
      const wanted = `${table.dtype}, as table`;
      return [
        ...wantShape(args, "table", table.partitions, freeSize(src)),
        ...wantShape(args, "index", src.partitions, 1),
        ...(src.dtype === table.dtype ? [] : [problem("E0707", { operand: "src", found: src.dtype, wanted })]),
      ];
    },
    cycles: noCycles,
    execute: (blocks) => {
      const table = blockOf(blocks, "table");
      const src = blockOf(blocks, "src");
      const { data: index } = blockOf(blocks, "index");
      for (let row = 0; row < src.p; row++) {
        for (let f = 0; f < src.f; f++) table.data[index[row]! * table.f + f] = src.data[row * src.f + f]!;
      }
    },
    example:
      "dma_scatter table=hbm x[0x0; 2048:128; 128:1] bf16, src=sbuf[0x0; 16; 128:1] bf16, index=sbuf[0x100; 16; 1:1] i32",
  }),
  dma_accumulate: defineInst({
    opcode: 35,
    units: ["dma"],
    summary: "adds a region to another, in HBM or SBUF",
    detail:
      "`dst[p, f] = dst[p, f] + src[p, f]`, both taken as f32, the sum rounded to f32 and then to dst's dtype. dst must have been written before. One source; the hardware takes up to 16.",
    cost: "as `dma_copy`, its descriptors `dmaAccumulateFactor` times as long, and dst read as well as written",
    source: "AWS Neuron SDK documentation, nki.isa.dma_compute and the DMA overview",
    fields: {
      dst: operandField("modify", anywhere, dtypeNames, "what is added to, [p, f]"),
      src: operandField("read", anywhere, dtypeNames, "what is added, [p, f]"),
    },
    transfer: (args, machine) => ({
      src: operandOf(args, "src"),
      dst: operandOf(args, "dst"),
      timeFactor: machine.dmaAccumulateFactor,
      readsDst: true,
    }),
    check: (args) => wantShapeOfDst(args, ["src"]),
    cycles: noCycles,
    execute: (blocks) => {
      const { data: out } = blockOf(blocks, "dst");
      const { data: x } = blockOf(blocks, "src");
      for (let at = 0; at < out.length; at++) out[at] = Math.fround(Math.fround(out[at]!) + Math.fround(x[at]!));
    },
    example: "dma_accumulate dst=hbm x[0x0; 128:512; 512:1] f32, src=sbuf[0x0; 128; 512:1] bf16",
  }),
  dma_transpose: defineInst({
    opcode: 36,
    units: ["dma"],
    summary: "transposes a tile on its way",
    detail: "`dst[j, i] = src[i, j]`, bit for bit, with dst: [f, p], src: [p, f] of the same dtype of 2 bytes.",
    cost: "as `dma_copy` of rows on both sides, its descriptors `dmaTransposeFactor` times as long, from SBUF `dmaTransposeSbufFactor` times",
    source: "AWS Neuron SDK documentation, nki.isa.dma_transpose, permutation [1, 0]",
    fields: {
      dst: operandField("write", ["sbuf"], halfWords, "the transposed tile [f, p]"),
      src: operandField("read", anywhere, halfWords, "the tile [p, f]"),
    },
    transfer: (args, machine) => {
      const src = operandOf(args, "src");
      const timeFactor = src.memory === "hbm" ? machine.dmaTransposeFactor : machine.dmaTransposeSbufFactor;
      return { src, dst: operandOf(args, "dst"), isByRow: true, timeFactor };
    },
    check: (args) => {
      const src = operandOf(args, "src");
      const { dtype } = operandOf(args, "dst");
      const wanted = `${src.dtype}, as src`;
      return [
        ...wantShape(args, "dst", freeSize(src), src.partitions),
        ...(dtype === src.dtype ? [] : [problem("E0707", { operand: "dst", found: dtype, wanted })]),
      ];
    },
    cycles: noCycles,
    execute: (blocks) => {
      const dst = blockOf(blocks, "dst");
      const src = blockOf(blocks, "src");
      for (let i = 0; i < src.p; i++) {
        for (let j = 0; j < src.f; j++) dst.data[j * dst.f + i] = src.data[i * src.f + j]!;
      }
    },
    example: "dma_transpose dst=sbuf[0x0; 64; 128:1] bf16, src=hbm x[0x0; 128:64; 64:1] bf16",
  }),
} as const;
