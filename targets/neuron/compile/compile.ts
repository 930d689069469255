// Tile program -> stream: allocate, select, insert tokens, project.

import type { BufferId } from "../../../ir-spec/base/ids.ts";
import { at, fail, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { TileProgram } from "../../../ir-spec/tile.ts";
import type { Stream } from "../stream.ts";
import { allocate } from "./allocate.ts";
import { projectQueues } from "./project.ts";
import { select } from "./select.ts";
import { insertTokens } from "./sync.ts";

export function compileTiles(program: TileProgram, machine: Machine): Result<Stream> {
  const allocated = allocate(program, machine);
  if (!allocated.ok) return allocated;
  const allocation = allocated.value;
  const placed = select(program, allocation, machine);
  const nameOf = (buffer: BufferId) => program.buffers[buffer]?.name ?? "buffer";
  let tokens = insertTokens(placed, allocation, nameOf, "same tokens");
  if (tokens.semaphores.length > machine.semaphores) tokens = insertTokens(placed, allocation, nameOf, "any tokens");
  const needed = tokens.semaphores.length;
  if (needed > machine.semaphores) {
    const args = { needed, machine: machine.name, capacity: machine.semaphores };
    return fail([at(problem("E0802", args), undefined)]);
  }
  const { queues, loops, rings } = projectQueues(placed, tokens, { loops: program.loops, rings: allocation.rings });
  return ok({
    name: program.name,
    machine: machine.name,
    tensors: allocation.tensors,
    loops,
    semaphores: tokens.semaphores,
    rings,
    kernels: program.kernels.map(({ name, ops, schedule }) => ({ name, ops, schedule })),
    placements: allocation.placements,
    queues,
  });
}
