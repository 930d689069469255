// How often each memory is accessed for each tensor, counted as the tool does whose mapping it is. All counts are elements.

import {
  type HeldLevel,
  isOver,
  type MappedTensor,
  type Mapping,
  type MappingLoop,
  tensorsOf,
  tripsOf,
} from "./mapping.ts";

export interface Accesses {
  readonly tensor: string;
  readonly memory: string;
  /** Elements of the tile that one instance of the memory holds. */
  readonly tile: number;
  /** Instances of the memory that are in use. Counts of Timeloop are of one instance, those of ZigZag of all together. */
  readonly instances: number;
  /** What is read for the memory inside, or for the units that multiply. */
  readonly reads: number;
  /** What comes from the memory around it. */
  readonly fills: number;
  /** Sums that come from inside. */
  readonly updates: number;
  /** What is read for the memory around it; Timeloop does not count that. */
  readonly drains: number;
}

/** Of each tensor, its memories from the outermost inwards. */
export function countAccesses(mapping: Mapping): readonly Accesses[] {
  const count = mapping.tool === "timeloop" ? countAsTimeloop : countAsZigzag;
  return tensorsOf(mapping).flatMap((tensor) => tensor.levels.map((_, level) => count(mapping, tensor, level)));
}

const temporal = (loop: MappingLoop): boolean => !loop.isSpatial;
const spatial = (loop: MappingLoop): boolean => loop.isSpatial;
const loopsOf = (levels: readonly HeldLevel[]): readonly MappingLoop[] => levels.flatMap(({ loops }) => loops);

/** Without the last loops that come to the same tile again: it stays where it is meanwhile. */
function withoutStationary(loops: readonly MappingLoop[], tensor: MappedTensor): readonly MappingLoop[] {
  return loops.slice(0, loops.findLastIndex(isOver(tensor)) + 1);
}

/**
 * Source: Parashar et al., "Timeloop: A Systematic Approach to DNN Accelerator Evaluation" (ISPASS 2019), section VI; and
 * src/loop-analysis/tiling.cpp of github.com/NVlabs/timeloop at 4cf6d4c: the first update of a sum reads nothing, so the part of the tensor
 * that goes through an instance is taken off its reads and fills; units side by side that use the same element get it by one read.
 */
function countAsTimeloop(mapping: Mapping, tensor: MappedTensor, level: number): Accesses {
  const { levels } = tensor;
  const relevant = isOver(tensor);
  const around = loopsOf(levels.slice(0, level));
  const own = levels[level]?.loops ?? [];
  const inner = loopsOf(levels.slice(level + 1));
  const tile = tripsOf([...own, ...inner].filter(relevant));
  const isLast = level === levels.length - 1;
  const outside = [...around, ...own].filter(temporal);
  const steps = isLast && mapping.rereadsAtUnits ? outside : withoutStationary(outside, tensor);
  const passed = tripsOf(steps) * tripsOf(inner.filter(relevant)) * tripsOf(own.filter(spatial).filter(relevant));
  const filled = level === 0 ? 0 : tripsOf(withoutStationary(around.filter(temporal), tensor)) * tile;
  const instances = tripsOf(around.filter(spatial));
  const common = { tensor: tensor.name, memory: levels[level]?.memory ?? "", tile, instances, drains: 0 };
  if (tensor !== mapping.out) return { ...common, reads: passed, fills: filled, updates: 0 };
  const share = tripsOf(loopsOf(levels).filter(relevant)) / tripsOf(around.filter(spatial).filter(relevant));
  return { ...common, reads: passed - share, fills: level === 0 ? 0 : filled - share, updates: passed };
}

/**
 * Source: Mei et al., "ZigZag" (IEEE Transactions on Computers 70(8), 2021), section 4; and zigzag/mapping/mapping.py of
 * github.com/KULeuven-MICAS/zigzag at 3d12a96 (`calc_data_access`): an access of the units is spared by each irrelevant loop that runs inside.
 * Assumed: the innermost memories have ports for what the array takes at once, so an operand that the units use again is not read again.
 */
function countAsZigzag(mapping: Mapping, tensor: MappedTensor, level: number): Accesses {
  const { levels } = tensor;
  const relevant = isOver(tensor);
  const irrelevantTrips = (loops: readonly MappingLoop[]): number => tripsOf(loops.filter((loop) => !relevant(loop)));
  const own = levels[level]?.loops ?? [];
  const inner = loopsOf(levels.slice(level + 1));
  const around = loopsOf(levels.slice(0, level));
  const multiplications = tripsOf([...around, ...own, ...inner]);
  const side = own.filter(spatial);
  const isLast = level === levels.length - 1;
  const isOutput = tensor === mapping.out;
  const ends = own.filter(temporal);
  const kept = isLast && !isOutput ? ends.slice(withoutStationary(ends, tensor).length) : [];
  const passed = multiplications / irrelevantTrips(inner) / irrelevantTrips(side) / tripsOf(kept);
  const moved = level === 0 ? 0 : multiplications / irrelevantTrips([...own, ...inner]);
  const common = {
    tensor: tensor.name,
    memory: levels[level]?.memory ?? "",
    tile: tripsOf([...own, ...inner].filter(relevant)),
    instances: tripsOf(around.filter(spatial)),
  };
  if (!isOutput) return { ...common, reads: passed, fills: moved, updates: 0, drains: 0 };
  const elements = tripsOf([...around, ...own, ...inner].filter(relevant));
  const partial = (loops: readonly MappingLoop[]): number => elements * (irrelevantTrips(loops) - 1);
  const back = level === 0 ? 0 : partial([...loopsOf(levels.slice(0, level - 1)), ...temporalOf(levels[level - 1])]);
  return { ...common, reads: partial([...around, ...ends]), fills: back, updates: passed, drains: moved };
}

const temporalOf = (level: HeldLevel | undefined): readonly MappingLoop[] => (level?.loops ?? []).filter(temporal);
