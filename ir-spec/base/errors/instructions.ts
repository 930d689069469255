// Error codes E07nn: instruction constraints.

import { defineErrors } from "./define.ts";

export const instructionErrors = defineErrors({
  E0701: {
    title: "operand shapes do not agree",
    message: "{operand} has shape [{found}], wanted [{wanted}]",
    help: "shapes are [partitions, elements per partition]; an instruction's section in ISA.md says how its operands relate",
    detail:
      "The operands of an instruction stand for tiles of [partitions, elements]. How many free dimensions a tile's elements are spread over does not matter, their number does. Wrong: a `tensor_tensor` of [128, 512] and [128, 256]. Right: both [128, 512].",
  },
  E0702: {
    title: "operand starts at a partition that it may not start at",
    message:
      "{operand} starts at partition {start} with {partitions} partitions; wanted a start that is a multiple of {multiple}",
    help: "move the operand to an allowed partition, or use fewer partitions",
    detail:
      "Engines reach the partitions in groups. An operand of up to one group may start at any group; one of up to two groups at every second group; and so on. With groups of 32: at most 32 partitions start at 0, 32, 64 or 96, at most 64 at 0 or 64, more at 0. DMA has no such rule.",
  },
  E0703: {
    title: "operand outside of its memory",
    message: "{operand} reaches {what} {found}, wanted at most {limit}",
    help: "check the address, the strides and the sizes of the operand",
    detail: "On-chip operands stay within the partitions and within the bytes of a partition.",
  },
  E0704: {
    title: "too many free dimensions",
    message: "{operand} has {found} free dimensions, at most {limit} on this machine",
    help: "merge dimensions that are contiguous, or use several instructions",
    detail:
      "An operand's addresses are made by a few counters in hardware, one for each free dimension. The machine file's `accessDims` says how many.",
  },
  E0705: {
    title: "beyond a limit of the machine",
    message: "{what} is {found}, at most {limit} on this machine",
    help: "use a smaller tile",
    detail:
      "The size of the systolic array, of a PSUM bank and of one instruction's operands are limits of the machine file.",
  },
  E0706: {
    title: "operand crosses a PSUM bank",
    message: "{operand} spans bytes {first} to {last} of PSUM, wanted within {wanted}",
    help: "let the tile start at a bank's start, or make it smaller",
    detail:
      "The systolic array writes one instruction's result into one PSUM bank, or into as many as the machine's `peResultBanks` says.",
  },
  E0707: {
    title: "operand has a dtype that the instruction does not take",
    message: "{operand} is {found}, wanted {wanted}",
    help: "convert with `tensor_copy`, or let the DMA convert while loading",
    detail: "Each operand field of an instruction lists its dtypes in ISA.md.",
  },
  E0708: {
    title: "unit cannot reach the operand",
    message: "{operand} lies in {found}, wanted {wanted}",
    help: "copy the tile to a memory that the unit reaches",
    detail:
      "The systolic array reads SBUF and writes PSUM; DMA reaches HBM and SBUF; the general engine does not reach PSUM. So a result goes from PSUM through the scalar or vector engine to SBUF, and from there by DMA to HBM.",
  },
  E0709: {
    title: "unit does not run the instruction",
    message: "{inst} does not run on {found}, wanted {wanted}",
    help: "put the instruction on a queue of one of its units",
    detail: "Each instruction's section in ISA.md names its units.",
  },
  E0710: {
    title: "both inputs in PSUM",
    message: "{left} and {right} both lie in PSUM, wanted at most one of them there",
    help: "copy one of them to SBUF first",
    detail: "The vector engine has one read port to PSUM.",
  },
  E0711: {
    title: "scalar missing or given twice",
    message: "the scalar of {op} is given {found}, wanted exactly one of {operand} and {immediate}",
    help: "give an immediate or an operand of one element per partition",
    detail: "`tensor_scalar` takes each scalar either as a number in the instruction or as a column in memory.",
  },
  E0712: {
    title: "nothing held in the systolic array",
    message: "{inst} multiplies with the stationary operand, but none is held",
    help: "put a `load_weights` before it; a `transpose` between them destroys what is held",
    detail:
      "`load_weights` puts the stationary operand into the array, where it stays for any number of `matmul`. A `transpose` uses the same place.",
  },
  E0713: {
    title: "operand not aligned",
    message: "{operand} is at byte {found}, wanted a multiple of the {bytes} bytes of {dtype}",
    help: "move the operand to an aligned address",
    detail: "An element lies at a multiple of its size, in SBUF, PSUM and HBM alike.",
  },
  E0714: {
    title: "instruction that the machine does not have",
    message: "{inst} is no instruction of {machine}, whose {field} is 0, wanted a machine that has it",
    help: "use other instructions, or a later generation; ISA.md says which machine field an instruction needs",
    detail:
      "Generations differ. An instruction that some of them lack names a field of the machine file, which is 0 where it is lacking.",
  },
  E0715: {
    title: "argument that the instruction does not take",
    message: "{what} is {found}, wanted {wanted}",
    help: "an instruction's section in ISA.md says what its arguments may be",
    detail: "Some instructions want a certain number of elements, or a list of a certain length.",
  },
  E0720: {
    title: "random generator not set",
    message: "{inst} needs the random generators of partition {lane}, which nothing has set",
    help: "put a `rand_set_state` of these partitions before it, on the same engine",
    detail:
      "An engine that makes random numbers has generators for each partition. They hold nothing at the start, so that a program's numbers depend on the program alone: `rand_set_state` gives them their state.",
  },
  E0721: {
    title: "accumulator of unknown contents",
    message: "{inst} needs the accumulator of partition {lane}, and what that holds is not known",
    help: "begin the fold of these partitions with `reduce_cmd=reset_reduce`, on the same engine",
    detail:
      "The vector and the scalar engine have an accumulator for each partition, in which a fold goes on over several instructions. At the start it holds nothing that is known. reset, reset_reduce and load_reduce give it contents, a fold without `reduce_cmd` does so, too; on the vector engine an instruction that can fold and does not, which is idle, leaves its contents unknown.",
  },
});
