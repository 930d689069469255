// Shadow memory: the number of a `CellState` for every cell, and the sweep of an access over the cells that it touches.

import {
  type CellAccess,
  type CellState,
  type Fault,
  findFaults,
  isReplaced,
  nextState,
  type OrderTest,
  onChip,
} from "./cell-state.ts";
import { neverWritten } from "./events.ts";
import type { Footprint } from "./footprint.ts";
import { cellAt, type Region } from "./region.ts";

/** A fault, and the first unbroken run of cells that has it. */
export interface FaultyCells {
  readonly fault: Fault;
  readonly access: CellAccess;
  readonly firstCell: number;
  readonly endCell: number;
}

/** Where a footprint lies. */
export interface Place {
  readonly region: Region;
  readonly row: number;
  /** Byte of the row at which the footprint's byte 0 lies. */
  readonly originBytes: number;
}

export interface Shadow {
  /** Takes on a stretch of memory that nothing has written. */
  readonly addRegion: (region: Region) => void;
  /** Adds a state that cells may start with, and gives its number. */
  readonly addState: (state: CellState) => number;
  readonly stateAt: (region: Region, cell: number) => CellState;
  /** Applies an access to a footprint `originBytes` from the start of a row; gives what is wrong with it. */
  readonly touch: (
    { region, row, originBytes }: Place,
    footprint: Footprint,
    access: CellAccess,
    isOrdered: OrderTest,
  ) => readonly FaultyCells[];
}

const unwritten: CellState = { writer: neverWritten, contents: [], tensor: onChip, readers: [] };
const defaultStateLimit = 2 ** 20;
const noFaults: readonly FaultyCells[] = [];

/** Makes shadow memory without regions. Beyond `stateLimit` states, those that no cell has are dropped. */
export function makeShadow(stateLimit = defaultStateLimit): Shadow {
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
    addRegion: (region) => {
      regions.push(region);
    },
    stateAt: ({ cells }, cell) => states[cells[cell]!]!,
    touch: ({ region, row, originBytes }, { lowBytes, runBytes, steps }, access, isOrdered) => {
      dropDeadStates();
      const { cells, unitBytes, rowCells } = region;
      let faulty: FaultyCells[] | undefined;
      let replaced: number | undefined;
      const change = (id: number, firstCell: number, end: number): number => {
        const old = states[id]!;
        for (const fault of findFaults(old, access, isOrdered)) {
          faulty ??= [];
          faulty.push({ fault, access, firstCell, endCell: endOfEqual(cells, firstCell, end) });
        }
        if (!isReplaced(old, access)) return addState(nextState(old, access));
        replaced ??= addState(nextState(old, access));
        return replaced;
      };
      const [runUnits, firstCell, firstNew] = [runBytes / unitBytes, row * rowCells, states.length];
      const sweep = { region, firstCell, runUnits, change, firstNew, old: -1, next: -1, known: undefined };
      sweepSteps(sweep, steps, steps.length, (originBytes + lowBytes) / unitBytes);
      return faulty ?? noFaults;
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

/** One access on its way over the cells: changed in place. */
interface Sweep {
  readonly region: Region;
  /** Of the row. */
  readonly firstCell: number;
  readonly runUnits: number;
  /** Makes the next state of cells from `cell` on, and gives its number. */
  readonly change: (id: number, cell: number, end: number) => number;
  /** States from this number on were made by this access: where it comes to a cell a second time, nothing changes. */
  readonly firstNew: number;
  /** The state met last, and what became of it; -1 before the first. */
  old: number;
  next: number;
  /** The same for all states met; absent until there are two. */
  known: Map<number, number> | undefined;
}

/** Sweeps the first `depth` steps, of which the last is the outermost. */
function sweepSteps(sweep: Sweep, steps: Footprint["steps"], depth: number, firstUnit: number): void {
  const step = steps[depth - 1];
  if (step === undefined) {
    sweepRun(sweep, firstUnit);
    return;
  }
  const stride = step.strideBytes / sweep.region.unitBytes;
  for (let repeat = 0; repeat < step.count; repeat++) {
    sweepSteps(sweep, steps, depth - 1, firstUnit + repeat * stride);
  }
}

function sweepRun(sweep: Sweep, firstUnit: number): void {
  const { region, firstCell } = sweep;
  const { cells } = region;
  const end = firstCell + cellAt(region, firstUnit + sweep.runUnits);
  for (let cell = firstCell + cellAt(region, firstUnit); cell < end; cell++) {
    const id = cells[cell]!;
    if (id !== sweep.old) {
      sweep.next = stateAfter(sweep, id, cell, end);
      sweep.old = id;
    }
    cells[cell] = sweep.next;
  }
}

/** Works out a state's successor once, however often the sweep comes to it. */
function stateAfter(sweep: Sweep, id: number, cell: number, end: number): number {
  if (id >= sweep.firstNew) return id;
  const seen = sweep.known?.get(id);
  if (seen !== undefined) return seen;
  const next = sweep.change(id, cell, end);
  if (sweep.old >= 0) {
    sweep.known ??= new Map([[sweep.old, sweep.next]]);
    sweep.known.set(id, next);
  }
  return next;
}

function endOfEqual(cells: Int32Array, first: number, end: number): number {
  let cell = first + 1;
  while (cell < end && cells[cell] === cells[first]) cell++;
  return cell;
}
