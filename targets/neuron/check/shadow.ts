// Shadow memory: the number of a `GranuleState` for every granule, and the sweep of an access over the granules that it touches.

import { maxGranules } from "../../../ir-spec/limits.ts";
import { neverWritten } from "./events.ts";
import type { Footprint } from "./footprint.ts";
import {
  type Fault,
  findFaults,
  type GranuleAccess,
  type GranuleState,
  isReplaced,
  nextState,
  type OrderTest,
  onChip,
} from "./granule-state.ts";
import { granuleAt, type ShadowRegion } from "./shadow-region.ts";

/** A fault, and the first unbroken run of granules that has it. */
export interface FaultyGranules {
  readonly fault: Fault;
  readonly access: GranuleAccess;
  readonly firstGranule: number;
  readonly endGranule: number;
}

/** Where a footprint lies. */
export interface MemoryPlace {
  readonly region: ShadowRegion;
  readonly row: number;
  /** Byte of the row at which the footprint's byte 0 lies. */
  readonly originBytes: number;
}

export interface Shadow {
  /** Takes on a stretch of memory that nothing has written. */
  readonly addRegion: (region: ShadowRegion) => void;
  /** Adds a state that granules may start with, and gives its number. */
  readonly addState: (state: GranuleState) => number;
  readonly stateAt: (region: ShadowRegion, granule: number) => GranuleState;
  /** Says whether there may be so many granules more: all regions together have `maxGranules` at most. */
  readonly takeGranules: (granules: number) => boolean;
  /** Whether a region was refused. */
  readonly isShortOfGranules: () => boolean;
  /** Granules and runs that all accesses have gone through. */
  readonly sweptGranules: () => number;
  /** Applies an access to a footprint `originBytes` from the start of a row; gives what is wrong with it. */
  readonly touch: (
    { region, row, originBytes }: MemoryPlace,
    footprint: Footprint,
    access: GranuleAccess,
    isOrdered: OrderTest,
  ) => readonly FaultyGranules[];
}

const unwritten: GranuleState = { writer: neverWritten, contents: [], tensor: onChip, readers: [] };
const defaultStateLimit = 2 ** 20;
const noFaults: readonly FaultyGranules[] = [];

/** Makes shadow memory without regions. Beyond `stateLimit` states, those that no granule has are dropped. */
export function makeShadow(stateLimit = defaultStateLimit): Shadow {
  const regions: ShadowRegion[] = [];
  let states: GranuleState[] = [unwritten];
  let limit = stateLimit;
  let granulesLeft = maxGranules;
  let isShort = false;
  let sweptGranules = 0;
  const addState = (state: GranuleState): number => states.push(state) - 1;
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
    takeGranules: (granules) => {
      isShort ||= !(granules <= granulesLeft);
      if (!isShort) granulesLeft -= granules;
      return !isShort;
    },
    isShortOfGranules: () => isShort,
    sweptGranules: () => sweptGranules,
    stateAt: ({ granules }, granule) => states[granules[granule]!]!,
    touch: ({ region, row, originBytes }, { lowBytes, runBytes, steps }, access, isOrdered) => {
      dropDeadStates();
      const { granules, unitBytes, rowGranules } = region;
      let faulty: FaultyGranules[] | undefined;
      let replaced: number | undefined;
      const change = (id: number, firstGranule: number, end: number): number => {
        const old = states[id]!;
        for (const fault of findFaults(old, access, isOrdered)) {
          faulty ??= [];
          faulty.push({ fault, access, firstGranule, endGranule: endOfEqual(granules, firstGranule, end) });
        }
        if (!isReplaced(old, access)) return addState(nextState(old, access));
        replaced ??= addState(nextState(old, access));
        return replaced;
      };
      const [runUnits, firstGranule, firstNew] = [runBytes / unitBytes, row * rowGranules, states.length];
      const sweep = { region, firstGranule, runUnits, change, firstNew, old: -1, next: -1, known: undefined, swept: 0 };
      sweepSteps(sweep, steps, steps.length, (originBytes + lowBytes) / unitBytes);
      sweptGranules += sweep.swept;
      return faulty ?? noFaults;
    },
  };
}

/** Renumbers the states that some granule has; number 0 stays. */
function keepUsedStates(states: readonly GranuleState[], regions: readonly ShadowRegion[]): GranuleState[] {
  const used: GranuleState[] = [unwritten];
  const newIds = new Int32Array(states.length);
  for (const { granules } of regions) {
    for (let granule = 0; granule < granules.length; granule++) {
      const id = granules[granule]!;
      if (id === 0) continue;
      if (newIds[id] === 0) newIds[id] = used.push(states[id]!) - 1;
      granules[granule] = newIds[id]!;
    }
  }
  return used;
}

/** One access on its way over the granules: changed in place. */
interface Sweep {
  readonly region: ShadowRegion;
  /** Of the row. */
  readonly firstGranule: number;
  readonly runUnits: number;
  /** Makes the next state of granules from `granule` on, and gives its number. */
  readonly change: (id: number, granule: number, end: number) => number;
  /** States from this number on were made by this access: where it comes to a granule a second time, nothing changes. */
  readonly firstNew: number;
  /** The state met last, and what became of it; -1 before the first. */
  old: number;
  next: number;
  /** The same for all states met; absent until there are two. */
  known: Map<number, number> | undefined;
  /** Granules, and one for each run. */
  swept: number;
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
  const { region, firstGranule } = sweep;
  const { granules } = region;
  const end = firstGranule + granuleAt(region, firstUnit + sweep.runUnits);
  const start = firstGranule + granuleAt(region, firstUnit);
  sweep.swept += end - start + 1;
  for (let granule = start; granule < end; granule++) {
    const id = granules[granule]!;
    if (id !== sweep.old) {
      sweep.next = stateAfter(sweep, id, granule, end);
      sweep.old = id;
    }
    granules[granule] = sweep.next;
  }
}

/** Works out a state's successor once, however often the sweep comes to it. */
function stateAfter(sweep: Sweep, id: number, granule: number, end: number): number {
  if (id >= sweep.firstNew) return id;
  const seen = sweep.known?.get(id);
  if (seen !== undefined) return seen;
  const next = sweep.change(id, granule, end);
  if (sweep.old >= 0) {
    sweep.known ??= new Map([[sweep.old, sweep.next]]);
    sweep.known.set(id, next);
  }
  return next;
}

function endOfEqual(granules: Int32Array, first: number, end: number): number {
  let granule = first + 1;
  while (granule < end && granules[granule] === granules[first]) granule++;
  return granule;
}
