// Takes each queue's own program out of a placed program: its instructions and tokens, and the loops around them. A queue whose
// statements in a loop are of several stages runs them as guards.ts says.

import { semId } from "../../../ir-spec/base/ids.ts";
import { makeInst } from "../inst-args.ts";
import type { Instruction, QueueName, QueueProgram, StreamItem, StreamLoop } from "../stream.ts";
import { type Child, type Guards, guardedLoop, makeGuards, type StreamNames, stagesOf } from "./guards.ts";
import { queuesOf as queuesIn } from "./happens-before.ts";
import { overlappedLoop, overlappingLoop } from "./overlap.ts";
import type { PlacedKernel, PlacedLoop, PlacedNode } from "./placed.ts";
import type { Token, Tokens } from "./tokens.ts";

export interface Projected extends StreamNames {
  readonly queues: readonly QueueProgram[];
}

/** The program of each queue; loops and rings are those given, and more for statements of later stages. */
export function projectQueues(kernels: readonly PlacedKernel[], tokens: Tokens, names: StreamNames): Projected {
  const guards = makeGuards(names);
  const queues = queuesOf(kernels)
    .map((queue) => ({ queue, body: projectKernels(kernels, { kernels, tokens, guards, queue }) }))
    .filter((program) => program.body.length > 0);
  return { queues, loops: guards.loops, rings: guards.rings };
}

/** Compute engines first, then DMA queues, each by its number. */
function queuesOf(kernels: readonly PlacedKernel[]): readonly QueueName[] {
  const found = new Set<QueueName>();
  const visit = (nodes: readonly PlacedNode[]): void => {
    for (const node of nodes) {
      if (node.kind === "loop") visit(node.body);
      else found.add(node.queue);
    }
  };
  for (const kernel of kernels) visit(kernel.body);
  const engines: readonly QueueName[] = ["pe", "act", "dve", "pool", "sp"];
  const dma = [...found]
    .filter((queue) => queue.startsWith("dma"))
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  return [...engines.filter((queue) => found.has(queue)), ...dma];
}

interface Projection {
  readonly kernels: readonly PlacedKernel[];
  readonly tokens: Tokens;
  readonly guards: Guards;
  readonly queue: QueueName;
}

function projectKernels(kernels: readonly PlacedKernel[], projection: Projection): readonly StreamItem[] {
  const { tokens, queue } = projection;
  return kernels.flatMap((kernel, index) => {
    const around = tokens.aroundKernel[index];
    return [
      ...own(around?.before ?? [], queue, index),
      ...kernel.body.flatMap((node) => projectAround(projection, node, index)),
      ...own(around?.after ?? [], queue, index),
    ];
  });
}

/** A node with the tokens around it. */
function projectAround(projection: Projection, node: PlacedNode, kernel: number): readonly StreamItem[] {
  const { tokens, queue } = projection;
  const around = tokens.around.get(node);
  const items = projectNode(projection, node, kernel);
  return [...own(around?.before ?? [], queue, kernel), ...items, ...own(around?.after ?? [], queue, kernel)];
}

function projectNode(projection: Projection, node: PlacedNode, kernel: number): readonly StreamItem[] {
  if (node.kind === "inst") return node.queue === projection.queue ? [node.inst] : [];
  const overlapped = projectOverlapped(projection, node, kernel);
  if (overlapped !== undefined) return [overlapped];
  const children = childrenOf(projection, node, kernel);
  if (children.length === 0) return [];
  const stages = stagesOf(children);
  if (stages.depth > 0) return [guardedLoop(projection.guards, node, stages)];
  const body = children.flatMap(({ items }) => items);
  return [{ kind: "loop", loop: node.loop, trips: node.trips, advance: node.advance, body }];
}

function childrenOf(projection: Projection, { body }: PlacedLoop, kernel: number): readonly Child[] {
  return body
    .map((child) => ({ stage: child.stage, items: projectAround(projection, child, kernel) }))
    .filter(({ items }) => items.length > 0);
}

/** The loop of a queue that has nothing in it but an inner loop of several stages, which continues into its next execution. */
function projectOverlapped(projection: Projection, outer: PlacedLoop, kernel: number): StreamLoop | undefined {
  const { kernels, tokens, guards, queue } = projection;
  if (kernels[kernel]?.sharesBytes === true) return undefined;
  const inner = overlappingLoop(outer, tokens);
  if (inner === undefined || queuesIn(outer.body.slice(0, -1)).has(queue)) return undefined;
  const children = childrenOf(projection, inner, kernel);
  if (children.length === 0) return undefined;
  const stages = stagesOf(children);
  if (stages.depth === 0) return undefined;
  const around = tokens.around.get(inner);
  const before = own(around?.before ?? [], queue, kernel);
  const after = own(around?.after ?? [], queue, kernel);
  return overlappedLoop(guards, { outer, inner, stages, before, after });
}

function own(tokens: readonly Token[], queue: QueueName, kernel: number): readonly Instruction[] {
  return tokens
    .filter((token) => token.queue === queue)
    .map(({ kind, sem }) => {
      return makeInst(kind, { sem: { kind: "sem", sem: semId(sem) }, count: { kind: "value", value: 1 } }, kernel);
    });
}
