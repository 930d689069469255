// Arguments and options that several commands have.

import { fusionModes } from "../../../ir-spec/fusion-mode.ts";
import { tilingStrategies } from "../../driver/tiling-strategy.ts";

export const json = { kind: "flag", summary: "print one JSON object to stdout" } as const;
export const file = {
  takes: "each",
  reads: "files",
  endings: ["tg"],
  summary: "programs (.tg), or folders of them",
} as const;
export const graphOrTiles = {
  takes: "each",
  reads: "files",
  endings: ["tg", "tile"],
  summary: "programs (.tg) or tile programs (.tile), or folders of them",
} as const;
export const anyStage = {
  takes: "each",
  reads: "files",
  endings: ["tg", "tile", "s", "asm"],
  summary: "programs (.tg), tile programs (.tile) or instruction streams (.s), or folders of them",
} as const;

/** Which graph of a file, and with which sizes. */
export const graphOptions = {
  graph: { kind: "text", value: "name", summary: "the graph to take, where the file has several" },
  dim: { kind: "sizes", value: "name=size", summary: "set a dimension, as in T=256; may be repeated" },
} as const;

export const targetOption = {
  kind: "text",
  value: "target",
  reads: "json files",
  default: "trn2",
  summary: "a machine, a machine file (.json), or webgpu; see `tgc list targets`",
} as const;

export const machineOption = {
  kind: "text",
  value: "machine",
  reads: "json files",
  default: "trn2",
  summary: "a machine or a machine file (.json); see `tgc list machines`",
} as const;

/** For commands that also take programs of later stages. */
export const runMachineOption = {
  kind: "text",
  value: "machine",
  reads: "json files",
  summary: "a machine or a machine file (.json); by default trn2, or the one that an instruction stream names",
} as const;

export const traceOption = {
  kind: "text",
  value: "file",
  writes: "file",
  form: { pattern: /.\.(json|csv)$/, wanted: "a name that ends in .json or .csv" },
  summary:
    "write every instruction and wait with its times: .json for ui.perfetto.dev (Chrome's trace format), or .csv",
} as const;

/** For all commands that take a target. */
export const setOption = {
  kind: "numbers",
  value: "field=number",
  summary: "change a number of the machine, as in dmaEngines=32; may be repeated",
} as const;

export const fuseOption = {
  kind: "choice",
  value: "when",
  choices: fusionModes,
  summary: "which ops run as one kernel: those where it pays (auto), all that can (forced), or none (off)",
} as const;

export const tilingOptions = {
  fuse: fuseOption,
  schedule: { kind: "text", value: "file", reads: "files", summary: "take the schedules of this file" },
  strategy: {
    kind: "choice",
    value: "how",
    choices: tilingStrategies,
    default: "heuristic",
    summary:
      "how tiles are chosen where no schedule says it: heuristic, naive, or search, which simulates many and takes minutes",
  },
  tuned: {
    kind: "text",
    value: "file",
    reads: "files",
    summary: "take what `tgc tune --tuned` found where no schedule says it (.json)",
  },
} as const;

export const output = {
  kind: "text",
  short: "o",
  value: "path",
  writes: "output",
  summary: "write to this file instead of stdout, or into this folder where several files are given",
} as const;
export const remarks = {
  kind: "flag",
  summary: "print optimisation remarks: what the passes did, and what they did not do and why",
} as const;
export const seed = { kind: "integer", value: "n", min: 0, default: 0, summary: "the seed of random inputs" } as const;

export const tensorOptions = {
  seed,
  input: {
    kind: "pairs",
    value: "name=file",
    reads: "files",
    summary: "a tensor for a parameter (.npy, ONNX's .pb, or of its name in .npz or .safetensors); may be repeated",
  },
  weights: { kind: "text", value: "file", reads: "files", summary: "tensors by name (.safetensors or .npz)" },
} as const;

/** For commands that print one stage. */
export const formOption = {
  kind: "choice",
  value: "form",
  choices: ["text", "normal"],
  default: "text",
  summary: "print it as it is, or in its normal form, which no order, number or name of a part changes: text or normal",
} as const;

/** For commands that print graphs. */
export const dotOption = {
  kind: "flag",
  summary: "print it in the DOT language of Graphviz: ops as boxes, kernels as clusters",
} as const;

export const emitChoices = ["graph", "fused", "tiles", "asm", "normal", "bin", "wgsl"] as const;
export const executorChoices = ["ref", "tiles", "neuron", "webgpu", "webgpu-isa"] as const;
