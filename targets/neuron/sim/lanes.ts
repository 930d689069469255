// What the registers of the engines' lanes hold during a run.

import type { Machine } from "../../../ir-spec/machine.ts";
import type { Block, UnitName } from "../isa/define.ts";
import { type KnownLanes, laneRegisters, makeKnownLanes, type NamedUse } from "../isa/lanes.ts";

interface LaneWords {
  readonly wordsPerLane: number;
  /** Lane by lane. */
  readonly words: Float64Array;
}

/** The registers of one engine, changed in place. */
interface EngineLanes {
  readonly known: KnownLanes;
  readonly words: Readonly<Record<keyof KnownLanes, LaneWords>>;
}

export type Lanes = { readonly [U in UnitName]: EngineLanes };

export function makeLanes(machine: Machine): Lanes {
  const makeWords = (unit: UnitName): EngineLanes["words"] => {
    const all = laneRegisters.map(({ name, words }) => {
      const wordsPerLane = words(unit, machine);
      return [name, { wordsPerLane, words: new Float64Array(machine.partitions * wordsPerLane) }] as const;
    });
    return Object.fromEntries(all) as EngineLanes["words"];
  };
  const make = (unit: UnitName): EngineLanes => ({ known: makeKnownLanes(machine), words: makeWords(unit) });
  return { pe: make("pe"), act: make("act"), dve: make("dve"), pool: make("pool"), sp: make("sp"), dma: make("dma") };
}

/** The blocks of what an execution uses: no copies, so that changes stay. */
export function laneBlocks({ words: all }: EngineLanes, uses: readonly NamedUse[]): Readonly<Record<string, Block>> {
  const blocks: Record<string, Block> = {};
  for (const { registers, use } of uses) {
    const { words, wordsPerLane: f } = all[registers.name];
    const first = use.first * f;
    blocks[registers.name] = { p: use.count, f, data: words.subarray(first, first + use.count * f) };
  }
  return blocks;
}
