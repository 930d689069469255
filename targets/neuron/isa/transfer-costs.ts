// What a DMA instruction moves, for the DMA model, and the sentence on its cost: how it differs from a copy.

import type { Machine } from "../../../ir-spec/machine.ts";
import type { Term } from "./cost-terms.ts";
import type { Cycles, Has, MayHave, TransferShape } from "./define.ts";
import { noCycles } from "./timing.ts";

interface TransferForm<D extends string, S extends string, M extends string, A> {
  readonly dst: D;
  readonly src: S;
  /** Further sources, where they are given. */
  readonly more?: readonly M[];
  /** The side that is a table, of which as many rows are moved as the other side has. */
  readonly table?: "dst" | "src";
  readonly isByRow?: true;
  /** Time of its descriptors relative to a copy's. */
  readonly factor?: Term<A>;
  readonly readsDst?: true;
}

type TransferArgs<D extends string, S extends string, M extends string, A> = Has<D> & Has<S> & MayHave<M> & A;

interface TransferCost<A> {
  readonly cost: string;
  readonly transfer: (args: A, machine: Machine) => TransferShape;
  readonly cycles: () => Cycles;
}

/** Of a row of the instruction table; `remark` is what else is to be said. */
export function transferred<
  const D extends string,
  const S extends string,
  const M extends string = never,
  A = unknown,
>(form: TransferForm<D, S, M, A>, remark = ""): TransferCost<TransferArgs<D, S, M, A>> {
  return {
    cost: sentenceOf(form) + remark,
    transfer: (args, machine) => shapeOf(form, args, machine),
    cycles: noCycles,
  };
}

function sentenceOf<A>({ more, table, isByRow, factor, readsDst }: TransferForm<string, string, string, A>): string {
  const differences = [
    ...(table !== undefined || isByRow ? ["no run of elements going beyond a row"] : []),
    ...(factor === undefined ? [] : [`its descriptors \`${factor.text}\` times as long`]),
    ...(readsDst ? ["dst read as well as written"] : []),
  ];
  const sources = more === undefined ? "" : " of each source, dst written once";
  return [[`as \`dma_copy\`${sources}`, ...differences].join(", "), ...(factor?.notes ?? [])].join("; ");
}

function shapeOf<D extends string, S extends string, M extends string, A>(
  form: TransferForm<D, S, M, A>,
  args: TransferArgs<D, S, M, A>,
  machine: Machine,
): TransferShape {
  const { operands } = args;
  const [dst, src] = [operands[form.dst], operands[form.src]];
  const more = (form.more ?? []).flatMap((name) => operands[name] ?? []);
  return {
    dst: form.table === "dst" ? { ...dst, partitions: src.partitions } : dst,
    src: form.table === "src" ? { ...src, partitions: dst.partitions } : src,
    ...(more.length === 0 ? {} : { more }),
    ...(form.table !== undefined || form.isByRow ? { isByRow: true } : {}),
    ...(form.factor === undefined ? {} : { timeFactor: form.factor.value(args, machine) }),
    ...(form.readsDst ? { readsDst: true } : {}),
  };
}
