// Tile program -> stream: allocate, select, insert tokens, project.

import type { BufferId } from "../../../ir-spec/base/ids.ts";
import { at, fail, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { TileProgram } from "../../../ir-spec/tile.ts";
import type { Stream } from "../stream.ts";
import { type Allocation, allocate } from "./allocate.ts";
import { maxLoadQueues } from "./dma-queues.ts";
import type { PlacedKernel } from "./placed.ts";
import { projectQueues } from "./project.ts";
import { select } from "./select.ts";
import type { Sharing } from "./semaphores.ts";
import { insertTokens } from "./sync.ts";
import type { Tokens } from "./tokens.ts";

interface Synchronized {
  readonly placed: readonly PlacedKernel[];
  readonly tokens: Tokens;
}

export function compileTiles(program: TileProgram, machine: Machine): Result<Stream> {
  const allocated = allocate(program, machine);
  if (!allocated.ok) return allocated;
  const allocation = allocated.value;
  const { placed, tokens } = synchronize(program, allocation, machine);
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

/** The kernels on their queues with tokens. Where the machine has too few semaphores, kernels share them, then transfers share queues. */
function synchronize(program: TileProgram, allocation: Allocation, machine: Machine): Synchronized {
  const nameOf = (buffer: BufferId) => program.buffers[buffer]?.name ?? "buffer";
  const withQueues = (loadQueues: number, sharing: Sharing): Synchronized => {
    const placed = select(program, allocation, { machine, loadQueues });
    return { placed, tokens: insertTokens(placed, allocation, nameOf, sharing) };
  };
  let made = withQueues(maxLoadQueues, "same tokens");
  for (let loadQueues = maxLoadQueues; loadQueues >= 0; loadQueues--) {
    if (made.tokens.semaphores.length <= machine.semaphores) break;
    made = withQueues(loadQueues, "any tokens");
  }
  return made;
}
