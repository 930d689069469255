// THE COMMAND TABLE: every command with its arguments and options. The parser of the command line, `--help`, CLI.md and
// the types that the commands get are made from it. What a command does is in its own file, loaded when it is called.

import { fusionModes } from "../../passes/graph/fuse/mode.ts";
import { reportUnits } from "../../targets/neuron/sim/report.ts";
import { failOnForm } from "../diff/fail-on.ts";
import type { ArgSpec, ArgValue, OptionSpec, OptionValue } from "./option-kinds.ts";

export interface CommandSpec {
  readonly summary: string;
  /** A paragraph for `tgc help <command>` and CLI.md. */
  readonly detail: string;
  readonly args: Readonly<Record<string, ArgSpec>>;
  readonly options: Readonly<Record<string, OptionSpec>>;
  readonly examples: readonly string[];
}

function defineCommands<const T extends Readonly<Record<string, CommandSpec>>>(specs: T): T {
  return specs;
}

const json = { kind: "flag", summary: "print one JSON object to stdout" } as const;
const file = { takes: "one", reads: "files", summary: "a program (.tg)" } as const;
const graphOrTiles = { takes: "one", reads: "files", summary: "a program (.tg) or tile program (.tile)" } as const;
const anyStage = {
  takes: "one",
  reads: "files",
  summary: "a program (.tg), tile program (.tile) or instruction stream (.s)",
} as const;

/** Which graph of a file, and with which sizes. */
const graphOptions = {
  graph: { kind: "text", value: "name", summary: "the graph to take, where the file has several" },
  dim: { kind: "sizes", value: "name=size", summary: "set a dimension, as in T=256; may be repeated" },
} as const;

const targetOption = {
  kind: "text",
  value: "target",
  reads: "json files",
  default: "trn2",
  summary: "a machine, a machine file (.json), or webgpu; see `tgc list targets`",
} as const;

const machineOption = {
  kind: "text",
  value: "machine",
  reads: "json files",
  default: "trn2",
  summary: "a machine or a machine file (.json); see `tgc list machines`",
} as const;

/** For commands that also take programs of later stages. */
const runMachineOption = {
  kind: "text",
  value: "machine",
  reads: "json files",
  summary: "a machine or a machine file (.json); by default trn2, or the one that an instruction stream names",
} as const;

const fuseOption = {
  kind: "choice",
  value: "when",
  choices: fusionModes,
  summary: "which ops run as one kernel: those where it pays (auto), all that can (forced), or none (off)",
} as const;

const tilingOptions = {
  fuse: fuseOption,
  schedule: { kind: "text", value: "file", reads: "files", summary: "take the schedules of this file" },
  strategy: {
    kind: "choice",
    value: "how",
    choices: ["heuristic", "naive"],
    default: "heuristic",
    summary: "how tiles are chosen where no schedule says it: heuristic or naive",
  },
} as const;

const output = { kind: "text", short: "o", value: "path", summary: "write to this file instead of stdout" } as const;
const remarks = {
  kind: "flag",
  summary: "print optimisation remarks: what the passes did, and what they did not do and why",
} as const;
const seed = { kind: "integer", value: "n", min: 0, default: 0, summary: "the seed of random inputs" } as const;

const tensorOptions = {
  seed,
  input: {
    kind: "pairs",
    value: "name=file",
    reads: "files",
    summary: "a tensor for a parameter (.npy); may be repeated",
  },
  weights: { kind: "text", value: "file", reads: "files", summary: "tensors by name (.safetensors or .npz)" },
} as const;

/** For commands that print one stage. */
const formOption = {
  kind: "choice",
  value: "form",
  choices: ["text", "normal"],
  default: "text",
  summary: "print it as it is, or in its normal form, which no order, number or name of a part changes: text or normal",
} as const;

const emitChoices = ["graph", "fused", "tiles", "asm", "normal", "bin", "wgsl"] as const;
const executorChoices = ["ref", "tiles", "neuron", "webgpu", "webgpu-isa"] as const;

