// Instructions of the DMA queues. Their time comes from the DMA model (descriptors, engines, HBM bandwidth), not from the row.

import { dtypeNames } from "../../../ir-spec/base/dtype.ts";
import { operandField } from "./args.ts";
import { mapBlock } from "./arithmetic.ts";
import { wantShapeOfDst } from "./constraints.ts";
import { defineInst } from "./define.ts";
import { gatherRows, wantRows } from "./rows-by-index.ts";
import { noCycles } from "./timing.ts";
import { transferred } from "./transfer-costs.ts";

export const dmaInsts = {
  dma_copy: defineInst({
    opcode: 32,
    units: ["dma"],
    summary: "copies a region between HBM and SBUF, either way or within one, converting the dtype",
    detail:
      "`dst[p, f] = src[p, f]`; bit for bit where the dtypes are the same, else by way of f32. Each run of elements that is contiguous on both sides is a descriptor, so long runs are fast.",
    cost: "from the DMA model: `dmaStartNs`, then on each of `dmaEngines` its share of the descriptors at `dmaDescriptorNs + bytes / dmaEngineBytesPerSecond`, bytes a multiple of `dmaDescriptorGranuleBytes`, an idle engine's first one `dmaDescriptorAheadNs` less, HBM at `hbmBytesPerSecond` for all, then `dmaDescriptorTailNs + dmaFinishNs`; the next instruction of the queue issues after `dmaIssueNs`",
    source: "AWS Neuron SDK documentation, nki.isa.dma_copy and the DMA overview",
    fields: {
      dst: operandField("write", ["hbm", "sbuf"], dtypeNames, "where to, [p, f]"),
      src: operandField("read", ["hbm", "sbuf"], dtypeNames, "where from, [p, f]"),
    },
    check: (args) => wantShapeOfDst(args, ["src"]),
    cycles: noCycles,
    execute: (blocks, args) => {
      const isSameDtype = args.operands.dst.dtype === args.operands.src.dtype;
      mapBlock(blocks.dst, blocks.src, isSameDtype ? (x) => x : Math.fround);
    },
    example: "dma_copy dst=sbuf[0x0; 128; 512:1] bf16, src=hbm x[0x0; 128:512; 512:1] bf16",
  }),
  dma_gather: defineInst({
    opcode: 33,
    units: ["dma"],
    summary: "loads rows of a tensor in HBM that an index column names",
    detail:
      "`dst[p, f] = table[index[p], f]`: row `r` of the table starts `r` times the table's row stride after its address; the table's first dimension says how many rows there are. An index outside of them ends the run with an error.",
    ...transferred({ dst: "dst", src: "table", table: "src" }),
    source: "AWS Neuron SDK documentation, nki.isa.dma_copy, vector-indirect source",
    fields: {
      dst: operandField("write", ["sbuf"], dtypeNames, "the rows [p, f]"),
      table: operandField("read", ["hbm"], dtypeNames, "the table [rows, f]"),
      index: operandField("read", ["sbuf"], ["i32"], "the row for each partition, [p, 1]"),
    },
    check: (args) => wantRows(args, "dst"),
    execute: gatherRows,
    example:
      "dma_gather dst=sbuf[0x0; 128; 768:1] bf16, table=hbm wte[0x0; 50257:768; 768:1] bf16, index=sbuf[0x600; 128; 1:1] i32",
  }),
} as const;
