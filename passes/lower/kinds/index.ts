// THE KERNEL-KIND TABLE: every kind of kernel. Fusion, classification, the choice of schedules, schedule texts and SCHEDULES.md read
// its rows.

import type { AttrSpecs } from "../../../ir-spec/base/attr.ts";
import { chain } from "./chain.ts";
import { contract } from "./contract.ts";
import type { AnyKernelKindRow } from "./define.ts";
import { movement } from "./movement.ts";
import { rows } from "./rows.ts";

export const kernelKinds = { contract, chain, rows, movement } as const;

export type KernelKind = keyof typeof kernelKinds;

export const kernelKindNames = Object.keys(kernelKinds) as readonly KernelKind[];

/** The row of a kind, for code that treats all kinds alike. */
export function kernelKindDef(kind: KernelKind): AnyKernelKindRow {
  return kernelKinds[kind] as AnyKernelKindRow;
}

/** The schedule fields of a kind. */
export function fieldsOfKind(kind: KernelKind): AttrSpecs {
  return kernelKinds[kind].fields;
}
