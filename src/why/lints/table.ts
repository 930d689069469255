// THE TABLE OF LINTS. LINTS.md, `tgc explain` and `tgc profile --lints` read it; the tests run each example.

import { formatBytes, formatPercent } from "../../../ir-spec/base/format-numbers.ts";
import { findPath } from "../../trace/critical-path.ts";
import type { LintRow } from "./define.ts";
import { efficientRowBytes, movedBytes, passedBytes, reloadedBytes, withoutTraffic } from "./figures.ts";

const guide = "AWS Neuron SDK documentation, NKI performance guide";

const product = (dtype: string, [m, k, n]: readonly [number, number, number], fields = ""): string => {
  const schedule = fields === "" ? "" : `\nschedule given for product { kernel y { ${fields} } }`;
  return `graph product(x: ${dtype}[${m}, ${k}], weight w: ${dtype}[${k}, ${n}]) -> (y: ${dtype}[${m}, ${n}]) {\n  y = matmul(x, w)\n}${schedule}`;
};

const rows = (shape: string): string => `graph rows(x: f32[${shape}]) -> (y: f32[${shape}]) {\n  y = exp(x)\n}`;

const share = (part: number, whole: number): string => formatPercent((100 * part) / Math.max(1, whole));

export const lints: readonly LintRow[] = [
  {
    code: "L01",
    title: "short DMA rows",
    detail:
      "A descriptor costs the same few nanoseconds whatever its length, so short runs of contiguous bytes leave the DMA engines' bandwidth unused. The price is what the run saves on a machine whose descriptors cost what they would cost in rows of which nine tenths of the time is for bytes.",
    advice:
      "load more contiguous elements at once: larger tiles along the last axis, `load_k` for contracted ones, or store the tensor so that what is loaded together is contiguous",
    source: "AWS Neuron SDK documentation, NKI DMA overview: efficiency by bytes of a descriptor",
    see: ({ profile }, machine) => {
      const [own, wanted] = [profile.dma.averageRowBytes, efficientRowBytes(machine)];
      if (own === 0 || own >= wanted) return undefined;
      const text = `DMA rows of ${formatBytes(Math.round(own))}, ${formatBytes(Math.round(wanted))} would use the engines`;
      return { text, without: { dmaDescriptorNs: (machine.dmaDescriptorNs * own) / wanted } };
    },
    failing: {
      target: "trn2",
      program:
        "graph narrow(x: f32[16384, 64]) -> (y: f32[16384, 8]) {\n  y = exp(slice(x, starts=[0], ends=[8], axes=[1], steps=[1]))\n}",
    },
    passing: { target: "trn2", program: rows("256, 8192") },
  },
  {
    code: "L02",
    title: "array at half clock",
    detail:
      "The array runs at a lower clock until it has been busy for most of a window, and again when it was not. The price is what the run saves on a machine whose array is always at full clock.",
    advice:
      "keep the array busy: loads ahead of products (more slots), larger kernels, products of several layers close to each other",
    source: "measured: instruction traces of attention kernels on trn2 (see `peColdFactor` in the machine file)",
    see: (_timed, machine) =>
      machine.peColdFactor > 1
        ? {
            text: `the array's columns take ${machine.peColdFactor} times as long while it is not busy enough`,
            without: { peColdFactor: 1 },
          }
        : undefined,
    failing: { target: "trn2", program: product("bf16", [512, 512, 512]) },
    passing: { target: "trn2", program: rows("256, 2048") },
  },
  {
    code: "L03",
    title: "f32 operands on the array",
    detail:
      "The array takes several passes for products of f32. The price is what the run saves on a machine on which they are as fast as those of bf16.",
    advice: "cast the operands to bf16 where the precision of the product allows it; sums are f32 all the same",
    source: `${guide}: fp32 products take four times as long as bf16`,
    see: (_timed, machine) =>
      machine.peF32Factor > 1
        ? {
            text: `products of f32 take ${machine.peF32Factor} times as long`,
            without: { peF32Factor: 1, peLoadWeightsF32Factor: 1 },
          }
        : undefined,
    failing: { target: "trn2", program: product("f32", [512, 512, 512]) },
    passing: { target: "trn2", program: product("bf16", [512, 512, 512]) },
  },
  {
    code: "L04",
    title: "transfers that are waited for",
    detail:
      "A transfer takes a while to start and to be known as complete. With more slots or larger blocks the next one is under way while a tile is used. The price is what the run saves on a machine without these latencies, less one load and one store, which every program waits for.",
    advice:
      "more slots for what is loaded (`slots_lhs`, `slots_rhs`, `slots_in`), larger tiles, or `--strategy heuristic`",
    source:
      "AWS Neuron SDK documentation, NKI DMA overview: latency of a transfer; NKI performance guide: overlap of DMA and compute",
    see: (_timed, { dmaStartNs, dmaFinishNs }) => ({
      text: "engines wait for transfers to start and to complete",
      without: { dmaStartNs: 0, dmaFinishNs: 0 },
      unavoidableNs: 2 * (dmaStartNs + dmaFinishNs),
    }),
    failing: {
      target: "trn2",
      program: product("bf16", [512, 1024, 512], "others=default, slots_lhs=1, slots_rhs=1, slots_out=1, stages=1"),
    },
    passing: { target: "trn2", program: rows("1024, 4096") },
  },
  {
    code: "L05",
    title: "the same bytes loaded again",
    detail:
      "An operand that is loaded in an inner loop is loaded once for each iteration around it. The price is what the run saves where that part of the traffic takes no time.",
    advice:
      "load it further out (`load_lhs`, `load_rhs`), or make blocks larger so that more products use what is on chip",
    source: `${guide} and matrix multiplication tutorial: blocking of the free dimensions`,
    see: (timed, machine) => {
      const [again, all] = [reloadedBytes(timed), movedBytes(timed)];
      if (again === 0) return undefined;
      const text = `${formatBytes(again)} of ${formatBytes(all)} are loaded again (${share(again, all)})`;
      return { text, without: withoutTraffic(machine, again / all) };
    },
    failing: {
      target: "trn2",
      program: product("bf16", [1024, 512, 1024], "others=default, load_lhs=tile_2, load_rhs=tile_2, stages=1"),
    },
    passing: { target: "trn2", program: rows("256, 4096") },
  },
  {
    code: "L06",
    title: "values that pass through HBM",
    detail:
      "What one kernel stores and another one loads could stay on chip if they were one. The price is what the run saves where that part of the traffic takes no time.",
    advice: "fuse the kernels: `tgc why-not FILE fuse A B` says why they are not, and what it would cost",
    source: `${guide}: fusion of operators`,
    see: (timed, machine) => {
      const [passed, all] = [passedBytes(timed), movedBytes(timed)];
      if (passed === 0) return undefined;
      const text = `${formatBytes(passed)} of ${formatBytes(all)} pass from kernel to kernel (${share(passed, all)})`;
      return { text, without: withoutTraffic(machine, passed / all) };
    },
    failing: {
      target: "trn2",
      fuse: "off",
      program: "graph steps(x: f32[512, 4096]) -> (y: f32[512, 4096]) {\n  y = exp(tanh(x) * 2)\n}",
    },
    passing: {
      target: "trn2",
      program: "graph steps(x: f32[512, 4096]) -> (y: f32[512, 4096]) {\n  y = exp(tanh(x) * 2)\n}",
    },
  },
  {
    code: "L07",
    title: "transposes on the critical path",
    detail:
      "An operand that is contiguous along the contracted dimension is transposed before the product. The price is the time of transposes on the critical path.",
    advice:
      "let DMA transpose (`transpose_on=dma`, for 2 bytes), make tiles of k interleaved (`k_tiles=interleaved`), or store the operand the other way, as a weight can be once and for all",
    source: `${guide}: transposes above a tenth of the array's work are flagged`,
    see: (timed, machine) => {
      const steps = (findPath(timed, machine) ?? []).filter(({ event }) => event.inst === "transpose");
      const ns = steps.reduce((sum, { fromNs, toNs }) => sum + toNs - fromNs, 0);
      if (steps.length === 0) return undefined;
      const transposes = steps.length === 1 ? "transpose" : "transposes";
      return { text: `${steps.length} ${transposes} on the critical path`, without: ns };
    },
    failing: { target: "trn2", program: product("f32", [512, 512, 128], "transpose_on=pe, k_tiles=blocked") },
    passing: { target: "trn2", program: rows("256, 2048") },
  },
];
