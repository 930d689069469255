// Takes each queue's own program out of a placed program: its instructions and tokens, and the loops around them.

import { semId } from "../../../ir-spec/base/ids.ts";
import type { Instruction, QueueName, QueueProgram, StreamItem } from "../stream.ts";
import type { PlacedKernel, PlacedNode } from "./placed.ts";
import type { Token, Tokens } from "./tokens.ts";

export function projectQueues(kernels: readonly PlacedKernel[], tokens: Tokens): readonly QueueProgram[] {
  return queuesOf(kernels)
    .map((queue) => ({ queue, body: projectKernels(kernels, tokens, queue) }))
    .filter((program) => program.body.length > 0);
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

function projectKernels(kernels: readonly PlacedKernel[], tokens: Tokens, queue: QueueName): readonly StreamItem[] {
  return kernels.flatMap((kernel, index) => {
    const around = tokens.aroundKernel[index];
    return [
      ...own(around?.before ?? [], queue, index),
      ...projectBody(kernel.body, tokens, queue, index),
      ...own(around?.after ?? [], queue, index),
    ];
  });
}

function projectBody(
  body: readonly PlacedNode[],
  tokens: Tokens,
  queue: QueueName,
  kernel: number,
): readonly StreamItem[] {
  return body.flatMap((node): readonly StreamItem[] => {
    const around = tokens.around.get(node);
    const before = own(around?.before ?? [], queue, kernel);
    const after = own(around?.after ?? [], queue, kernel);
    return [...before, ...projectNode(node, tokens, queue, kernel), ...after];
  });
}

function projectNode(node: PlacedNode, tokens: Tokens, queue: QueueName, kernel: number): readonly StreamItem[] {
  if (node.kind === "inst") return node.queue === queue ? [node.inst] : [];
  const body = projectBody(node.body, tokens, queue, kernel);
  if (body.length === 0) return [];
  return [{ kind: "loop", loop: node.loop, trips: node.trips, advance: node.advance, body }];
}

function own(tokens: readonly Token[], queue: QueueName, kernel: number): readonly Instruction[] {
  return tokens
    .filter((token) => token.queue === queue)
    .map((token) => ({
      kind: "inst",
      inst: token.kind,
      args: { sem: { kind: "sem", sem: semId(token.sem) }, count: { kind: "value", value: 1 } },
      kernel,
    }));
}
