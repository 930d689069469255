// The short form of instructions that take nothing but a semaphore: `acquire s0, s1` for one instruction each.

import { attrValuesEqual } from "../../../ir-spec/base/attr.ts";
import type { Field } from "../isa/define.ts";
import { type InstName, instDef } from "../isa/index.ts";
import type { Argument, Instruction } from "../stream.ts";

/** The first field of an instruction, where that is a semaphore. */
export function semFieldOf(inst: InstName): string | undefined {
  const [first] = Object.entries(instDef(inst).fields);
  return first?.[1].kind === "sem" ? first[0] : undefined;
}

/** The semaphore of an instruction that has no other argument than defaults. */
export function soleSemaphore({ inst, args }: Instruction): number | undefined {
  const field = semFieldOf(inst);
  const sem = field === undefined ? undefined : args[field];
  const isPlain = Object.entries(instDef(inst).fields).every(([name, other]) => {
    const arg = args[name];
    return name === field || arg === undefined || isDefault(other, arg);
  });
  return isPlain && sem?.kind === "sem" ? sem.sem : undefined;
}

/** True for a line of such instructions of that name. */
export function isTokenLine(line: string, inst: InstName): boolean {
  return line.startsWith(`${inst} s`) && /^s\d/.test(line.slice(inst.length + 1));
}

export function isDefault(field: Field, arg: Argument): boolean {
  return field.kind === "value" && arg.kind === "value" && attrValuesEqual(arg.value, field.attr.default ?? null);
}
