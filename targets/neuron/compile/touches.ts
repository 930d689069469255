// Which queue reads and writes which buffer in each part of a placed program, gathered bottom-up once.

import type { BufferId } from "../../../ir-spec/base/ids.ts";
import type { QueueName } from "../stream.ts";
import type { ElementRange, PlacedKernel, PlacedNode } from "./placed.ts";
import { joinedRange, rangesOverlap } from "./ranges.ts";

/** Bit 1: reads; bit 2: writes. */
export type TouchKind = 1 | 2 | 3;

/** How a queue touches a buffer, and which of its elements at most. */
export interface QueueTouch {
  readonly kind: TouchKind;
  readonly range: ElementRange;
}

/** By buffer: how each queue touches it. */
export type Touches = ReadonlyMap<BufferId, ReadonlyMap<QueueName, QueueTouch>>;

const writes = 2;

/** Whether two touches of one buffer must keep their order. */
export function doTouchesConflict(a: QueueTouch, b: QueueTouch): boolean {
  return ((a.kind | b.kind) & writes) !== 0 && rangesOverlap(a.range, b.range);
}

export function isWrite({ kind }: QueueTouch): boolean {
  return (kind & writes) !== 0;
}

export function joinedTouch(a: QueueTouch | undefined, b: QueueTouch): QueueTouch {
  if (a === undefined) return b;
  return { kind: (a.kind | b.kind) as TouchKind, range: joinedRange(a.range, b.range) };
}

export interface ProgramTouches {
  readonly node: (node: PlacedNode) => Touches;
  readonly kernel: (index: number) => Touches;
}

type Growing = Map<BufferId, Map<QueueName, QueueTouch>>;

export function touchesOf(kernels: readonly PlacedKernel[]): ProgramTouches {
  const byNode = new Map<PlacedNode, Touches>();
  const visit = (node: PlacedNode): Touches => {
    const touches: Growing = new Map();
    if (node.kind === "loop") for (const child of node.body) mergeTouches(touches, visit(child));
    else {
      const touch = (buffer: BufferId, kind: TouchKind): void =>
        add(touches, buffer, node.queue, { kind, range: node.ranges.get(buffer) as ElementRange });
      for (const buffer of node.reads) touch(buffer, 1);
      for (const buffer of node.writes) touch(buffer, 2);
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

function add(touches: Growing, buffer: BufferId, queue: QueueName, touch: QueueTouch): void {
  const queues = touches.get(buffer) ?? new Map<QueueName, QueueTouch>();
  queues.set(queue, joinedTouch(queues.get(queue), touch));
  touches.set(buffer, queues);
}

function mergeTouches(touches: Growing, more: Touches): void {
  for (const [buffer, queues] of more) {
    for (const [queue, touch] of queues) add(touches, buffer, queue, touch);
  }
}