export const commandSpecs = defineCommands({
  compile: {
    summary: "compile a graph or a tile program for a target",
    detail:
      "Reads a program, optimises the graph, tiles it and emits the target's program. `--emit` stops at another stage and prints that: the graph as read, the fused graph, the tile program, the target's program in its normal form, or the binary image (in hexadecimal where no `-o` names its file). The normal form is for golden files: kernel by kernel, without addresses and numbers, the same for any order of independent statements; DIFF.md describes it. A tile program is compiled as it is; `tgc opt` runs passes on it. `--print-changed` prints the program after every pass that changed it, on graphs, in the lowering and on tile programs.",
    args: { file: graphOrTiles },
    options: {
      ...graphOptions,
      target: targetOption,
      ...tilingOptions,
      emit: {
        kind: "choice",
        value: "stage",
        choices: emitChoices,
        summary:
          "the stage to print: graph, fused, tiles, asm, normal, bin or wgsl; the target's program as text by default",
      },
      printChanged: { kind: "flag", summary: "print the program after every pass that changed it" },
      output,
      remarks,
      json,
    },
    examples: [
      "tgc compile samples/mlp.tg",
      "tgc lower samples/mlp.tg -o mlp.tile && tgc compile mlp.tile",
      "tgc compile samples/mlp.tg --target tiny --emit tiles --dim T=8",
      "tgc compile samples/mlp.tg --emit normal",
    ],
  },
  run: {
    summary: "run a program and print a summary of its outputs",
    detail:
      "Parameters without a tensor get reproducible random values that depend on `--seed` and the parameter's name. `--out` writes each output as .npy; what a file name cannot hold is written as `%` and its code. A tile program, as `tgc lower` prints it, runs on tiles, neuron and webgpu-isa; an instruction stream on neuron and webgpu-isa. A stream is proven right before it runs.",
    args: { file: anyStage },
    options: {
      ...graphOptions,
      on: {
        kind: "choice",
        value: "executor",
        choices: executorChoices,
        default: "neuron",
        summary: "what runs it: ref, tiles, neuron, webgpu or webgpu-isa",
      },
      target: runMachineOption,
      ...tilingOptions,
      ...tensorOptions,
      out: { kind: "text", value: "dir", summary: "write each output into this folder, as .npy" },
      json,
    },
    examples: [
      "tgc run samples/mlp.tg --on ref",
      "tgc run samples/mlp.tg --input x=x.npy --weights w.safetensors --out out",
      "tgc compile samples/mlp.tg -o mlp.s && tgc run mlp.s",
      "tgc run mlp.s --on webgpu-isa",
    ],
  },
  check: {
    summary: "run a graph on all executors and compare",
    detail:
      "Each graph runs as it is, and with every float widened to f32, so that a dropped column or a wrong mask cannot hide behind the rounding of small formats. As the widened program has a plan of its own, the program's own plan runs once more on small integers for which nothing is rounded, and every bit is compared; outputs of functions and quotients have no such inputs. Exit code 1 when an executor differs from the reference.",
    args: { file },
    options: {
      ...graphOptions,
      target: machineOption,
      ...tilingOptions,
      ...tensorOptions,
      precise: { kind: "flag", summary: "only the run that is widened to f32" },
      allStages: { kind: "flag", summary: "also run the tile program by itself" },
      json,
    },
    examples: ["tgc check samples/mlp.tg", "tgc check samples/mlp.tg --target tiny --dim T=16 --all-stages"],
  },
  profile: {
    summary: "simulate the time and traffic of a program, without values",
    detail:
      "Prints where the time goes: by engine, by kernel, and against the least time that each unit needs. Kernels overlap: `time` is from the end of the kernels before to a kernel's own, so that these times, launch and end add up to the whole; `span` is from its first instruction to its last result. `--tokens` lists the acquires and releases that order nothing which the others do not order, by semaphore and by the kernels that use it: where they stand (as `pe:0.2`, the index in the queue's body, then in the loop's body), how often they are executed, and how much sooner the program ends without them, the rest staying as it is. Those marked `together` can all be left out at once; one marked `alone` stands in for some of these. Less waiting can also cost time, where it changes who comes first.",
    args: { file: anyStage },
    options: {
      ...graphOptions,
      target: runMachineOption,
      ...tilingOptions,
      explain: {
        kind: "choice",
        value: "unit",
        choices: reportUnits,
        summary: "print for each of the unit's instructions which rule and numbers give its time, and their sources",
      },
      tokens: {
        kind: "flag",
        summary: "check the stream for redundant synchronisation: which tokens could be left out, and what they cost",
      },
      json,
    },
    examples: [
      "tgc profile samples/mlp.tg",
      "tgc profile samples/mlp.tg --strategy naive --explain pe",
      "tgc profile samples/attention.tg --tokens",
    ],
  },
  diff: {
    summary: "compare two programs: cosmetic, performance or meaning",
    detail:
      "Takes two programs of one stage. The verdict is `same` for equal files; `cosmetic` where only names, numbers, addresses, comments or the order of what is independent differ: the normal forms are equal (see `--emit normal`); `performance` where the values are the same, with figures of both; else `meaning`, with an input on which they differ and the first instruction at which they part. Equal values are proven where that is possible, else no difference was found on inputs that are likely to show one; the report says which. What cannot be compared counts as `meaning`. DIFF.md has the details.",
    args: {
      before: {
        takes: "one",
        reads: "files",
        summary:
          "a program (.tg), tile program (.tile), instruction stream (.s), binary image (.bin) or launch plan (.wgsl)",
      },
      after: { takes: "one", reads: "files", summary: "another one of the same stage" },
    },
    options: {
      ...graphOptions,
      target: runMachineOption,
      ...tilingOptions,
      seed,
      failOn: {
        kind: "text",
        value: "verdict",
        default: "performance",
        form: { pattern: failOnForm, wanted: "meaning, performance, performance:5% or cosmetic" },
        summary:
          "the least verdict that makes exit code 1: meaning, performance or cosmetic; `performance:5%` lets figures grow by as much",
      },
      json,
    },
    examples: ["tgc diff before.tg after.tg", "tgc diff before.tile after.tile --fail-on performance:5%"],
  },
  parse: {
    summary: "print the syntax tree of a program",
    detail: "The tree as JSON, with the offset of every part. Nothing is resolved yet.",
    args: { file },
    options: { json },
    examples: ["tgc parse samples/mlp.tg"],
  },
  print: {
    summary: "print the graphs of a program in canonical form",
    detail:
      "Functions are inlined, loops unrolled, names resolved, types inferred. The text reads back as the same graphs.",
    args: { file },
    options: { ...graphOptions, emit: formOption, json },
    examples: ["tgc print samples/mlp.tg --dim T=256", "tgc print samples/mlp.tg --emit normal"],
  },
  fmt: {
    summary: "format programs",
    detail:
      "Prints the formatted text. `--write` changes the files; `--check` only reports which would change, with exit code 1.",
    args: { files: { takes: "many", reads: "files", summary: "programs (.tg)" } },
    options: {
      write: { kind: "flag", short: "w", summary: "change the files in place" },
      check: { kind: "flag", summary: "list files that are not formatted, and change nothing" },
      json,
    },
    examples: ["tgc fmt -w samples/*.tg", "tgc fmt --check samples/*.tg"],
  },
  opt: {
    summary: "run passes on a graph or a tile program and print it",
    detail:
      "Without `--passes`, runs those that `tgc compile` runs on graphs, or on tile programs where the file holds one. The pass `lower` makes a tile program of a graph, as the file's schedule says. See PASSES.md for all passes and their options.",
    args: { file: graphOrTiles },
    options: {
      ...graphOptions,
      passes: {
        kind: "text",
        value: "list",
        isEmptyTaken: true,
        summary: 'passes in order: "canonicalize,constant-fold{max_elements=64}"',
      },
      fuse: fuseOption,
      target: machineOption,
      schedule: tilingOptions.schedule,
      printAfterAll: { kind: "flag", summary: "print the program after every pass" },
      printChanged: { kind: "flag", summary: "print the program after every pass that changed it" },
      timePasses: { kind: "flag", summary: "print how long each pass took" },
      remarks,
      output,
      json,
    },
    examples: [
      'tgc opt samples/mlp.tg --passes "canonicalize,cse" --remarks',
      "tgc opt samples/mlp.tg --print-changed",
      "tgc lower samples/softmax.tg --strategy naive -o softmax.tile && tgc opt softmax.tile --remarks",
    ],
  },
  lower: {
    summary: "print the tile program of a graph",
    detail:
      "The kernels as loop nests over buffers in HBM, SBUF and PSUM, as the schedule says. A program that the machine's memories do not hold is printed, too, and reported.",
    args: {
      file: { takes: "one", reads: "files", summary: "a program (.tg), or a tile program (.tile) to verify and print" },
    },
    options: { ...graphOptions, target: machineOption, ...tilingOptions, emit: formOption, remarks, output, json },
    examples: ["tgc lower samples/mlp.tg --strategy naive", "tgc lower samples/mlp.tg --emit normal"],
  },
  asm: {
    summary: "read and check assembler text; print it or make its binary image",
    detail:
      "Reads an instruction stream, proves it free of races, deadlocks and reads of unwritten memory, and prints it in canonical form. With `-o` and a name that ends in .bin it writes the binary image; `tgc disasm` reads that.",
    args: { file: { takes: "one", reads: "files", summary: "an instruction stream (.s)" } },
    options: {
      target: {
        kind: "text",
        value: "machine",
        reads: "json files",
        summary: "the machine to check for; by default the one that the text names",
      },
      emit: formOption,
      output,
      json,
    },
    examples: ["tgc compile samples/mlp.tg -o mlp.s", "tgc asm mlp.s", "tgc asm mlp.s -o mlp.bin"],
  },
  disasm: {
    summary: "print a binary image as assembler text",
    detail: "The text says all that the image holds: `tgc asm` makes the same image of it. IMAGE.md has the format.",
    args: { file: { takes: "one", reads: "files", summary: "a binary image (.bin)" } },
    options: {
      target: {
        kind: "text",
        value: "machine",
        reads: "json files",
        summary: "refuse an image that was not made for the numbers of this machine",
      },
      emit: formOption,
      output,
      json,
    },
    examples: ["tgc compile samples/mlp.tg --emit bin -o mlp.bin", "tgc disasm mlp.bin"],
  },
  machine: {
    summary: "check a machine file, and say what its numbers add up to",
    detail:
      "`tgc machine check FILE` reads a machine file as `--target FILE` does and reports everything that is wrong with it, each with its line; else how many of its numbers are documented, measured and assumed, and what peak and balance follow from them. MACHINE.md lists the fields.",
    args: {
      action: { takes: "one", summary: "check" },
      file: { takes: "one", reads: "files", summary: "a machine file (.json), or the name of a machine that ships" },
    },
    options: { json },
    examples: ["tgc machine check mine.json", "tgc machine check trn2"],
  },
  explain: {
    summary: "explain an error code, op, pass, instruction, machine or schedule field",
    detail: "The same text as in the generated references.",
    args: { subject: { takes: "one", summary: "E0302, softmax, fuse, matmul, trn2, tile_m, ..." } },
    options: { json },
    examples: ["tgc explain E0302", "tgc explain softmax"],
  },
  list: {
    summary: "list what there is of a kind",
    detail: "One line each; `tgc explain` describes any of them.",
    args: {
      what: { takes: "one", summary: "ops, passes, insts, machines, targets, errors, samples or commands" },
    },
    options: { json },
    examples: ["tgc list ops", "tgc list machines --json"],
  },
});

export type CommandName = keyof typeof commandSpecs;
export const commandNames = Object.keys(commandSpecs) as readonly CommandName[];

type Values<T> = { readonly [K in keyof T]: OptionValue<T[K]> };
type ArgValues<T> = { readonly [K in keyof T]: ArgValue<T[K]> };

/** What was given on the command line, as the command sees it. */
export interface Given<C extends CommandName> {
  readonly args: ArgValues<(typeof commandSpecs)[C]["args"]>;
  readonly options: Values<(typeof commandSpecs)[C]["options"]>;
}

export function commandSpec(name: CommandName): CommandSpec {
  return commandSpecs[name];
}
