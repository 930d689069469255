// Statements of a queue as they are for an earlier iteration of a loop: its index less a number, and other ring registers.

import { type Affine, addAffine, constant, type Extent, type Flag } from "../../../ir-spec/affine.ts";
import type { LoopId, RingId } from "../../../ir-spec/base/ids.ts";
import type { Address, Argument, Instruction, Operand, StreamItem } from "../stream.ts";

export interface Shift {
  readonly loop: LoopId;
  /** By how much the loop's index is above the iteration that the statements are for. */
  readonly by: number;
  /** Which of the loop's own iterations the statements are for. */
  readonly iteration: "any" | "first" | "later";
  /** The rings that step with the loop, and their registers for these statements. */
  readonly rings: ReadonlySet<RingId>;
  readonly registerOf: (ring: RingId) => RingId;
}

export function shiftItems(shift: Shift, items: readonly StreamItem[]): readonly StreamItem[] {
  return items.map((item) => {
    if (item.kind === "inst") return shiftInstruction(shift, item);
    return { ...item, trips: shiftExtent(shift, item.trips), body: shiftItems(shift, item.body) };
  });
}

/** The ring registers that pick addresses in some statements. */
export function ringsIn(items: readonly StreamItem[]): ReadonlySet<RingId> {
  const used = items.flatMap((item): readonly RingId[] => {
    if (item.kind === "loop") return [...ringsIn(item.body)];
    return Object.values(item.args).flatMap((argument) =>
      argument.kind === "operand" ? argument.operand.address.rings.map(({ ring }) => ring) : [],
    );
  });
  return new Set(used);
}

/** Whether a flag depends on the first iteration of the loop. */
export function findsFirst(items: readonly StreamItem[], loop: LoopId): boolean {
  return items.some((item) => {
    if (item.kind === "loop") return findsFirst(item.body, loop);
    return Object.values(item.args).some(
      (argument) =>
        argument.kind === "flag" && typeof argument.flag === "object" && argument.flag.notFirst.includes(loop),
    );
  });
}

function shiftInstruction(shift: Shift, inst: Instruction): Instruction {
  const args = Object.entries(inst.args).map(([name, argument]) => [name, shiftArgument(shift, argument)]);
  return { ...inst, args: Object.fromEntries(args) };
}

function shiftArgument(shift: Shift, argument: Argument): Argument {
  switch (argument.kind) {
    case "operand":
      return { kind: "operand", operand: shiftOperand(shift, argument.operand) };
    case "affine":
      return { kind: "affine", affine: shiftAffine(shift, argument.affine) };
    case "flag":
      return { kind: "flag", flag: shiftFlag(shift, argument.flag) };
    default:
      return argument;
  }
}

function shiftOperand(shift: Shift, operand: Operand): Operand {
  const address = shiftAddress(shift, operand.address);
  const dims = operand.dims.map((dim) => ({ ...dim, size: shiftExtent(shift, dim.size) }));
  if (operand.memory === "hbm") return { ...operand, address, dims };
  return { ...operand, address, dims, partitions: shiftExtent(shift, operand.partitions) };
}

function shiftAddress(shift: Shift, { base, rings }: Address): Address {
  const shifted = rings.map((term) => {
    return shift.rings.has(term.ring) ? { ...term, ring: shift.registerOf(term.ring) } : term;
  });
  return { base: shiftAffine(shift, base), rings: shifted };
}

function shiftAffine({ loop, by }: Shift, affine: Affine): Affine {
  const scale = affine.terms.find((term) => term.loop === loop)?.scale ?? 0;
  return scale === 0 || by === 0 ? affine : addAffine(affine, constant(-scale * by));
}

function shiftExtent(shift: Shift, { max, limit }: Extent): Extent {
  return limit === undefined ? { max } : { max, limit: shiftAffine(shift, limit) };
}

function shiftFlag({ loop, iteration }: Shift, flag: Flag): Flag {
  if (typeof flag === "boolean" || !flag.notFirst.includes(loop)) return flag;
  if (iteration === "later") return true;
  const others = flag.notFirst.filter((other) => other !== loop);
  return others.length === 0 ? false : { notFirst: others };
}
