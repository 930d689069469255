// What a DMA instruction moves, for the DMA model, and the sentence on its cost: how it differs from a copy.

import type { Machine } from "../../../ir-spec/machine.ts";
import { operandOf } from "./args.ts";
import type { Term } from "./cost-terms.ts";
import type { Cycles, ResolvedArgs, TransferShape } from "./define.ts";
import { noCycles } from "./timing.ts";

interface TransferForm {
  readonly dst: string;
  readonly src: string;
  /** Further sources, where they are given. */
  readonly more?: readonly string[];
  /** The side that is a table, of which as many rows are moved as the other side has. */
  readonly table?: "dst" | "src";
  readonly isByRow?: true;
  /** Time of its descriptors relative to a copy's. */
  readonly factor?: Term;
  readonly readsDst?: true;
}

interface TransferCost {
  readonly cost: string;
  readonly transfer: (args: ResolvedArgs, machine: Machine) => TransferShape;
  readonly cycles: () => Cycles;
}

/** Of a row of the instruction table; `remark` is what else is to be said. */
export function transferred(form: TransferForm, remark = ""): TransferCost {
  return {
    cost: sentenceOf(form) + remark,
    transfer: (args, machine) => shapeOf(form, args, machine),
    cycles: noCycles,
  };
}

function sentenceOf({ more, table, isByRow, factor, readsDst }: TransferForm): string {
  const differences = [
    ...(table !== undefined || isByRow ? ["no run of elements going beyond a row"] : []),
    ...(factor === undefined ? [] : [`its descriptors \`${factor.text}\` times as long`]),
    ...(readsDst ? ["dst read as well as written"] : []),
  ];
  const sources = more === undefined ? "" : " of each source, dst written once";
  return [[`as \`dma_copy\`${sources}`, ...differences].join(", "), ...(factor?.notes ?? [])].join("; ");
}

function shapeOf(form: TransferForm, args: ResolvedArgs, machine: Machine): TransferShape {
  const [dst, src] = [operandOf(args, form.dst), operandOf(args, form.src)];
  const more = (form.more ?? []).flatMap((name) => args.operands[name] ?? []);
  return {
    dst: form.table === "dst" ? { ...dst, partitions: src.partitions } : dst,
    src: form.table === "src" ? { ...src, partitions: dst.partitions } : src,
    ...(more.length === 0 ? {} : { more }),
    ...(form.table !== undefined || form.isByRow ? { isByRow: true } : {}),
    ...(form.factor === undefined ? {} : { timeFactor: form.factor.value(args, machine) }),
    ...(form.readsDst ? { readsDst: true } : {}),
  };
}
