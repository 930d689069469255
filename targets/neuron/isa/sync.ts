// Instructions of the queues themselves: tokens of semaphores, and waiting for what is under way. Their time comes from the queue model, not from the row.

import { valueField } from "./args.ts";
import { defineInst, type UnitName } from "./define.ts";
import { noCycles } from "./timing.ts";

const anyUnit = ["pe", "act", "dve", "pool", "sp", "dma"] as const satisfies readonly UnitName[];
const count = valueField({ kind: "int", min: 1, default: 1, summary: "how many tokens" });

export const syncInsts = {
  acquire: defineInst({
    opcode: 40,
    units: anyUnit,
    summary: "waits for tokens of a semaphore and takes them",
    detail:
      "The queue continues when `count` tokens are there, and takes them. Only the semaphore's consumer may acquire.",
    cost: "`queueIssueNs`; a token can be taken `semaphoreHopNs` after its release, in the systolic array `peSemaphoreHopNs`",
    source:
      "AWS Neuron SDK documentation, NKI architecture guide, engine synchronisation by semaphores. Assumed: an instruction of its own, where the hardware lets a wait ride on an instruction",
    fields: { sem: { kind: "sem", summary: "the semaphore" }, count },
    check: () => [],
    cycles: noCycles,
    execute: () => {},
    example: "acquire s0",
  }),
  release: defineInst({
    opcode: 41,
    units: anyUnit,
    summary: "adds tokens to a semaphore when all earlier instructions of the queue are complete",
    detail:
      "The queue itself does not wait: the tokens appear when everything before the `release` has completed. Only the semaphore's producer may release.",
    cost: "`queueIssueNs`; the tokens are there when all is complete, those of the systolic array `peReleaseNs` later",
    source:
      "AWS Neuron SDK documentation, NKI architecture guide, engine synchronisation by semaphores. Assumed: an instruction of its own, where the hardware lets an increment ride on an instruction",
    fields: { sem: { kind: "sem", summary: "the semaphore" }, count },
    check: () => [],
    cycles: noCycles,
    execute: () => {},
    example: "release s0",
  }),
  drain: defineInst({
    opcode: 86,
    units: ["pe", "act", "dve", "pool"],
    summary: "waits until all earlier instructions of the queue are complete",
    detail:
      "The queue continues when the results of everything before the `drain` are there. That changes time alone: an engine's instructions see the results of earlier ones without it, and other queues learn of them by tokens, which appear on completion anyway.",
    cost: "`queueIssueNs`, after the last completion",
    source:
      "AWS Neuron SDK documentation, Neuron Explorer, instruction DRAIN: waits for the engine's pipeline. Assumed: only that, and the time of a token",
    fields: {},
    check: () => [],
    cycles: noCycles,
    execute: () => {},
    example: "drain",
  }),
} as const;
