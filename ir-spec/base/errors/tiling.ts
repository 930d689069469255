// Error codes E06nn: tiling, schedules and what a lowering cannot express.

import { defineErrors } from "./define.ts";

export const tilingErrors = defineErrors({
  E0601: {
    title: "kernel is not a single loop nest",
    message: "kernel {kernel} cannot be one loop nest: {why}",
    help: "move the op out of the `kernel` block, or leave the grouping to the pass `fuse`",
    detail:
      "A kernel is one matmul with elementwise ops after it, or elementwise ops and reductions over one iteration space, or one copy. Views (transpose, reshape, slice, ...) are outside of kernels.",
  },
  E0602: {
    title: "schedule for an unknown kernel",
    message: "schedule {schedule} names kernel {kernel}, which graph {graph} does not have",
    help: "`tgc lower` lists the kernels of a graph; `*` means all of them",
    detail: "A schedule names kernels as the pass `fuse` does: after the value that the kernel computes.",
  },
  E0603: {
    title: "unknown schedule field",
    message: "{kind} kernel {kernel} has no schedule field {field}",
    help: "see SCHEDULES.md for the fields of each kind of kernel",
    detail: "Contractions, row-wise kernels and copies are tiled by different fields.",
  },
  E0604: {
    title: "bad value of a schedule field",
    message: "schedule field {field} of kernel {kernel} is {found}, expected {expected}",
    help: "see SCHEDULES.md for the fields of each kind of kernel",
    detail: "Each field has a kind and, for some, a range.",
  },
  E0605: {
    title: "reductions over different axes in one kernel",
    message: "kernel {kernel} reduces over different axes",
    help: "put the reductions into separate kernels",
    detail: "The reduced axes run along each partition, so all reductions of one kernel must reduce the same axes.",
  },
});
