// Which queue reads and writes which buffer in each part of a placed program, gathered bottom-up once.

import type { BufferId } from "../../../ir-spec/base/ids.ts";
import type { QueueName } from "../stream.ts";
import type { PlacedKernel, PlacedNode } from "./placed.ts";

/** Bit 1: reads; bit 2: writes. */
export type TouchKind = 1 | 2 | 3;

/** By buffer: how each queue touches it. */
export type Touches = ReadonlyMap<BufferId, ReadonlyMap<QueueName, TouchKind>>;

export interface ProgramTouches {
  readonly node: (node: PlacedNode) => Touches;
  readonly kernel: (index: number) => Touches;
}

type Growing = Map<BufferId, Map<QueueName, TouchKind>>;

export function touchesOf(kernels: readonly PlacedKernel[]): ProgramTouches {
  const byNode = new Map<PlacedNode, Touches>();
  const visit = (node: PlacedNode): Touches => {
    const touches: Growing = new Map();
    if (node.kind === "loop") for (const child of node.body) mergeTouches(touches, visit(child));
    else {
      for (const buffer of node.reads) add(touches, buffer, node.queue, 1);
      for (const buffer of node.writes) add(touches, buffer, node.queue, 2);
    }
    byNode.set(node, touches);
    return touches;
  };
  const byKernel = kernels.map((kernel) => {
    const touches: Growing = new Map();
    for (const node of kernel.body) mergeTouches(touches, visit(node));
    return touches;
  });
  return {
    node: (node) => byNode.get(node) ?? new Map(),
    kernel: (index) => byKernel[index] ?? new Map(),
  };
}

function add(touches: Growing, buffer: BufferId, queue: QueueName, kind: TouchKind): void {
  const queues = touches.get(buffer) ?? new Map<QueueName, TouchKind>();
  queues.set(queue, ((queues.get(queue) ?? 0) | kind) as TouchKind);
  touches.set(buffer, queues);
}

function mergeTouches(touches: Growing, more: Touches): void {
  for (const [buffer, queues] of more) {
    for (const [queue, kind] of queues) add(touches, buffer, queue, kind);
  }
}
