// THE INSTRUCTION TABLE: what the machine can do. One file per kind of instruction.

import { actInsts } from "./act.ts";
import type { InstRow, OperandField } from "./define.ts";
import { dmaInsts } from "./dma.ts";
import { fillInsts } from "./fill.ts";
import { type IndexedOperand, indexedOperands } from "./indirect.ts";
import { peInsts } from "./pe.ts";
import { peMxInsts } from "./pe-mx.ts";
import { peOneZeroInsts } from "./pe-onezero.ts";
import { peTileInsts } from "./pe-tiles.ts";
import { poolInsts } from "./pool.ts";
import { poolSearchInsts } from "./pool-search.ts";
import { randomInsts } from "./random.ts";
import { syncInsts } from "./sync.ts";
import { transferInsts } from "./transfers.ts";
import { vectorInsts } from "./vector.ts";
import { vectorFoldInsts } from "./vector-fold.ts";
import { vectorMoveInsts } from "./vector-move.ts";
import { vectorMxInsts } from "./vector-mx.ts";
import { vectorSelectInsts } from "./vector-select.ts";
import { vectorStatsInsts } from "./vector-stats.ts";

export const insts = {
  ...peInsts,
  ...peTileInsts,
  ...peMxInsts,
  ...peOneZeroInsts,
  ...actInsts,
  ...vectorInsts,
  ...vectorFoldInsts,
  ...vectorSelectInsts,
  ...vectorStatsInsts,
  ...vectorMoveInsts,
  ...vectorMxInsts,
  ...randomInsts,
  ...fillInsts,
  ...poolInsts,
  ...poolSearchInsts,
  ...dmaInsts,
  ...transferInsts,
  ...syncInsts,
} as const;

export type InstName = keyof typeof insts;
export const instNames = Object.keys(insts) as readonly InstName[];

export function instDef(name: InstName): InstRow {
  return insts[name];
}

type NamedOperand = readonly [name: string, field: OperandField];

const operandsByInst: ReadonlyMap<InstName, readonly NamedOperand[]> = new Map(
  instNames.map((name) => {
    const fields = Object.entries(instDef(name).fields);
    return [name, fields.flatMap(([field, row]): NamedOperand[] => (row.kind === "operand" ? [[field, row]] : []))];
  }),
);

const indexedByInst: ReadonlyMap<InstName, readonly IndexedOperand[]> = new Map(
  instNames.map((name) => [name, indexedOperands(operandsByInst.get(name) ?? [])]),
);

/** Those that may have indices. */
export function indexedFields(name: InstName): readonly IndexedOperand[] {
  return indexedByInst.get(name) ?? [];
}

/** The operands among an instruction's fields, in their order. */
export function operandFields(name: InstName): readonly NamedOperand[] {
  return operandsByInst.get(name) ?? [];
}

export function isInstName(name: string): name is InstName {
  return Object.hasOwn(insts, name);
}
