// Error codes E08nn: memory allocation, synchronisation, and what the stream check finds (from E0820 on).

import { defineErrors } from "./define.ts";

export const allocationErrors = defineErrors({
  E0801: {
    title: "kernel does not fit on chip",
    message: "kernel {kernel} does not fit: {memory} {needed} of {capacity} {unit}",
    help: "use smaller tiles or blocks, fewer slots, or load an operand deeper in the loops",
    detail:
      "The buffers of one kernel are side by side in SBUF and PSUM, each with all of its slots. Where they do not fit so, those that are never needed at the same time share bytes; what is then still needed is reported: the buffers that are needed at the same time where they need most, each with the part of the kernel's statements for which it is needed, its size and the lines that it comes from; and changes of the schedule with which the kernel fits, each compiled and simulated, the fastest first. A schedule that does not fit is reported, never silently adjusted.",
  },
  E0802: {
    title: "too many semaphores",
    message: "the stream needs {needed} semaphores, machine {machine} has {capacity}",
    help: "cut the graph in two, or keep more of it in one kernel",
    detail:
      "Dependences between two queues share a semaphore where their tokens are acquired in the order in which they are released; so do kernels that run one after the other. Where the machine has too few, they also share those with different numbers of initial tokens, which can cost time: buffers then wait as if they had fewer slots.",
  },
  E0803: {
    title: "program does not fit in HBM",
    message: "{program} needs {needed} of HBM, a core of {machine} has {capacity}",
    help: "make it smaller (fewer layers, smaller sizes with --dim), or name a machine with more `hbmBytes`",
    detail:
      "All tensors of a program lie in HBM: weights, states, inputs, outputs, constants, and the temporaries that pass from kernel to kernel. Only temporaries share bytes, where they live one after the other; those of the kernel at which most are needed are listed, and other fusions (`--fuse`) with which the program fits.",
  },
  E0820: {
    title: "unknown name in a stream",
    message: "{place}: unknown {what} {id}, expected {expected}",
    help: "declare it in the head of the stream, or name one that is declared",
    detail:
      "Instructions name loops, rings, semaphores, tensors and kernels by their number in the stream. A number beyond the declared ones has no meaning.",
  },
  E0821: {
    title: "loop index used outside of its loop",
    message: "{place}: expected {expected}, found {found}",
    help: "an index is valid in the body of its loop, in the program of the same queue; nested loops have different names",
    detail:
      "Each queue counts its own loops. An address, a size or a flag may depend on the loops around it in its own queue's program, and on no other. A loop inside itself would use one index twice.",
  },
  E0822: {
    title: "semaphore used by the wrong queue",
    message: "{place}: {queue} may not {verb} semaphore {sem}: its {side} is {expected}",
    help: "use a separate semaphore for the two queues",
    detail:
      "A semaphore has one queue that releases and one that acquires. So the order of its tokens, and with it the meaning of the program, does not depend on timing.",
  },
  E0823: {
    title: "bad token count",
    message: "{place}: {found} tokens, expected an integer of at least {expected}",
    help: "release or acquire at least one token, or leave the instruction out",
    detail: "Releasing or acquiring no token orders nothing; a negative number of tokens has no meaning.",
  },
  E0824: {
    title: "bad argument of an instruction",
    message: "{place}: argument {field} is {found}, expected {expected}",
    help: "see the instruction's fields in ISA.md",
    detail:
      "Each field of an instruction defines its legal values: for operands the memories and dtypes, for values the kind. A missing or unknown argument is an error too.",
  },
  E0825: {
    title: "operand out of bounds",
    message: "{place}: operand {field} touches bytes {found} of {memory}, which ends at {limit}",
    help: "correct the address, the sizes or the strides; check the limits of partial tiles",
    detail:
      "Addresses on chip count the bytes of one partition; addresses in HBM count from the start of the operand's tensor.",
  },
  E0826: {
    title: "stream exceeds the machine",
    message: "the stream has {found} {what}, expected {expected}",
    help: "use a machine that has more or a schedule that needs less; keep a queue's whole program in one block",
    detail:
      "Semaphores and DMA queues are limited. A ring needs at least one slot, a queue has one program, and a tensor must lie inside HBM.",
  },
  E0827: {
    title: "deadlock",
    message: "{count} of {queues} queues never finish: {cycle}",
    help: "release the token earlier, or start the semaphore with more tokens",
    detail:
      "Every queue that has not finished waits for a token that is never released. Either queues wait for each other in a cycle, or a queue waits for one that has finished. Since each semaphore has one producer and one consumer, this happens with every timing or with none.",
  },
  E0828: {
    title: "race",
    message:
      "race on {bytes}: {later} {laterVerb} ({laterPlace}) while {earlier} may still {earlierVerb} ({earlierPlace})",
    help: "{later} must acquire a token that {earlier} releases after {earlierPlace}",
    detail:
      "Two instructions of different queues touch the same bytes, at least one of them writes, and no chain of tokens orders them. Queues run asynchronously, so which comes first depends on timing. A release covers all that its queue did before; an acquire orders all that its queue does after.",
  },
  E0829: {
    title: "read of unwritten memory",
    message: "{place}: operand {field} reads {bytes}, which {why}",
    help: "write the bytes first; check partial tiles, and compare the address with the writer's",
    detail:
      "On-chip memory, temporaries and outputs are undefined at the start. Inputs, weights, states and constants are defined from the start. Where tensors share bytes of HBM, writing one of them destroys the others.",
  },
  E0830: {
    title: "accumulation without a start",
    message: "{place}: operand {field} adds to {bytes}, which {why}",
    help: "let the first instruction of the group overwrite (accumulate=false), with no other writes in between",
    detail:
      "An accumulation group is a location that one instruction of the systolic array overwrites and later ones add to. Between them no other instruction may write there; the array adds only to what it started itself. Wrong: a `memset` of the location, then a `matmul` with accumulate=true. Right: the `matmul` with accumulate=false.",
  },
  E0831: {
    title: "output not written",
    message: "tensor {tensor} ends with {bytes} unwritten, {missing} of {total} elements",
    help: "write every element of an output; a partly written state keeps its other elements",
    detail:
      "When all queues have finished, every byte of every output must have been written, and the last write must have been to that tensor.",
  },
  E0832: {
    title: "tensors overlap at the start",
    message: "tensors {left} and {right} share bytes {bytes} of HBM, and both hold values at the start",
    help: "move one of them; only temporaries and outputs may share bytes, when their lifetimes do not overlap",
    detail: "Inputs, weights, states and constants are in HBM before the program starts, each in its own bytes.",
  },
  E0833: {
    title: "sum overwritten before it is read",
    message: "{place}: operand {field} overwrites {bytes}, the sum of {writer}, which nothing has read",
    help: "continue the group (accumulate=true), or read the sum first",
    detail:
      "Products are accumulated in PSUM to be read there. Overwriting a sum that nothing has read discards its products: usually accumulate=false is given where the group should continue, or the read is missing. Wrong: two `matmul` with accumulate=false into one location, then a `tensor_copy` of it. Right: the second with accumulate=true, or a `tensor_copy` after each. Products that only keep the array busy accumulate in a separate location. Reported only for streams without other mistakes: where queues race, it is not known what is read first.",
  },
  E0834: {
    title: "accumulation continues after its result was read",
    message: "{place}: operand {field} adds to {bytes}, a sum that {why}",
    help: "let the first instruction of each sum overwrite (accumulate=false)",
    detail:
      "An accumulation group ends when its sum is read; the next one begins with an instruction that overwrites. This finds a sum that should have been restarted and would otherwise continue from the previous one. The hardware itself would keep adding; sums that are read in between belong in separate groups, added in SBUF. Wrong: `matmul` with accumulate=false, `tensor_copy`, `matmul` with accumulate=true. Right: accumulate=false in both, and `tensor_tensor` to add the two. Reported only for streams without other mistakes, as E0833.",
  },
  E0835: {
    title: "number in a stream beyond its bounds",
    message: "{place}: expected {expected}, found {found}",
    help: "is a number mistyped? what a stream may ask for is bounded, so that no file keeps a machine busy for days",
    detail:
      "Every number of a stream is held against a bound before anything counts to it, allocates as much, or adds it up: iterations and nesting of loops, sizes, strides and addresses, places on chip, and the work of all loops together. Wrong: `for i in 0..1000000000000000 { ... }`",
  },
});
