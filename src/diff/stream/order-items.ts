// The structural order of a queue's body. Tokens stay where they are, as they say what is ordered with other queues; those of a kind
// that follow each other are sorted. Between them, instructions that share no byte and nothing that their engine keeps may be in
// any order.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { instDef, operandFields } from "../../../targets/neuron/isa/index.ts";
import type { Instruction, Operand, StreamItem } from "../../../targets/neuron/stream.ts";
import { compareTexts, maxOrderedStatements, type Ordered, structuralOrder } from "../normal/order.ts";

/** Bytes that an item may touch: everything from the first to the last. */
interface Stretch {
  /** `sbuf`, `psum`, or a tensor. */
  readonly memory: string;
  readonly partitions: readonly [first: number, end: number];
  /** What loops and ring registers add, as a text; stretches with other ones may meet anywhere. */
  readonly moving: string;
  readonly bytes: readonly [first: number, end: number];
  readonly isWritten: boolean;
}

interface ItemUse {
  readonly stretches: readonly Stretch[];
  /** The systolic array, or the lanes of an engine. */
  readonly usesEngineState: boolean;
  readonly hasTokens: boolean;
}

const tokenInsts: ReadonlySet<string> = new Set(["acquire", "release", "drain"]);

/** Items in their structural order; `keyOf` prints one without names that depend on the order. */
export function orderItems(items: readonly StreamItem[], keyOf: (item: StreamItem) => string): readonly StreamItem[] {
  const ordered: StreamItem[] = [];
  for (let first = 0; first < items.length; ) {
    const end = runEnd(items, first);
    const run = items.slice(first, end);
    const [head] = run;
    const isTokens = head?.kind === "inst" && tokenInsts.has(head.inst);
    ordered.push(...(isTokens ? sortTokens(run, keyOf) : orderRun(run, keyOf)));
    first = end;
  }
  return ordered;
}

/** Where a run of tokens of one kind ends, or one of items without tokens; an item with tokens inside is one by itself. */
function runEnd(items: readonly StreamItem[], first: number): number {
  const kindOf = (item: StreamItem): string => {
    if (item.kind === "inst") return tokenInsts.has(item.inst) ? item.inst : "plain";
    return useOf(item).hasTokens ? "alone" : "plain";
  };
  const kind = kindOf(items[first] as StreamItem);
  let end = first + 1;
  while (kind !== "alone" && end < items.length && kindOf(items[end] as StreamItem) === kind) end++;
  return end;
}

function sortTokens(run: readonly StreamItem[], keyOf: (item: StreamItem) => string): readonly StreamItem[] {
  return run.toSorted((a, b) => compareTexts(keyOf(a), keyOf(b)));
}

function orderRun(run: readonly StreamItem[], keyOf: (item: StreamItem) => string): readonly StreamItem[] {
  if (run.length > maxOrderedStatements) return run;
  const uses = run.map(useOf);
  const statements = run.map((item, index): Ordered => {
    const own = uses[index] as ItemUse;
    const needs = uses.flatMap((other, before) => (before < index && mustFollow(own, other) ? [before] : []));
    return { key: keyOf(item), needs };
  });
  const byKey = statements.map(
    ({ key, needs }): Ordered => ({
      key,
      needs: needs.toSorted((a, b) => compareTexts(statements[a]?.key ?? "", statements[b]?.key ?? "")),
    }),
  );
  return structuralOrder(byKey).map((index) => run[index] as StreamItem);
}

function useOf(item: StreamItem): ItemUse {
  if (item.kind === "inst") return useOfInstruction(item);
  const inner = item.body.map(useOf);
  return {
    // What changes from iteration to iteration may meet anything.
    stretches: inner.flatMap(({ stretches }) => stretches.map((stretch) => ({ ...stretch, moving: "in a loop" }))),
    usesEngineState: inner.some(({ usesEngineState }) => usesEngineState),
    hasTokens: inner.some(({ hasTokens }) => hasTokens),
  };
}

function useOfInstruction(item: Instruction): ItemUse {
  const row = instDef(item.inst);
  const usesEngineState = row.weights !== undefined || row.generators !== undefined || row.accumulator !== undefined;
  const stretches = operandFields(item.inst).flatMap(([name, { role }]): Stretch[] => {
    const arg = item.args[name];
    return arg?.kind === "operand" ? [stretchOf(arg.operand, role !== "read")] : [];
  });
  return { stretches, usesEngineState, hasTokens: tokenInsts.has(item.inst) };
}

function stretchOf(operand: Operand, isWritten: boolean): Stretch {
  const { base, rings } = operand.address;
  const elementBytes = dtypeBytes(operand.dtype);
  let [first, end] = [base.constant, base.constant + elementBytes];
  for (const { stride, size } of operand.dims) {
    const far = stride * Math.max(0, size.max - 1) * elementBytes;
    if (far < 0) first += far;
    else end += far;
  }
  const isInHbm = operand.memory === "hbm";
  const start = isInHbm ? 0 : operand.startPartition;
  return {
    memory: isInHbm ? `tensor ${operand.tensor}` : operand.memory,
    partitions: [start, isInHbm ? 1 : start + operand.partitions.max],
    moving: JSON.stringify([base.terms, rings]),
    bytes: [first, end],
    isWritten,
  };
}

function mustFollow(a: ItemUse, b: ItemUse): boolean {
  if (a.usesEngineState && b.usesEngineState) return true;
  return a.stretches.some((own) =>
    b.stretches.some((other) => (own.isWritten || other.isWritten) && mayMeet(own, other)),
  );
}

function mayMeet(a: Stretch, b: Stretch): boolean {
  if (a.memory !== b.memory || !overlap(a.partitions, b.partitions)) return false;
  const isComparable = a.moving === b.moving && a.moving !== "in a loop";
  return !isComparable || overlap(a.bytes, b.bytes);
}

function overlap(a: readonly [number, number], b: readonly [number, number]): boolean {
  return a[0] < b[1] && b[0] < a[1];
}
