// Fetching of a queue's program from HBM, piece by piece. A piece is asked for when the one before it is entered, and is there
// forever: loops are fetched once, and the first two pieces come with the program's start.
// Source: measured, instruction traces of attention kernels on trn2: instruction rings move pieces of 16 KiB. Assumed: the
// size of an instruction, and how far ahead a queue fetches.

import type { Machine } from "../../../ir-spec/machine.ts";
import { type DmaEngines, makeLinearTransfer, reserveTransfer } from "./transfer.ts";

interface FetchRun {
  readonly machine: Machine;
  readonly engines: DmaEngines;
}

/** One queue's fetching; changed in place. */
export interface Fetching {
  /** By step, the piece that it lies in. */
  readonly pieces: Int32Array;
  /** The last piece that was asked for. */
  last: number;
  /** By piece, when it is there. */
  readonly readyNs: number[];
}

/** `steps`: how many the queue's program has. */
export function makeFetching(steps: number, { instructionBytes, instructionFetchBytes }: Machine): Fetching {
  const pieces = new Int32Array(steps);
  for (let step = 0; step < steps; step++) pieces[step] = Math.floor((step * instructionBytes) / instructionFetchBytes);
  return { pieces, last: 1, readyNs: [0, 0] };
}

/** When the step can be carried out, at `fromNs` or later; asks for the next piece. */
export function fetchedNs(fetching: Fetching, step: number, fromNs: number, run: FetchRun): number {
  const piece = fetching.pieces[step]!;
  while (fetching.last <= piece) fetchNext(fetching, fromNs, run);
  return Math.max(fromNs, fetching.readyNs[piece]!);
}

function fetchNext(fetching: Fetching, fromNs: number, { machine, engines }: FetchRun): void {
  const transfer = makeLinearTransfer(machine.instructionFetchBytes, machine);
  const endNs = reserveTransfer(engines, transfer, fromNs + machine.dmaStartNs);
  fetching.last += 1;
  fetching.readyNs[fetching.last] = endNs + machine.dmaFinishNs;
}
