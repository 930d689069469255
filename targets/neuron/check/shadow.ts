// Shadow memory: the number of a `CellState` for every cell, and the sweep of an access over the cells that it touches.

import {
  type CellAccess,
  type CellState,
  type Fault,
  findFaults,
  neverWritten,
  nextState,
  type OrderTest,
  onChip,
} from "./cell-state.ts";
import type { Footprint } from "./footprint.ts";

/** Cells of one stretch of memory; number 0 is the state "never written". */
export interface Region {
  readonly cells: Int32Array;
  readonly cellBytes: number;
}

/** A fault, and the first unbroken run of cells that has it. */
export interface FaultyCells {
  readonly fault: Fault;
  readonly access: CellAccess;
  readonly firstCell: number;
  readonly endCell: number;
}

export interface Shadow {
  /** Makes a stretch of memory that nothing has written. */
  readonly addRegion: (cellCount: number, cellBytes: number) => Region;
  /** Adds a state that cells may start with, and gives its number. */
  readonly addState: (state: CellState) => number;
  readonly stateAt: (region: Region, cell: number) => CellState;
  /** Applies accesses to a footprint `originBytes` from the region's start; gives what is wrong with it. */
  readonly touch: (
    region: Region,
    originBytes: number,
    footprint: Footprint,
    access: CellAccess,
    isOrdered: OrderTest,
  ) => readonly FaultyCells[];
}

const unwritten: CellState = { writer: neverWritten, contents: [], tensor: onChip, readers: [] };
const defaultStateLimit = 2 ** 20;

/** Makes shadow memory without regions; `queueOf` tells the queue of an event. Beyond `stateLimit` dead states go. */
export function makeShadow(queueOf: (event: number) => number, stateLimit = defaultStateLimit): Shadow {
  const regions: Region[] = [];
  let states: CellState[] = [unwritten];
  let limit = stateLimit;
  const addState = (state: CellState): number => states.push(state) - 1;
  const dropDeadStates = (): void => {
    if (states.length <= limit) return;
    states = keepUsedStates(states, regions);
    limit = Math.max(stateLimit, 2 * states.length);
  };
  return {
    addState,
    addRegion: (cellCount, cellBytes) => {
      const region = { cells: new Int32Array(cellCount), cellBytes };
      regions.push(region);
      return region;
    },
    stateAt: ({ cells }, cell) => states[cells[cell]!]!,
    touch: ({ cells, cellBytes }, originBytes, footprint, access, isOrdered) => {
      const faulty: FaultyCells[] = [];
      const known = new Map<number, number>();
      const change = (id: number, firstCell: number, end: number): number => {
        const seen = known.get(id);
        if (seen !== undefined) return seen;
        const old = states[id]!;
        for (const fault of findFaults(old, access, isOrdered)) {
          faulty.push({ fault, access, firstCell, endCell: endOfEqual(cells, firstCell, end) });
        }
        const next = addState(nextState(old, access, queueOf));
        known.set(id, next);
        known.set(next, next);
        return next;
      };
      dropDeadStates();
      sweep(cells, cellBytes, originBytes, footprint, change);
      return faulty;
    },
  };
}

/** Renumbers the states that some cell has; number 0 stays. */
function keepUsedStates(states: readonly CellState[], regions: readonly Region[]): CellState[] {
  const used: CellState[] = [unwritten];
  const newIds = new Int32Array(states.length);
  for (const { cells } of regions) {
    for (let cell = 0; cell < cells.length; cell++) {
      const id = cells[cell]!;
      if (id === 0) continue;
      if (newIds[id] === 0) newIds[id] = used.push(states[id]!) - 1;
      cells[cell] = newIds[id]!;
    }
  }
  return used;
}

/** Applies `change` to the state of every cell of the footprint; asks once for a run of equal states. */
function sweep(
  cells: Int32Array,
  cellBytes: number,
  originBytes: number,
  { lowBytes, runBytes, steps }: Footprint,
  change: (id: number, cell: number, end: number) => number,
): void {
  const runCells = runBytes / cellBytes;
  let old = -1;
  let next = -1;
  const sweepRun = (first: number): void => {
    const end = first + runCells;
    for (let cell = first; cell < end; cell++) {
      const id = cells[cell]!;
      if (id !== old) {
        next = change(id, cell, end);
        old = id;
      }
      cells[cell] = next;
    }
  };
  const sweepStep = (first: number, depth: number): void => {
    const step = steps[depth];
    if (step === undefined) {
      sweepRun(first);
      return;
    }
    const stride = step.strideBytes / cellBytes;
    for (let repeat = 0, at = first; repeat < step.count; repeat++, at += stride) sweepStep(at, depth - 1);
  };
  sweepStep((originBytes + lowBytes) / cellBytes, steps.length - 1);
}

function endOfEqual(cells: Int32Array, first: number, end: number): number {
  let cell = first + 1;
  while (cell < end && cells[cell] === cells[first]) cell++;
  return cell;
}
