// Instructions of the DMA queues that do more than copy: scatter, add, transpose. Their time comes from the DMA model.

import { dtypeBytes, dtypeNames } from "../../../ir-spec/base/dtype.ts";
import { problem } from "../../../ir-spec/base/result.ts";
import { operandField } from "./args.ts";
import { wantShape, wantShapeOfDst, wantThat } from "./constraints.ts";
import { field, oneOf } from "./cost-terms.ts";
import { defineInst, freeSize, type Has } from "./define.ts";
import { gatherRows, scatterRows, wantRows } from "./rows-by-index.ts";
import { transferred } from "./transfer-costs.ts";

const anywhere = ["hbm", "sbuf"] as const;

/** Dtypes of 2 bytes. */
const halfWords = dtypeNames.filter((name) => dtypeBytes(name) === 2);

/** Sources of a sum beside the first: as many as a record has room for with it and dst. */
export const sumSources = [
  ...["src1", "src2", "src3", "src4", "src5", "src6", "src7"],
  ...["src8", "src9", "src10", "src11", "src12", "src13", "src14"],
] as const;

const furtherSource = {
  ...operandField("read", anywhere, dtypeNames, "a further source [p, f]"),
  optional: true,
} as const;
const moreSources = Object.fromEntries(sumSources.map((name) => [name, furtherSource])) as {
  readonly [N in (typeof sumSources)[number]]: typeof furtherSource;
};

/** Its source decides how slow a transpose is. */
const transposeFactor = oneOf<Has<"src">>(
  "factor",
  [
    {
      when: "from HBM",
      holds: ({ operands: { src } }) => src.memory === "hbm",
      term: field("dmaTransposeFactor"),
    },
  ],
  field("dmaTransposeSbufFactor"),
);

const leftOutText = ". Assumed: a row that is left out takes the time of any other";

