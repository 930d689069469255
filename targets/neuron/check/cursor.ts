// One queue's way through its program: loops entered and left, ring registers stepped at the end of each iteration.

import { type Counters, extentValue } from "./evaluate.ts";
import type { CheckProgram, CodeLoop, CodeNode } from "./program.ts";

export interface Cursor {
  readonly counters: Counters;
  /** The site to execute next, or -1 after the last one. */
  readonly site: () => number;
  /** Steps to the next instruction. */
  readonly advance: () => void;
}

interface Frame {
  readonly body: readonly CodeNode[];
  readonly loop: CodeLoop | undefined;
  readonly trips: number;
  next: number;
}

/** Stands before the first instruction of a queue's program. */
export function makeCursor(program: CheckProgram, queue: number): Cursor {
  const { loops, rings } = program.stream;
  const indices = new Int32Array(loops.length);
  const registers = new Int32Array(rings.length);
  const counters = { indices, registers };
  const frames: Frame[] = [{ body: program.code[queue] ?? [], loop: undefined, trips: 1, next: 0 }];
  let site = -1;

  const endIteration = (frame: Frame): void => {
    for (const ring of frame.loop?.advance ?? []) registers[ring] = (registers[ring]! + 1) % rings[ring]!.slots;
    const index = frame.loop === undefined ? 1 : indices[frame.loop.loop]! + 1;
    const isLast = index >= frame.trips;
    if (isLast) frames.pop();
    else frame.next = 0;
    if (frame.loop !== undefined) indices[frame.loop.loop] = isLast ? 0 : index;
  };
  const enter = (loop: CodeLoop): void => {
    const trips = extentValue(loop.trips, counters);
    if (trips > 0) frames.push({ body: loop.body, loop, trips, next: 0 });
  };
  const advance = (): void => {
    site = -1;
    for (let frame = frames.at(-1); frame !== undefined && site < 0; frame = frames.at(-1)) {
      const node = frame.body[frame.next];
      frame.next++;
      if (node === undefined) endIteration(frame);
      else if (node.kind === "loop") enter(node);
      else site = node.site;
    }
  };

  advance();
  return { counters, site: () => site, advance };
}
