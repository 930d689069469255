// The short forms of instructions that take nothing but a semaphore: `acquire s0, s1` for one instruction each, and
// `for k in 0..4 acquire s0 release s1 { ... }` for those at the begin and at the end of each iteration.

import { attrValuesEqual } from "../../../ir-spec/base/attr.ts";
import type { Field } from "../isa/define.ts";
import { type InstName, instDef } from "../isa/index.ts";
import type { Argument, Instruction, StreamItem } from "../stream.ts";

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

/** A longer line of tokens continues in the next one. */
const maxTokenLine = 1000;

/** True for a line of such instructions of that name that takes one more, also after the mark of a kernel. */
export function isTokenLine(line: string, inst: InstName): boolean {
  if (line.length > maxTokenLine) return false;
  const item = line.replace(/^kernel \d+: /, "");
  return item.startsWith(`${inst} s`) && /^s\d/.test(item.slice(inst.length + 1));
}

export function isDefault(field: Field, arg: Argument): boolean {
  return field.kind === "value" && arg.kind === "value" && attrValuesEqual(arg.value, field.attr.default ?? null);
}

/** A loop's body without the tokens that each iteration begins and ends with. */
export interface TokensAround {
  readonly acquired: readonly number[];
  readonly released: readonly number[];
  readonly inner: readonly StreamItem[];
}

/** Takes a body apart; one of several kernels, or of tokens alone, stays whole. */
export function tokensAround(body: readonly StreamItem[]): TokensAround {
  const whole = { acquired: [], released: [], inner: body };
  const isToken = (item: StreamItem | undefined, inst: InstName): boolean =>
    item?.kind === "inst" && item.inst === inst && soleSemaphore(item) !== undefined;
  let first = 0;
  while (isToken(body[first], "acquire")) first++;
  let end = body.length;
  while (end > first && isToken(body[end - 1], "release")) end--;
  if (first === end || kernelsOf(body).size > 1) return whole;
  const semaphores = (items: readonly StreamItem[]): readonly number[] =>
    items.flatMap((item) => (item.kind === "inst" ? [soleSemaphore(item) ?? 0] : []));
  return {
    acquired: semaphores(body.slice(0, first)),
    released: semaphores(body.slice(end)),
    inner: body.slice(first, end),
  };
}

function kernelsOf(body: readonly StreamItem[]): ReadonlySet<number> {
  return new Set(body.flatMap((item) => (item.kind === "inst" ? [item.kernel] : [...kernelsOf(item.body)])));
}
