// Instructions that make a tile from nothing: one number, or numbers that grow.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { computeTileOps } from "../../../ir-spec/tile-ops/compute.ts";
import { chipField, valueField } from "./args.ts";
import { elements, field, one, oneOf, over } from "./cost-terms.ts";
import { costOn, general, onPool, vector } from "./costs.ts";
import { defineInst, type Has, type HasValues } from "./define.ts";
import { patternValue, wantSteps } from "./pool.ts";

const { memset, iota } = computeTileOps;

const zeroRate = oneOf<Has<"dst"> & HasValues<"value", number>>(
  "rate",
  [
    {
      when: "for zeros of 2 bytes",
      holds: ({ operands: { dst }, values: { value } }) => value === 0 && dtypeBytes(dst.dtype) === 2,
      term: field("dveRate16Slow"),
    },
  ],
  one,
);

export const fillInsts = {
  memset: defineInst({
    opcode: 24,
    units: ["dve", "pool"],
    summary: "fills a tile with one number",
    detail: "`dst[p, f] = value`.",
    ...costOn({ dve: vector(over(elements("dst"), zeroRate)), pool: general(elements("dst")) }),
    source: "AWS Neuron SDK documentation, nki.isa.memset",
    fields: { dst: chipField("write", "the tile [p, f]"), value: valueField(memset.attrs.value) },
    check: () => [],
    execute: ({ dst }, { values }) => {
      dst.data.fill(values.value);
    },
    example: "memset dst=sbuf[0x0; 128; 512:1] bf16, value=0",
  }),
  iota: defineInst({
    opcode: 25,
    units: ["pool"],
    summary: "fills a tile with numbers that grow along its partitions and elements",
    detail:
      "`dst[p, f] = base + p * partition_step + f * step`; `base` is affine in the loop indices. With `steps` the last term is the sum over the free dimensions d of dst of `i_d * steps[d]`, where `i_d` is the index along d, and `step` is 0.",
    ...onPool(elements("dst")),
    source: "AWS Neuron SDK documentation, nki.isa.iota; cost: 150 cycles and one per element",
    fields: {
      dst: { ...chipField("write", "the tile [p, f]"), memories: ["sbuf"] },
      base: { kind: "affine", summary: "the first number" },
      partition_step: valueField(iota.attrs.partition_step),
      step: valueField(iota.attrs.step),
      steps: valueField({ kind: "ints", optional: true, summary: "growth along each free dimension of dst" }),
    },
    check: (args) => wantSteps(args),
    execute: ({ dst }, { operands, values }) => {
      const { base, partition_step, step, steps } = values;
      const within = (f: number) => (steps === null ? 0 : patternValue(operands.dst, steps, f));
      for (let row = 0; row < dst.p; row++) {
        const first = base + row * partition_step;
        for (let f = 0; f < dst.f; f++) dst.data[row * dst.f + f] = first + f * step + within(f);
      }
    },
    example: "iota dst=sbuf[0x0; 128; 512:1] i32, base=512*i0, partition_step=0, step=1",
  }),
} as const;
