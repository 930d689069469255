// THE INSTRUCTION TABLE: what the machine can do. One file per kind of instruction.

import { actInsts } from "./act.ts";
import type { InstRow } from "./define.ts";
import { dmaInsts } from "./dma.ts";
import { fillInsts } from "./fill.ts";
import { peInsts } from "./pe.ts";
import { syncInsts } from "./sync.ts";
import { vectorInsts } from "./vector.ts";

export const insts = { ...peInsts, ...actInsts, ...vectorInsts, ...fillInsts, ...dmaInsts, ...syncInsts } as const;

export type InstName = keyof typeof insts;
export const instNames = Object.keys(insts) as readonly InstName[];

export function instDef(name: InstName): InstRow {
  return insts[name];
}

export function isInstName(name: string): name is InstName {
  return Object.hasOwn(insts, name);
}
