// Random instructions from the fields of THE INSTRUCTION TABLE: names and values are right, addresses and shapes are anything.
import { dtypeNames } from "../../ir-spec/base/dtype.ts";
import { type LoopId, ringId, semId, tensorId } from "../../ir-spec/base/ids.ts";
import type { Field } from "../../targets/neuron/isa/define.ts";
import { instDef, instNames } from "../../targets/neuron/isa/index.ts";
import type { Address, Argument, Instruction, Operand, OperandDim } from "../../targets/neuron/stream.ts";
import type { Choices } from "../unit/random.ts";
import { randomAffine, randomAttrValue, randomExtent, randomFlag } from "../unit/random-index.ts";

/** How many things of each kind the stream around an instruction has. */
export interface StreamCounts {
  readonly kernels: number;
  readonly rings: number;
  readonly semaphores: number;
  readonly tensors: number;
}

/** An instruction in loops; what its row lets be left out is left out half of the time. */
export function randomInstruction(choices: Choices, counts: StreamCounts, loops: readonly LoopId[]): Instruction {
  const inst = choices.pick(instNames);
  const args: Record<string, Argument> = {};
  for (const [name, field] of Object.entries(instDef(inst).fields)) {
    const isOptional =
      field.kind === "flag" ||
      (field.kind === "operand" && field.optional === true) ||
      (field.kind === "value" && (field.attr.optional === true || field.attr.default !== undefined));
    if (!isOptional || choices.oneIn(2)) args[name] = randomArgument(choices, counts, field, loops);
  }
  return { kind: "inst", inst, args, kernel: choices.below(counts.kernels) };
}

function randomArgument(choices: Choices, counts: StreamCounts, field: Field, loops: readonly LoopId[]): Argument {
  switch (field.kind) {
    case "operand":
      return { kind: "operand", operand: randomOperand(choices, counts, loops) };
    case "value":
      return { kind: "value", value: randomAttrValue(choices, field.attr) };
    case "flag":
      return { kind: "flag", flag: randomFlag(choices, loops) };
    case "sem":
      return { kind: "sem", sem: semId(choices.below(counts.semaphores)) };
    case "affine":
      return { kind: "affine", affine: randomAffine(choices, loops) };
    default:
      return field satisfies never;
  }
}

function randomOperand(choices: Choices, counts: StreamCounts, loops: readonly LoopId[]): Operand {
  const { pick, below, list, oneIn } = choices;
  const dims = list(3, (): OperandDim => ({ stride: pick([1, 0, 128, -1]), size: randomExtent(choices, loops) }));
  const ring = { ring: ringId(below(counts.rings)), scale: pick([256, 2, -64]) };
  const address: Address = { base: randomAffine(choices, loops), rings: oneIn(2) ? [ring] : [] };
  const dtype = pick(dtypeNames);
  if (oneIn(3)) return { memory: "hbm", dtype, tensor: tensorId(below(counts.tensors)), address, dims };
  const partitions = randomExtent(choices, loops);
  return { memory: pick(["sbuf", "psum"]), dtype, startPartition: pick([0, 0, 32]), partitions, address, dims };
}
