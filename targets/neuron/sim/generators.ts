// What the random generators of the engines hold during a run.

import type { Machine } from "../../../ir-spec/machine.ts";
import type { Block, InstRow, ResolvedArgs, UnitName } from "../isa/define.ts";
import { generatorWords, lanesOf } from "../isa/generators.ts";

/** The generators of one engine, changed in place. */
interface EngineGenerators {
  readonly wordsPerLane: number;
  /** Lane by lane. */
  readonly words: Float64Array;
  /** By lane, whether they have a state yet. */
  readonly isSet: Uint8Array;
}

export type Generators = { readonly [U in UnitName]: EngineGenerators };

export function makeGenerators(machine: Machine): Generators {
  const make = (unit: UnitName): EngineGenerators => {
    const wordsPerLane = generatorWords(unit, machine);
    const words = new Float64Array(machine.partitions * wordsPerLane);
    return { wordsPerLane, words, isSet: new Uint8Array(machine.partitions) };
  };
  return { pe: make("pe"), act: make("act"), dve: make("dve"), pool: make("pool"), sp: make("sp"), dma: make("dma") };
}

/** The block `state` of an execution that has to do with its engine's generators: no copy, so that changes stay. */
export function generatorBlock(
  { words, wordsPerLane: f }: EngineGenerators,
  row: InstRow,
  args: ResolvedArgs,
): Readonly<Record<string, Block>> {
  const lanes = lanesOf(row, args);
  if (lanes === undefined) return {};
  const first = lanes.first * f;
  return { state: { p: lanes.count, f, data: words.subarray(first, first + lanes.count * f) } };
}
