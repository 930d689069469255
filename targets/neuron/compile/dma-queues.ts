// Which DMA queue runs each transfer. Loads take turns over the first queues by the buffer they fill; stores have the queue after them, and
// what stays on chip the next. What a kernel loads ahead of its loops has queues without others, as far as there are such: transfers are
// served in the order of their issue, and the first tiles of a loop should not come after all of its weights.

import type { BufferId } from "../../../ir-spec/base/ids.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import {
  type Access,
  isTransferNode,
  type TileNode,
  type TileProgram,
  type TileStatement,
} from "../../../ir-spec/tile.ts";
import type { QueueName } from "../stream.ts";

/** The machine, and how many of its queues loads take turns over. */
export interface Queues {
  readonly machine: Machine;
  /** 0: loads and stores have one queue. */
  readonly loadQueues: number;
}

export const maxLoadQueues = 3;

export function assignDmaQueues(
  program: TileProgram,
  body: readonly TileStatement[],
  { machine, loadQueues: most }: Queues,
): ReadonlyMap<TileNode, QueueName> {
  const loadQueues = Math.max(1, Math.min(most, machine.dmaQueues - 1));
  const storeQueue = Math.min(most, loadQueues, machine.dmaQueues - 1);
  const chipQueue = Math.min(storeQueue + 1, machine.dmaQueues - 1);
  const transfers = transfersIn(program, body);
  const loadQueueOf = takeTurns(transfers, loadQueues);
  return new Map(
    transfers.map(({ node, dst, isLoad, isStore }) => {
      const queue = isLoad ? loadQueueOf(dst) : isStore ? storeQueue : chipQueue;
      return [node, `dma${queue}` as const];
    }),
  );
}

interface PlacedTransfer {
  readonly node: TileNode;
  readonly dst: BufferId;
  readonly isLoad: boolean;
  readonly isStore: boolean;
  /** Whether what it fills belongs to no loop. */
  readonly isAhead: boolean;
}

/** The transfers of a kernel, in the order of the text. */
function transfersIn(program: TileProgram, body: readonly TileStatement[]): readonly PlacedTransfer[] {
  const ahead = new Set(body.flatMap((statement) => (statement.kind === "alloc" ? [statement.buffer] : [])));
  const isInHbm = (access: Access | undefined): boolean =>
    access === undefined || program.buffers[access.buffer]?.memory === "hbm";
  const visit = (statements: readonly TileStatement[]): readonly PlacedTransfer[] =>
    statements.flatMap((statement) => {
      if (statement.kind === "loop") return visit(statement.body);
      if (statement.kind !== "op" || !isTransferNode(statement)) return [];
      const { dst, src }: { readonly dst: Access; readonly src?: Access } = statement.operands;
      const isStore = isInHbm(dst);
      return [
        { node: statement, dst: dst.buffer, isLoad: !isStore && isInHbm(src), isStore, isAhead: ahead.has(dst.buffer) },
      ];
    });
  return visit(body);
}

/** The queue of each buffer that is loaded. */
function takeTurns(transfers: readonly PlacedTransfer[], queues: number): (buffer: BufferId) => number {
  const loaded = (isAhead: boolean): readonly BufferId[] => [
    ...new Set(transfers.filter((one) => one.isLoad && one.isAhead === isAhead).map(({ dst }) => dst)),
  ];
  const [looped, ahead] = [loaded(false), loaded(true)];
  const firstAhead = Math.min(looped.length, queues - 1);
  return (buffer) => {
    const at = looped.indexOf(buffer);
    return at >= 0 ? at % queues : firstAhead + (ahead.indexOf(buffer) % (queues - firstAhead));
  };
}
