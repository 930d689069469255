// What all executions of an instruction with the same shapes have in common: the work of one of them. Another one's differs
// from it by how far its operands are moved, and by the slot of the operand that the array holds.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { type ByteRuns, byteRuns, type Cells, hasFullCells, makeCells } from "./cells.ts";
import type { Kernel } from "./kernel.ts";
import { laneMemories, type MemoryMap } from "./memory-map.ts";
import type { DevicePlace } from "./places.ts";
import type { Access, Work } from "./prepare.ts";
import { placeWords } from "./texts.ts";

/** Where an operand lies, and where its first element's number is in the record. */
export interface Touch {
  readonly cells: Cells;
  readonly runs: ByteRuns;
  /** The operand that it moves with, as a number among those of the instruction, or one of the two below. */
  readonly operand: number;
  readonly position: number;
  readonly base: number;
  readonly elementBytes: number;
  /** It overwrites whole cells, and so may turn to another version of them. */
  readonly overwritesFullCells: boolean;
}

/** Moves with the slot of what the array holds. */
const stationaryOperand = -1;
/** Stays where it is, as the registers of an engine's lanes do. */
const fixedOperand = -2;

/** How far an execution's operands are moved from those of its template (B), and how far the slot is. */
export interface Shift {
  readonly bytes: Float64Array;
  readonly stationaryBytes: number;
}

export function shiftOf({ operand }: Touch, { bytes, stationaryBytes }: Shift): number {
  if (operand === fixedOperand) return 0;
  return operand === stationaryOperand ? stationaryBytes : bytes[operand]!;
}

export interface LaunchTemplate {
  readonly kind: "launch";
  readonly kernel: Kernel;
  readonly record: Uint32Array;
  readonly workgroups: number;
  readonly reads: readonly Touch[];
  readonly writes: readonly Touch[];
}

export interface ProductTemplate {
  readonly kind: "product";
  readonly kernel: Kernel;
  readonly accumulate: boolean;
  /** The place in PSUM: one object for all templates with that place. */
  readonly home: object;
  readonly dst: Touch;
  /** The chain's, with room for the number of its first link and of its links. */
  readonly record: Uint32Array;
  readonly workgroups: readonly [columns: number, rows: number];
  readonly link: Uint32Array;
  readonly reads: readonly Touch[];
}

export type Template = LaunchTemplate | ProductTemplate;

/** What templates share; grows in place. */
export interface TemplateMaker {
  readonly map: MemoryMap;
  readonly machine: Machine;
  readonly cells: Map<string, Cells>;
  readonly homes: Map<string, object>;
}

export function makeTemplateMaker(map: MemoryMap, machine: Machine): TemplateMaker {
  return { map, machine, cells: new Map(), homes: new Map() };
}

/** `operands` are the names of the instruction's operands, by number. */
export function makeTemplate(maker: TemplateMaker, work: Work, operands: readonly string[]): Template {
  if (work.kind === "launch") return launchTemplate(maker, work, operands);
  const { kernel, accumulate, dst, workgroups, link, record } = work.product;
  const links: readonly Access[] = link.reads.map((place) => ({ operand: place.name, place, role: "read" }));
  const key = JSON.stringify(dst);
  const home = maker.homes.get(key) ?? {};
  maker.homes.set(key, home);
  const role = accumulate ? "update" : "write";
  const [target] = touchesOf(maker, [{ operand: "dst", place: dst, role }], operands);
  return {
    kind: "product",
    ...{ kernel, accumulate, home, dst: target!, workgroups },
    record: Uint32Array.of(...record, 0, 0),
    link: Uint32Array.from(link.record),
    reads: touchesOf(maker, links, operands),
  };
}

function launchTemplate(
  maker: TemplateMaker,
  { launch, accesses }: Extract<Work, { kind: "launch" }>,
  operands: readonly string[],
): LaunchTemplate {
  const { kernel, record, workgroups } = launch;
  const touches = touchesOf(maker, accesses, operands);
  return {
    kind: "launch",
    ...{ kernel, workgroups, record: Uint32Array.from(record) },
    reads: touches.filter((_touch, index) => accesses[index]?.role === "read"),
    writes: touches.filter((_touch, index) => accesses[index]?.role !== "read"),
  };
}

function touchesOf(maker: TemplateMaker, accesses: readonly Access[], operands: readonly string[]): readonly Touch[] {
  let position = 0;
  return accesses.map(({ operand, place, role }) => {
    const cells = cellsOf(maker, place);
    const runs = byteRuns(place, cells);
    const touch: Touch = {
      ...{ cells, runs, position, base: place.base, elementBytes: dtypeBytes(place.dtype) },
      operand: movesWith(place, operands.indexOf(operand)),
      overwritesFullCells: role === "write" && cells.versions > 1 && hasFullCells(place, runs, cells),
    };
    position += placeWords(place);
    return touch;
  });
}

const isLaneMemory = (memory: string): boolean => Object.values(laneMemories).includes(memory);

function movesWith({ memory }: DevicePlace, operand: number): number {
  if (memory === "stationary") return stationaryOperand;
  return isLaneMemory(memory) ? fixedOperand : operand;
}

function cellsOf({ cells, map, machine }: TemplateMaker, { memory }: DevicePlace): Cells {
  const known = cells.get(memory) ?? makeCells(memory, map, machine);
  cells.set(memory, known);
  return known;
}