export const transferInsts = {
  dma_scatter: defineInst({
    opcode: 34,
    units: ["dma"],
    summary: "stores rows into a tensor in HBM where an index column says",
    detail:
      "`table[index[p], f] = src[p, f]`: row `r` of the table starts `r` times the table's row stride after its address; the table's first dimension says how many rows there are. The other rows stay as they are, so the table must have been written before. An index outside of them ends the run with an error. Assumed: of equal indices the last row stays.",
    ...transferred({ dst: "table", src: "src", table: "dst" }),
    source: "AWS Neuron SDK documentation, nki.isa.dma_copy, vector-indirect destination",
    fields: {
      table: operandField("modify", ["hbm"], dtypeNames, "the table [rows, f]"),
      src: operandField("read", ["sbuf"], dtypeNames, "the rows [p, f]"),
      index: operandField("read", ["sbuf"], ["i32"], "the row for each partition, [p, 1]"),
    },
    check: (args) => wantRows(args, "src"),
    execute: scatterRows,
    example:
      "dma_scatter table=hbm x[0x0; 2048:128; 128:1] bf16, src=sbuf[0x0; 16; 128:1] bf16, index=sbuf[0x100; 16; 1:1] i32",
  }),
  dma_accumulate: defineInst({
    opcode: 35,
    units: ["dma"],
    summary: "adds a region to another, in HBM or SBUF",
    detail:
      "`dst[p, f] = dst[p, f] + src[p, f]`, both taken as f32, the sum rounded to f32 and then to dst's dtype. dst must have been written before. For several sources see `dma_sum`.",
    ...transferred({ dst: "dst", src: "src", factor: field("dmaAccumulateFactor"), readsDst: true }),
    source: "AWS Neuron SDK documentation, nki.isa.dma_compute and the DMA overview",
    fields: {
      dst: operandField("modify", anywhere, dtypeNames, "what is added to, [p, f]"),
      src: operandField("read", anywhere, dtypeNames, "what is added, [p, f]"),
    },
    check: (args) => wantShapeOfDst(args, ["src"]),
    execute: (blocks) => {
      const {
        dst: { data: out },
        src: { data: x },
      } = blocks;
      for (let at = 0; at < out.length; at++) out[at] = Math.fround(Math.fround(out[at]!) + Math.fround(x[at]!));
    },
    example: "dma_accumulate dst=hbm x[0x0; 128:512; 512:1] f32, src=sbuf[0x0; 128; 512:1] bf16",
  }),
  dma_transpose: defineInst({
    opcode: 36,
    units: ["dma"],
    summary: "transposes a tile on its way",
    detail:
      "`dst[j, m * p + i] = src[i, m * c + j]`, bit for bit, for all m, where c is the number of dst's partitions: src: [p, f] holds f / c matrices side by side, which are transposed and keep their order in dst: [c, f / c * p]. With c = f it is one matrix. Both have the same dtype of 2 bytes.",
    ...transferred({ dst: "dst", src: "src", isByRow: true, factor: transposeFactor }),
    source: "AWS Neuron SDK documentation, nki.isa.dma_transpose, permutations [1, 0], [2, 1, 0] and [3, 1, 2, 0]",
    fields: {
      dst: operandField("write", ["sbuf"], halfWords, "the transposed tile [c, f / c * p]"),
      src: operandField("read", anywhere, halfWords, "the tile [p, f]"),
    },
    check: (args) => {
      const src = args.operands.src;
      const { dtype, partitions: columns } = args.operands.dst;
      const found = freeSize(src);
      const wanted = `${src.dtype}, as src`;
      const isWhole = found % Math.max(1, columns) === 0;
      return [
        ...wantThat(isWhole, "the number of elements of src", found, `a multiple of the ${columns} partitions of dst`),
        ...(isWhole ? wantShape(args, "dst", columns, (found / Math.max(1, columns)) * src.partitions) : []),
        ...(dtype === src.dtype ? [] : [problem("E0707", { operand: "dst", found: dtype, expected: wanted })]),
      ];
    },
    execute: (blocks) => {
      const { dst, src } = blocks;
      for (let i = 0; i < src.p; i++) {
        for (let at = 0; at < src.f; at++) {
          const [m, j] = [Math.floor(at / dst.p), at % dst.p];
          dst.data[j * dst.f + m * src.p + i] = src.data[i * src.f + at]!;
        }
      }
    },
    example: "dma_transpose dst=sbuf[0x0; 64; 128:1] bf16, src=hbm x[0x0; 128:64; 64:1] bf16",
  }),
  dma_gather_skip: defineInst({
    opcode: 87,
    units: ["dma"],
    summary: "loads those rows of a tensor in HBM that there are of those that an index column names",
    detail:
      "As `dma_gather`, but where the table has no row `index[p]`, dst's row p stays as it is. So all of dst must have been written before.",
    ...transferred({ dst: "dst", src: "table", table: "src" }, leftOutText),
    source: "AWS Neuron SDK documentation, nki.isa.dma_copy, vector-indirect source with oob_mode skip",
    fields: {
      dst: operandField("modify", ["sbuf"], dtypeNames, "the rows [p, f]"),
      table: operandField("read", ["hbm"], dtypeNames, "the table [rows, f]"),
      index: operandField("read", ["sbuf"], ["i32"], "the row for each partition, [p, 1]"),
    },
    check: (args) => wantRows(args, "dst"),
    execute: gatherRows,
    example:
      "dma_gather_skip dst=sbuf[0x0; 128; 768:1] bf16, table=hbm wte[0x0; 50257:768; 768:1] bf16, index=sbuf[0x600; 128; 1:1] i32",
  }),
  dma_scatter_skip: defineInst({
    opcode: 88,
    units: ["dma"],
    summary: "stores rows into a tensor in HBM where an index column says, if there is such a row",
    detail: "As `dma_scatter`, but a row p of src goes nowhere where the table has no row `index[p]`.",
    ...transferred({ dst: "table", src: "src", table: "dst" }, leftOutText),
    source: "AWS Neuron SDK documentation, nki.isa.dma_copy, vector-indirect destination with oob_mode skip",
    fields: {
      table: operandField("modify", ["hbm"], dtypeNames, "the table [rows, f]"),
      src: operandField("read", ["sbuf"], dtypeNames, "the rows [p, f]"),
      index: operandField("read", ["sbuf"], ["i32"], "the row for each partition, [p, 1]"),
    },
    check: (args) => wantRows(args, "src"),
    execute: scatterRows,
    example:
      "dma_scatter_skip table=hbm x[0x0; 2048:128; 128:1] bf16, src=sbuf[0x0; 16; 128:1] bf16, index=sbuf[0x100; 16; 1:1] i32",
  }),
  dma_sum: defineInst({
    opcode: 89,
    units: ["dma"],
    summary: "adds up several regions, in HBM or SBUF",
    detail: `\`dst[p, f] = src0[p, f] + src1[p, f] + ...\`, from the left, of the sources that are given, each taken as f32, each sum rounded to f32 and the last one to dst's dtype. Up to ${sumSources.length + 1} sources, where the hardware takes 16: a record has room for 16 operands.`,
    ...transferred({ dst: "dst", src: "src0", more: sumSources, factor: field("dmaAccumulateFactor") }),
    source: "AWS Neuron SDK documentation, nki.isa.dma_compute and the DMA overview",
    fields: {
      dst: operandField("write", anywhere, dtypeNames, "the sum [p, f]"),
      src0: operandField("read", anywhere, dtypeNames, "the first source [p, f]"),
      ...moreSources,
    },
    check: (args) => wantShapeOfDst(args, ["src0", ...sumSources]),
    execute: (blocks) => {
      const {
        dst: { data: out },
        src0: { data: first },
      } = blocks;
      const others = sumSources.flatMap((name) => blocks[name]?.data ?? []);
      for (let at = 0; at < out.length; at++) {
        let sum = Math.fround(first[at]!);
        for (const x of others) sum = Math.fround(sum + Math.fround(x[at]!));
        out[at] = sum;
      }
    },
    example:
      "dma_sum dst=hbm x[0x0; 128:512; 512:1] bf16, src0=sbuf[0x0; 128; 512:1] f32, src1=sbuf[0x800; 128; 512:1] f32, src2=hbm wte[0x0; 128:512; 512:1] bf16",
  }),
} as const;
