// Error codes E10nn: running a stream.

import { defineErrors } from "./define.ts";

export const simulationErrors = defineErrors({
  E1001: {
    title: "deadlock in the simulation",
    message: "deadlock after {timeNs} ns: {waiting} of {queues} queues wait for tokens that are never released",
    help: "each wait is listed; follow them to the release that is missing or too late",
    detail:
      "Each queue runs in order. When every unfinished queue waits for tokens, no token can be released any more. Usually two queues wait for each other: each would release what the other needs only after its own wait.",
  },
  E1002: {
    title: "input missing",
    message: "missing value for the {role} {tensor}: {expected}",
    help: "give a tensor for every input, weight and state",
    detail:
      "A run with values needs all of a stream's inputs, weights and states. A run that only predicts time needs none.",
  },
  E1003: {
    title: "input of the wrong type",
    message: "{tensor} is given as {found}, expected {expected}",
    help: "convert the tensor before the run; the simulator never converts or reshapes silently",
    detail: "A tensor's dtype and shape are those of the stream, which are those of the graph's parameter.",
  },
  E1004: {
    title: "operand outside of its memory during the run",
    message: "{operand} of `{inst}` reaches {what} {found}, expected within 0 to {limit}",
    help: "the address depends on loop indices; check its largest value",
    detail:
      "Addresses are affine in loop indices and ring registers; a single iteration that leaves the memory is an error.",
  },
  E1005: {
    title: "row outside of the table",
    message: "`{inst}` reads row {found}, expected within 0 to {last}",
    help: "check the values of the index tensor",
    detail: "A gather's indices come from data. One outside of the table would read another tensor's bytes.",
  },
  E1006: {
    title: "stream compiled for another machine",
    message: "the stream was compiled for {found}, but is run on {expected}",
    help: "compile for the machine that runs it",
    detail: "Addresses, tile sizes and limits are those of the machine that a stream was compiled for.",
  },
  E1007: {
    title: "not the semaphore's queue",
    message: "queue {found} would {inst} semaphore {sem}, expected {expected}",
    help: "each semaphore has one queue that releases and one that acquires",
    detail:
      "With one producer and one consumer for each semaphore a stream's behaviour does not depend on timing: which queue gets a token is never a race.",
  },
  E1008: {
    title: "deadlock on the host",
    message: "deadlock: {waiting} of {queues} queues wait for tokens that are never released",
    help: "each wait is listed; follow them to the release that is missing or too late",
    detail:
      "As E1001, found by the host that runs a stream on a GPU and models no time. Every unfinished queue waits for tokens, so no token can be released any more.",
  },
  E1010: {
    title: "memory too large for the GPU",
    message: "{memory} has {found} B, expected at most {limit} B, the adapter's limit for one buffer",
    help: "run the stream in the simulator, or on another adapter",
    detail:
      "Each memory of the machine, and each tensor in HBM, is one storage buffer, which may not be larger than the adapter's maxStorageBufferBindingSize and maxBufferSize.",
  },
  E1011: {
    title: "too much data for a run with values",
    message: "the program has {found} {what}, expected at most {limit}",
    help: "look at its time with `tgc profile`, which needs no values, or run it at smaller sizes",
    detail:
      "A run with values holds every tensor in memory and computes every element on one processor. Time alone does not depend on values, so a profile has no such bound.",
  },
});
