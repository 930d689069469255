// Numbers in an image for the names of closed sets. A number is never changed and never used again: an image of today
// must mean the same to the tgc of tomorrow. Opcodes are in the instruction table; a choice of an attribute is its
// index in the attribute's list of choices, to which names are therefore only added at the end. The test of the codes
// compares all of them with a committed list.

import type { Dtype } from "../../../ir-spec/base/dtype.ts";
import type { Memory } from "../../../ir-spec/base/memory.ts";
import type { TensorRole } from "../../../ir-spec/tile.ts";
import type { EngineName, QueueName } from "../stream.ts";

export type Codes<N extends string> = { readonly [K in N]: number };

export const dtypeCodes: Codes<Dtype> = {
  f32: 1,
  bf16: 2,
  f16: 3,
  i32: 4,
  bool: 5,
  f8e4m3: 6,
  f8e5m2: 7,
  i8: 8,
  u8: 9,
};

export const memoryCodes: Codes<Memory> = { hbm: 1, sbuf: 2, psum: 3 };

export const roleCodes: Codes<TensorRole> = { input: 1, weight: 2, state: 3, output: 4, temp: 5, constant: 6 };

export const engineCodes: Codes<EngineName> = { pe: 1, act: 2, dve: 3, pool: 4, sp: 5 };

/** The queue `dma<n>` is this and n. */
export const firstDmaCode = 0x20;

/** Opcodes of what is no instruction: a loop's head, and the end of its body. Rows of the table stay below. */
export const loopOpcode = 0xff00;
export const endOpcode = 0xff01;

/** The number of a queue; undefined for a name that is none. */
export function queueToCode(queue: QueueName): number | undefined {
  const [, digits] = /^dma(0|[1-9]\d*)$/.exec(queue) ?? [];
  if (digits !== undefined) return firstDmaCode + Number(digits);
  return queue in engineCodes ? engineCodes[queue as EngineName] : undefined;
}

export function codeToQueue(code: number): QueueName | undefined {
  return code >= firstDmaCode ? `dma${code - firstDmaCode}` : codeToName(engineCodes, code);
}

/** The name of a code; undefined where there is none. */
export function codeToName<N extends string>(codes: Codes<N>, code: number): N | undefined {
  return (Object.keys(codes) as N[]).find((name) => codes[name] === code);
}

/** `1 (hbm), 2 (sbuf)`: the codes that there are, for messages. */
export function listCodes(codes: Codes<string>): string {
  return Object.entries(codes)
    .map(([name, code]) => `${code} (${name})`)
    .join(", ");
}
