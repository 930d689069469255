// THE KERNEL-KIND TABLE: every kind of kernel. Fusion, classification, the choice of schedules, schedule texts and SCHEDULES.md read
// its rows.

import type { AttrSpecs } from "../../../ir-spec/base/attr.ts";
import type { OpName } from "../../../ir-spec/ops/index.ts";
import { chain } from "./chain.ts";
import { contract } from "./contract.ts";
import { conv } from "./conv.ts";
import type { AnyKernelKindRow, KeptComposite } from "./define.ts";
import { movement } from "./movement.ts";
import { rows } from "./rows.ts";

export const kernelKinds = { contract, conv, chain, rows, movement } as const;

export type KernelKind = keyof typeof kernelKinds;

export const kernelKindNames = Object.keys(kernelKinds) as readonly KernelKind[];

/** The row of a kind, for code that treats all kinds alike. */
export function kernelKindDef(kind: KernelKind): AnyKernelKindRow {
  return kernelKinds[kind] as AnyKernelKindRow;
}

/** Composites that some kind of kernel computes as they are. */
export const keptComposites: readonly OpName[] = kernelKindNames.flatMap((kind) => kernelKindDef(kind).keeps?.op ?? []);

/** What a kind of kernel says of a composite that it computes. */
export function keptComposite(op: OpName): KeptComposite | undefined {
  return kernelKindNames.map((kind) => kernelKindDef(kind).keeps).find((kept) => kept?.op === op);
}

/** The schedule fields of a kind. */
export function fieldsOfKind(kind: KernelKind): AttrSpecs {
  return kernelKinds[kind].fields;
}
