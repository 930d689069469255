// The numbers of one execution of an instruction: its operands' addresses, and all else that decides what work it is.

import { type Affine, type Extent, evalAffine, evalExtent, evalFlag, type Flag } from "../../../ir-spec/affine.ts";
import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import type { InstRow } from "../isa/define.ts";
import { instDef } from "../isa/index.ts";
import type { Operand } from "../stream.ts";
import { minCellBytes } from "./cells.ts";
import type { MemoryMap } from "./memory-map.ts";
import { wordBytes } from "./places.ts";
import { addressOf, type Registers } from "./resolve.ts";
import type { Site } from "./walk.ts";

/** An instruction, and the numbers of one execution of it: the arrays are changed in place. */
export interface SiteState {
  readonly site: Site;
  readonly row: InstRow;
  readonly names: readonly string[];
  readonly operands: readonly Operand[];
  readonly extents: readonly Extent[];
  readonly flags: readonly Flag[];
  readonly affines: readonly Affine[];
  readonly pairs: readonly Pair[];
  /** Its number among those that may report a row. */
  readonly fault: number;
  /** By operand (B). */
  readonly addresses: Float64Array;
  /** What tells executions apart, but for how far their operands are moved. */
  readonly numbers: Float64Array;
}

/** Two operands of one memory, of which one is written. */
interface Pair {
  readonly left: number;
  readonly right: number;
  readonly span: readonly [left: OperandSpan, right: OperandSpan];
}

/** First byte and one past the last, from the address on. */
type OperandSpan = readonly [first: number, end: number];

/** In place of the distance of operands that do not meet. */
const apart = Number.POSITIVE_INFINITY;

export function makeSiteState(site: Site, map: MemoryMap, fault: number): SiteState {
  const { args, inst } = site.instruction;
  const row = instDef(inst);
  const given = Object.entries(args);
  const named = given.flatMap(([name, argument]) => (argument.kind === "operand" ? [{ name, ...argument }] : []));
  const operands = named.map(({ operand }) => operand);
  const extents = operands.flatMap((operand) => [
    ...operand.dims.map(({ size }) => size),
    ...(operand.memory === "hbm" ? [] : [operand.partitions]),
  ]);
  const pairs = pairsOf(named, row, map);
  const varying = {
    extents: extents.filter(({ limit }) => limit !== undefined),
    flags: given.flatMap(([, argument]) => (argument.kind === "flag" ? [argument.flag] : [])),
    affines: given.flatMap(([, argument]) => (argument.kind === "affine" ? [argument.affine] : [])),
  };
  const { extents: sizes, flags, affines } = varying;
  return {
    ...{ site, row, operands, pairs, fault, names: named.map(({ name }) => name), ...varying },
    addresses: new Float64Array(operands.length),
    numbers: new Float64Array(operands.length + sizes.length + flags.length + affines.length + pairs.length + 1),
  };
}

interface NamedOperand {
  readonly name: string;
  readonly operand: Operand;
}

function pairsOf(named: readonly NamedOperand[], { fields }: InstRow, map: MemoryMap): readonly Pair[] {
  const memoryOf = (operand: Operand): string =>
    operand.memory === "hbm" ? (map.tensors[operand.tensor]?.memory ?? "") : operand.memory;
  const isWritten = ({ name }: NamedOperand): boolean => {
    const field = fields[name];
    return field?.kind === "operand" && field.role !== "read";
  };
  return named.flatMap((one, left) =>
    named.flatMap((other, right): readonly Pair[] => {
      const meet = memoryOf(one.operand) === memoryOf(other.operand) && (isWritten(one) || isWritten(other));
      if (right <= left || !meet) return [];
      return [{ left, right, span: [spanOf(one.operand), spanOf(other.operand)] }];
    }),
  );
}

/** With the largest sizes; all rows of an operand in HBM, the row of one on chip. */
function spanOf({ dims, dtype }: Operand): OperandSpan {
  let [first, last] = [0, 0];
  for (const { size, stride } of dims) {
    const reach = Math.max(0, size.max - 1) * stride;
    if (reach < 0) first += reach;
    else last += reach;
  }
  return [first * dtypeBytes(dtype), (last + 1) * dtypeBytes(dtype)];
}

/** Evaluates addresses and numbers; `heldShape` is the number of the shape that the array holds. */
export function readNumbers(state: SiteState, registers: Registers, stationaryShape: number): void {
  const { operands, extents, flags, affines, pairs, addresses, numbers } = state;
  const { indices } = registers;
  let place = 0;
  for (let index = 0; index < operands.length; index++) {
    const { address, memory } = operands[index]!;
    const bytes = addressOf(address, registers);
    addresses[index] = bytes;
    // A place in PSUM lies in one bank or does not, and is the home of a chain.
    numbers[place++] = memory === "psum" ? bytes : bytes % (memory === "hbm" ? wordBytes : minCellBytes);
  }
  for (let index = 0; index < extents.length; index++) numbers[place++] = evalExtent(extents[index]!, indices);
  for (let index = 0; index < flags.length; index++) numbers[place++] = evalFlag(flags[index]!, indices) ? 1 : 0;
  for (let index = 0; index < affines.length; index++) numbers[place++] = evalAffine(affines[index]!, indices);
  for (let index = 0; index < pairs.length; index++) numbers[place++] = distance(pairs[index]!, state);
  numbers[place] = stationaryShape;
}

/** How far the second operand lies after the first (B), where they might meet. */
function distance({ left, right, span: [one, other] }: Pair, { addresses, operands }: SiteState): number {
  const [from, to] = [addresses[left]!, addresses[right]!];
  const [a, b] = [operands[left]!, operands[right]!];
  const isOneTensor = a.memory !== "hbm" || b.memory !== "hbm" || a.tensor === b.tensor;
  if (!isOneTensor || from + one[1] <= to + other[0] || to + other[1] <= from + one[0]) return apart;
  return to - from;
}
