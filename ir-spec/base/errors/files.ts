// Error codes E13nn: files, tensors and choices given on the command line.

import { defineErrors } from "./define.ts";

export const fileErrors = defineErrors({
  E1301: {
    title: "file cannot be read",
    message: "cannot read {file}: {why}",
    help: "check the name; names are relative to the folder in which `tgc` is called",
    detail: "The file is missing, is a folder, or may not be read by this user.",
  },
  E1302: {
    title: "file cannot be written",
    message: "cannot write {file}: {why}",
    help: "check that the folder exists and is writable",
    detail: "A file is written whole or not at all: first under another name beside it, which is then renamed.",
  },
  E1303: {
    title: "several graphs to choose from",
    message: "{file} has {found} graphs, expected one of {expected} to be chosen",
    help: "choose with `--graph name`; a graph called main is taken without being named",
    detail: "Commands that compile or run take one graph of a file.",
  },
  E1304: {
    title: "unknown target or machine",
    message: "unknown target {name}, expected one of {expected}, or a machine file that ends in .json",
    help: "`tgc list targets` prints all targets; a machine file is given with `--target`, whatever the program says, and to the library as `{ machineFile: text }`",
    detail: "Wrong: `--target trn22`\n\nRight: `--target trn2` or `--target ./my-machine.json`",
  },
  E1305: {
    title: "malformed tensor file",
    message: "{file} is not a readable {format} file: {why}",
    help: "tensors come as .npy, .npz, .safetensors or ONNX's .pb; NumPy writes the first two with `save` and `savez`",
    detail:
      "tgc reads arrays in C order with the element types f64, f32, f16, bf16 and f8 (safetensors and .pb only), integers of 8 to 64 bits with and without a sign, and bool.",
  },
  E1306: {
    title: "tensor for an unknown parameter",
    message: "unknown parameter {name}, expected one of {expected}",
    help: "`tgc print` shows the parameters of a graph",
    detail: "Wrong: `--input X=x.npy` for `graph g(x: f32[4])`\n\nRight: `--input x=x.npy`",
  },
  E1307: {
    title: "tensor does not fit its parameter",
    message: "parameter {name} is given {found}, expected {expected}",
    help: "save the array in the parameter's shape; floats are rounded to the parameter's dtype, integers must fit",
    detail: "The shape must be the same. Floats are converted to floats, integers to integers and bools to bools.",
  },
  E1308: {
    title: "stage that the target does not have",
    message: "target {target} has no stage {stage}, expected one of {expected}",
    help: "leave `--emit` out for the target's last stage, or use a target that has this one",
    detail: "Wrong: `--target webgpu --emit asm`\n\nRight: `--target webgpu --emit wgsl`",
  },
  E1309: {
    title: "executor is not available",
    message: "{executor} cannot run here: {why}",
    help: "`tgc run --on ref` needs no GPU; `tgc list targets` prints what is available",
    detail: "Running on WebGPU needs the optional package `webgpu` and an adapter: a graphics card, or SwiftShader.",
  },
  E1310: {
    title: "nothing to explain",
    message: "`{name}` is not an error code, op, pass, instruction, machine, schedule field, metric or term",
    help: "`tgc list` prints the names of each kind",
    detail: "Wrong: `tgc explain softmaxx`\n\nRight: `tgc explain softmax`",
  },
  E1311: {
    title: "word that the command does not take",
    message: "expected one of {expected}, found `{name}`",
    help: "write one of these; `tgc help` and the command's name show an example",
    detail:
      "`tgc list` takes the name of a list, and `tgc machine` what to do with a machine.\n\n" +
      "Wrong: `tgc list operators`\n\nRight: `tgc list ops`",
  },
  E1312: {
    title: "no schedule, or several, for the graph",
    message: "{file} has {found} for graph {graph}, expected one{expected}",
    help: "write `schedule name for {graph}`; name one of several as in `--schedule file.tg#name`",
    detail:
      "A file given with `--schedule` holds one schedule for the graph, or the name of one follows after `#`. A program's own schedules are named with `--schedule name`.",
  },
  E1313: {
    title: "the command does not take a file of this stage",
    message: "{file} holds {found}, expected {expected}",
    help: "a file's ending says its stage: .tg a graph, .tile a tile program, .s or .asm an instruction stream",
    detail:
      "`tgc lower` prints tile programs and `tgc compile` instruction streams; `run` and `profile` take all three stages, `lower`, `opt` and `compile` graphs and tile programs, `asm` streams, the other commands graphs.\n\nWrong: `tgc opt mlp.s`\n\nRight: `tgc opt mlp.tg`",
  },
  E1314: {
    title: "values do not fit in memory",
    message: "{command} needs more memory than this process can have: {why}",
    help: "make the dimensions smaller with `--dim`; `tgc profile` needs no values",
    detail:
      "A run holds the values of all tensors as 64-bit floats. Sizes beyond the limit of a run are reported by E1011 before that; this error means that the process ran out of memory below it.",
  },
  E1315: {
    title: "file of weights for another graph",
    message: "{file} holds {found}, expected at least one of the parameters {expected}",
    help: "`tgc print` shows the parameters of a graph; a file names its tensors as the graph does",
    detail:
      "A file of weights may hold more than a graph needs, or less, but one that shares no name with it is a mistake.\n\n" +
      "Wrong: `--weights w.npz` with the array `W` for `graph g(weight w: f32[4])`\n\nRight: a file with the array `w`",
  },
  E1316: {
    title: "output over an input",
    message: "cannot write {file}: it is the file that was read as {input}",
    help: "give the output another name; only `tgc fmt --write` changes its inputs",
    detail:
      "A result never takes the place of what it was made of, whatever path or link leads there.\n\nWrong: `tgc opt mlp.tg -o ./mlp.tg`\n\nRight: `tgc opt mlp.tg -o optimized.tg`",
  },
  E1317: {
    title: "programs of different stages",
    message: "expected two programs of one stage, found {before} and {after}",
    help: "`tgc lower` makes a tile program of a graph, and `tgc compile` an instruction stream",
    detail:
      "`tgc diff` compares two graphs, two tile programs, or two instruction streams.\n\nWrong: `tgc diff mlp.tg mlp.s`\n\nRight: `tgc compile mlp.tg -o before.s`, then `tgc diff before.s mlp.s`",
  },
  E1318: {
    title: "no such schedule to compare",
    message: "expected schedules to compare among {expected}, or a file, found `{found}`",
    help: "name schedules of the program, strategies, or files as in `--schedules tiled,heuristic,mine.tg#best`",
    detail:
      "An item of `--schedules` is the name of a schedule that the program has for the graph, a strategy, or a file.\n\nWrong: `tgc compare samples/gemm.tg --schedules tilde`\n\nRight: `tgc compare samples/gemm.tg --schedules tiled`",
  },
  E1319: {
    title: "no trace of the run",
    message: "there is no trace to write: {why}",
    help: "`--trace` is for runs of the simulator (`--on neuron`); smaller dimensions make shorter ones",
    detail:
      "A trace holds every execution of an instruction and every wait, with times, which only the simulator has.\n\nWrong: `tgc run samples/mlp.tg --on ref --trace mlp.json`\n\nRight: `tgc run samples/mlp.tg --on neuron --trace mlp.json`",
  },
  E1330: {
    title: "program without the property",
    message: "{file} does not have the property {property}: {found}",
    help: "give the options with which it shows: `--dim`, `--target`, `--schedule`, `--seed`",
    detail:
      "`tgc shrink` keeps a property while it makes a program smaller, so the whole program must have it.\n\nWrong: `--keep diagnostic:E0302` for a program without mistakes\n\nRight: `--keep slower-than:5%` for one that its schedule makes 5 % slower",
  },
  E1331: {
    title: "options that are no options",
    message: "{option} expects options such as {expected}, found `{found}`: {why}",
    help: "write them as one word of the shell, in quotes",
    detail:
      'The options of another compilation are given as one word.\n\nWrong: `--than naive`\n\nRight: `--than "--strategy naive"`',
  },
  E1320: {
    title: "folder without a file that the command takes",
    message: "found no file in {folder} that ends in one of {expected}",
    help: "name the files themselves, whatever their endings are",
    detail:
      "Of a folder those files are taken, at any depth, whose ending says that the command can read them.\n\nWrong: `tgc check out`, where out holds only .s files\n\nRight: `tgc profile out`",
  },
  E1321: {
    title: "two outputs of one name",
    message: "{path} would be written for {first} and for {second}",
    help: "name the folder that holds both, so that the outputs get its folders, or call `tgc` for each",
    detail:
      "Where several files are given, `-o` names a folder, and each output is called after its input.\n\nWrong: `tgc compile a/x.tg b/x.tg -o out`\n\nRight: `tgc compile . -o out`",
  },
  E1332: {
    title: "program of another graph",
    message: "{file} is not made of graph {graph}: {why}",
    help: "`tgc lower` and `tgc compile` make the tile program and the stream of a graph, to be edited",
    detail:
      "An edited tile program or stream has the parameters and results of the graph that it is held against.\n\nWrong: `tgc why-wrong mlp.tg --stream softmax.s`\n\nRight: `tgc why-wrong mlp.tg --stream mlp.s`",
  },
  E1333: {
    title: "file that is no reproducer",
    message: "{file} is not the reproducer of a crash",
    help: "where tgc fails, it says in which file the reproducer is: tgc-crash-....txt",
    detail:
      "`tgc replay` takes the file that a crash of tgc leaves, as it was written.\n\nWrong: `tgc replay mlp.tg`\n\nRight: `tgc replay tgc-crash-0f3a91c2.txt`",
  },
  E1334: {
    title: "too many runs to compare",
    message: "{found} runs, expected at most {limit}",
    help: "give fewer sizes, schedules or targets; every combination of them is a run",
    detail:
      "`tgc compare` runs every schedule on every target with every combination of sizes, so a few long lists are more than anybody waits for.\n\nWrong: three `--dim` options with 100 sizes each\n\nRight: `--dim M=128,256 --dim N=512,1024`",
  },
});
